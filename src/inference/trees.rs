//! Tree ensembles in tract: a kernel of our own for ONNX's `TreeEnsembleClassifier`.
//!
//! The runtime's own kernel takes microseconds a tree, since it makes an array view for every leaf; this one
//! takes nanoseconds and gives the same sums. It is put in its place when a graph is loaded. It refuses
//! what our writer never makes: comparisons other than `BRANCH_LEQ`, a transformation after the sum, and
//! base values.

use tract_onnx::Onnx;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_hir::internal::*;

/// Rows that go through a tree together: their features stay in the processor's first cache.
const BLOCK: usize = 64;
/// Marks a leaf in place of a feature.
const LEAF: u32 = u32::MAX;

/// The ONNX reader with our kernel.
pub(super) fn reader() -> Onnx {
    let mut reader = tract_onnx::onnx();
    reader.op_register.insert("TreeEnsembleClassifier", parse);
    reader
}

/// A branch, or with [`LEAF`] as its feature the range of a leaf's votes. Floats are kept as bits, so that
/// an operator can be hashed and compared.
#[derive(Debug, Clone, Copy, Hash, PartialEq, Eq)]
struct Node {
    feature: u32,
    threshold: u32,
    yes: u32,
    no: u32,
}

/// The trees of one node of the graph.
#[derive(Debug, Clone, Hash, PartialEq, Eq)]
struct Trees {
    /// First node of each tree.
    roots: Arc<Vec<u32>>,
    nodes: Arc<Vec<Node>>,
    /// `(class, bits of the weight)`.
    votes: Arc<Vec<(u32, u32)>>,
    labels: Arc<Vec<i64>>,
    features: usize,
}

fn parse(_: &ParsingContext, node: &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    Ok((expand(Trees::of(node)?), Vec::new()))
}

impl Trees {
    fn of(node: &NodeProto) -> TractResult<Self> {
        let transform = node.get_attr_opt::<&str>("post_transform")?.unwrap_or("NONE");
        ensure!(transform == "NONE", "post_transform {transform} is not supported");
        ensure!(node.get_attr_opt_vec::<f32>("base_values")?.is_none(), "base_values are not supported");
        let labels: Vec<i64> = node.get_attr_vec("classlabels_int64s")?;
        let (tree_ids, node_ids): (Vec<i64>, Vec<i64>) = (node.get_attr_vec("nodes_treeids")?, node.get_attr_vec("nodes_nodeids")?);
        let (features, values): (Vec<i64>, Vec<f32>) = (node.get_attr_vec("nodes_featureids")?, node.get_attr_vec("nodes_values")?);
        let (yes, no): (Vec<i64>, Vec<i64>) = (node.get_attr_vec("nodes_truenodeids")?, node.get_attr_vec("nodes_falsenodeids")?);
        let modes: Vec<&str> = node.get_attr_vec("nodes_modes")?;
        let length = node_ids.len();
        ensure!(
            [tree_ids.len(), features.len(), values.len(), yes.len(), no.len(), modes.len()].iter().all(|other| *other == length),
            "the attributes of the nodes differ in length"
        );
        let votes = votes_by_leaf(node, labels.len())?;
        let mut places: HashMap<(i64, i64), u32> = HashMap::new();
        for (place, id) in tree_ids.iter().copied().zip(node_ids.iter().copied()).enumerate() {
            ensure!(places.insert(id, u32::try_from(place)?).is_none(), "node {id:?} stands twice");
        }
        let child = |at: usize, id: i64| {
            // A child stands after its parent, so that every walk ends.
            let place = places.get(&(tree_ids[at], id)).copied().filter(|place| *place as usize > at);
            place.ok_or_else(|| format_err!("node {} of tree {} has no child {id}", node_ids[at], tree_ids[at]))
        };
        let (mut nodes, mut cast, mut roots) = (Vec::with_capacity(length), Vec::new(), Vec::new());
        for at in 0..length {
            if at == 0 || tree_ids[at] != tree_ids[at - 1] {
                roots.push(u32::try_from(at)?);
            }
            nodes.push(match modes[at] {
                "BRANCH_LEQ" => Node {
                    feature: u32::try_from(features[at])?,
                    threshold: values[at].to_bits(),
                    yes: child(at, yes[at])?,
                    no: child(at, no[at])?,
                },
                "LEAF" => {
                    let first = u32::try_from(cast.len())?;
                    cast.extend(votes.get(&(tree_ids[at], node_ids[at])).into_iter().flatten().copied());
                    Node { feature: LEAF, threshold: 0, yes: first, no: u32::try_from(cast.len())? }
                }
                other => bail!("nodes_modes {other} is not supported"),
            });
        }
        let most = nodes.iter().filter(|node| node.feature != LEAF).map(|node| node.feature as usize + 1).max();
        Ok(Self {
            roots: Arc::new(roots),
            nodes: Arc::new(nodes),
            votes: Arc::new(cast),
            labels: Arc::new(labels),
            features: most.unwrap_or(0),
        })
    }

    /// Adds one row's votes to `sums`, tree by tree in the caller's order.
    fn add(&self, root: u32, row: &[f32], sums: &mut [f32]) {
        let mut node = self.nodes[root as usize];
        while node.feature != LEAF {
            let goes = row[node.feature as usize] <= f32::from_bits(node.threshold);
            node = self.nodes[if goes { node.yes } else { node.no } as usize];
        }
        for (class, weight) in &self.votes[node.yes as usize..node.no as usize] {
            sums[*class as usize] += f32::from_bits(*weight);
        }
    }

    /// Scores of all rows, class by class.
    fn run(&self, rows: &[f32], width: usize) -> Vec<f32> {
        let classes = self.labels.len();
        let mut sums = vec![0.0; rows.len() / width.max(1) * classes];
        for (block, out) in rows.chunks(BLOCK * width).zip(sums.chunks_mut(BLOCK * classes)) {
            for root in self.roots.iter() {
                for (row, sums) in block.chunks(width).zip(out.chunks_mut(classes)) {
                    self.add(*root, row, sums);
                }
            }
        }
        sums
    }
}

/// What each leaf adds to which class, by tree and node.
fn votes_by_leaf(node: &NodeProto, classes: usize) -> TractResult<HashMap<(i64, i64), Vec<(u32, u32)>>> {
    let (trees, nodes): (Vec<i64>, Vec<i64>) = (node.get_attr_vec("class_treeids")?, node.get_attr_vec("class_nodeids")?);
    let (ids, weights): (Vec<i64>, Vec<f32>) = (node.get_attr_vec("class_ids")?, node.get_attr_vec("class_weights")?);
    ensure!(
        trees.len() == nodes.len() && trees.len() == ids.len() && trees.len() == weights.len(),
        "the attributes of the leaves differ in length"
    );
    // With two labels and one class id the standard means a probability and its complement.
    ensure!(classes != 2 || ids.iter().any(|id| *id != 0), "leaves of one class of two are not supported");
    let mut votes: HashMap<(i64, i64), Vec<(u32, u32)>> = HashMap::new();
    for (((tree, node), class), weight) in trees.into_iter().zip(nodes).zip(ids).zip(weights) {
        let class = u32::try_from(class)?;
        ensure!((class as usize) < classes, "class {class} has no label");
        votes.entry((tree, node)).or_default().push((class, weight.to_bits()));
    }
    Ok(votes)
}

impl Expansion for Trees {
    fn name(&self) -> StaticName {
        "Trees".into()
    }

    fn nboutputs(&self) -> TractResult<usize> {
        Ok(2)
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, 2)?;
        solver.equals(&outputs[0].datum_type, i64::datum_type())?;
        solver.equals(&outputs[1].datum_type, f32::datum_type())?;
        solver.equals(&outputs[0].rank, 1)?;
        solver.equals(&outputs[1].rank, 2)?;
        solver.equals(&outputs[0].shape[0], &inputs[0].shape[0])?;
        solver.equals(&outputs[1].shape[0], &inputs[0].shape[0])?;
        solver.equals(&outputs[1].shape[1], self.labels.len().to_dim())?;
        Ok(())
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        model.wire_node(prefix, self.clone(), inputs)
    }
}

impl Op for Trees {
    fn name(&self) -> StaticName {
        "Trees".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Trees {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let input = input.cast_to::<f32>()?;
        let view = input.to_plain_array_view::<f32>()?;
        let (rows, width) = match view.shape() {
            [rows, width] => (*rows, *width),
            other => bail!("takes rows of features, not shape {other:?}"),
        };
        ensure!(width >= self.features, "takes {} features, not {width}", self.features);
        let values = view.as_standard_layout();
        let sums = self.run(values.as_slice().unwrap_or_default(), width);
        let best = |sums: &[f32]| (1..sums.len()).fold(0, |best, class| if sums[class] > sums[best] { class } else { best });
        let labels: Vec<i64> = sums.chunks(self.labels.len()).map(|sums| self.labels[best(sums)]).collect();
        Ok(tvec!(tensor1(&labels).into_tvalue(), Tensor::from_shape(&[rows, self.labels.len()], &sums)?.into_tvalue()))
    }
}

impl TypedOp for Trees {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let rows = &inputs[0].shape[0];
        Ok(tvec!(i64::fact(std::slice::from_ref(rows)), f32::fact(&[rows.clone(), self.labels.len().into()])))
    }

    as_op!();
}
