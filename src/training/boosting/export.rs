//! Trees -> ONNX: one `TreeEnsembleClassifier`, whose first class gets the sum of the leaves.

use super::Forest;
use super::tree::{Node, Tree};
use crate::training::onnx::{Attribute, Axis, Element, GraphBuilder};

impl Forest {
    /// The ONNX file: input `features` `[N, width]`, output `score` `[N, 1]`, 0 to 1.
    #[must_use]
    pub fn to_onnx(&self, name: &str) -> Vec<u8> {
        let mut graph = GraphBuilder::new(name);
        let input = graph.input("features", Element::F32, &[Axis::Batch, Axis::Fixed(self.width)]);
        graph.ml_node("TreeEnsembleClassifier", &[&input], &["label", "scores"], attributes(&self.trees));
        let first = graph.integers("first", &[1], &[0]);
        let sum = graph.node("Gather", &["scores", &first], "sum", vec![("axis", Attribute::Int(1))]);
        let base = graph.floats("base", &[1, 1], &[self.base as f32]);
        let logit = graph.node("Add", &[&sum, &base], "logit", Vec::new());
        graph.sigmoid(&logit, crate::screening::SCORE);
        graph.output(crate::screening::SCORE, Element::F32, &[Axis::Batch, Axis::Fixed(1)]);
        graph.finish()
    }
}

fn attributes(trees: &[Tree]) -> Vec<(&'static str, Attribute)> {
    let (mut tree_ids, mut node_ids, mut features, mut modes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut values, mut yes, mut no) = (Vec::new(), Vec::new(), Vec::new());
    let (mut leaf_trees, mut leaf_nodes, mut classes, mut weights) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (tree, nodes) in trees.iter().map(|tree| &tree.nodes).enumerate() {
        for (at, node) in nodes.iter().enumerate() {
            tree_ids.push(tree as i64);
            node_ids.push(at as i64);
            let (feature, threshold, left, mode) = match node {
                Node::Split { feature, threshold, left, .. } => (*feature as i64, *threshold, *left as i64, "BRANCH_LEQ"),
                Node::Leaf(_) => (0, 0.0, 0, "LEAF"),
            };
            features.push(feature);
            values.push(threshold);
            yes.push(left);
            no.push(if mode == "LEAF" { 0 } else { left + 1 });
            modes.push(mode.to_owned());
            if let Node::Leaf(value) = node {
                leaf_trees.push(tree as i64);
                leaf_nodes.push(at as i64);
                classes.push(0);
                weights.push(*value as f32);
            }
        }
    }
    // Class 1 gets nothing but must occur: the runtime takes leaves of one class only for probabilities.
    if let (Some(&tree), Some(&node)) = (leaf_trees.last(), leaf_nodes.last()) {
        leaf_trees.push(tree);
        leaf_nodes.push(node);
        classes.push(1);
        weights.push(0.0);
    }
    vec![
        ("class_ids", Attribute::Ints(classes)),
        ("class_nodeids", Attribute::Ints(leaf_nodes)),
        ("class_treeids", Attribute::Ints(leaf_trees)),
        ("class_weights", Attribute::Floats(weights)),
        ("classlabels_int64s", Attribute::Ints(vec![0, 1])),
        ("nodes_falsenodeids", Attribute::Ints(no)),
        ("nodes_featureids", Attribute::Ints(features)),
        ("nodes_hitrates", Attribute::Floats(vec![1.0; node_ids.len()])),
        ("nodes_missing_value_tracks_true", Attribute::Ints(vec![0; node_ids.len()])),
        ("nodes_modes", Attribute::Texts(modes)),
        ("nodes_nodeids", Attribute::Ints(node_ids)),
        ("nodes_treeids", Attribute::Ints(tree_ids)),
        ("nodes_truenodeids", Attribute::Ints(yes)),
        ("nodes_values", Attribute::Floats(values)),
        ("post_transform", Attribute::Text("NONE".to_owned())),
    ]
}
