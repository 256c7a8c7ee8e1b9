use std::sync::Arc;

use crate::inference::{InferenceError, MODEL_FILE, Manifest, Models, Tensor};
use crate::training::folder::write_model_folder;
use crate::training::onnx::{Attribute, Axis, Dense, Element, GraphBuilder};

fn manifest(name: &str) -> Manifest {
    Manifest { name: name.to_owned(), version: "1.0.0".to_owned(), task: "test".to_owned(), ..Manifest::default() }
}

/// Two inputs to two hidden units to one output, then a sigmoid.
fn mlp() -> Vec<u8> {
    let mut graph = GraphBuilder::new("mlp");
    let x = graph.input("x", Element::F32, &[Axis::Batch, Axis::Fixed(2)]);
    let hidden = Dense { inputs: 2, outputs: 2, weight: &[1.0, 0.0, 0.0, -1.0], bias: &[0.0, 0.5] };
    let last = Dense { inputs: 2, outputs: 1, weight: &[2.0, 1.0], bias: &[-1.0] };
    let logit = graph.mlp(&x, "logit", &[hidden, last]);
    graph.sigmoid(&logit, "p");
    graph.output("p", Element::F32, &[Axis::Batch, Axis::Fixed(1)]);
    graph.finish()
}

fn expected(a: f32, b: f32) -> f32 {
    let logit = 2.0 * a.max(0.0) + (0.5 - b).max(0.0) - 1.0;
    1.0 / (1.0 + (-logit).exp())
}

#[test]
fn a_written_network_runs_in_chunks_and_gives_the_hand_computed_values() {
    let dir = tempfile::tempdir().unwrap();
    write_model_folder(&dir.path().join("tiny"), manifest("tiny"), &mlp(), "card").unwrap();
    let models = Models::open(dir.path()).unwrap();
    let model = models.get("tiny").unwrap();
    assert_eq!(model.id().to_string(), "tiny@1.0.0");
    assert!(Arc::ptr_eq(&model, &models.get("tiny").unwrap()), "loaded twice");
    let rows = 20_000;
    let data: Vec<f32> = (0..rows * 2).map(|i| (i % 17) as f32 / 4.0 - 2.0).collect();
    let out = model.run(&[Tensor::matrix(rows, 2, data.clone())]).unwrap();
    assert_eq!(out[0].shape(), [rows, 1]);
    for (row, p) in data.chunks(2).zip(out[0].as_f32().unwrap()) {
        assert!((p - expected(row[0], row[1])).abs() < 1e-5);
    }
    assert_eq!(model.run(&[Tensor::matrix(0, 2, vec![])]).unwrap()[0].rows(), 0);
    assert!(model.run(&[]).is_err());
    assert!(model.run(&[Tensor::matrix(3, 2, vec![0.0; 5])]).is_err());
    assert!(model.run(&[Tensor::matrix(1, 3, vec![0.0; 3])]).is_err());
}

#[test]
fn a_changed_file_is_refused_before_it_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    write_model_folder(&dir.path().join("tiny"), manifest("tiny"), &mlp(), "card").unwrap();
    let path = dir.path().join("tiny").join(MODEL_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let models = Models::open(dir.path()).unwrap();
    assert!(matches!(models.get("tiny"), Err(InferenceError::HashMismatch { .. })));
    assert!(matches!(models.verify().unwrap()[..], [(_, Err(InferenceError::HashMismatch { .. }))]));
    assert!(matches!(models.get("absent"), Err(InferenceError::Read { .. })));
}

#[test]
fn embeddings_and_tree_ensembles_run_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut graph = GraphBuilder::new("embed");
    let ids = graph.input("ids", Element::I64, &[Axis::Batch, Axis::Fixed(2)]);
    let table = graph.floats("table", &[3, 2], &[0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
    let rows = graph.node("Gather", &[&table, &ids], "rows", vec![("axis", Attribute::Int(0))]);
    let axes = graph.integers("axes", &[1], &[1]);
    graph.node("ReduceSum", &[&rows, &axes], "sum", vec![("keepdims", Attribute::Int(0))]);
    graph.output("sum", Element::F32, &[Axis::Batch, Axis::Fixed(2)]);
    write_model_folder(&dir.path().join("embed"), manifest("embed"), &graph.finish(), "card").unwrap();

    // One stump: x0 <= 0.5 gives class 0, else class 1.
    let mut graph = GraphBuilder::new("trees");
    graph.input("x", Element::F32, &[Axis::Batch, Axis::Fixed(1)]);
    let texts = |v: &[&str]| Attribute::Texts(v.iter().map(|&s| s.to_owned()).collect());
    graph.ml_node(
        "TreeEnsembleClassifier",
        &["x"],
        &["label", "scores"],
        vec![
            ("class_ids", Attribute::Ints(vec![0, 1, 0, 1])),
            ("class_nodeids", Attribute::Ints(vec![1, 1, 2, 2])),
            ("class_treeids", Attribute::Ints(vec![0; 4])),
            ("class_weights", Attribute::Floats(vec![0.9, 0.1, 0.2, 0.8])),
            ("classlabels_int64s", Attribute::Ints(vec![0, 1])),
            ("nodes_falsenodeids", Attribute::Ints(vec![2, 0, 0])),
            ("nodes_featureids", Attribute::Ints(vec![0; 3])),
            ("nodes_hitrates", Attribute::Floats(vec![1.0; 3])),
            ("nodes_missing_value_tracks_true", Attribute::Ints(vec![0; 3])),
            ("nodes_modes", texts(&["BRANCH_LEQ", "LEAF", "LEAF"])),
            ("nodes_nodeids", Attribute::Ints(vec![0, 1, 2])),
            ("nodes_treeids", Attribute::Ints(vec![0; 3])),
            ("nodes_truenodeids", Attribute::Ints(vec![1, 0, 0])),
            ("nodes_values", Attribute::Floats(vec![0.5, 0.0, 0.0])),
            ("post_transform", Attribute::Text("NONE".to_owned())),
        ],
    );
    graph.output("label", Element::I64, &[Axis::Batch]);
    graph.output("scores", Element::F32, &[Axis::Batch, Axis::Fixed(2)]);
    write_model_folder(&dir.path().join("trees"), manifest("trees"), &graph.finish(), "card").unwrap();

    let models = Models::open(dir.path()).unwrap();
    let sums = models.get("embed").unwrap().run(&[Tensor::I64 { shape: vec![2, 2], data: vec![1, 2, 0, 1] }]).unwrap();
    assert_eq!(sums[0].as_f32().unwrap(), [4.0, 6.0, 1.0, 2.0]);
    let out = models.get("trees").unwrap().run(&[Tensor::matrix(2, 1, vec![0.1, 0.9])]).unwrap();
    assert_eq!(out[0].as_i64().unwrap(), [0, 1]);
    assert_eq!(out[1].as_f32().unwrap(), [0.9, 0.1, 0.2, 0.8]);
    assert_eq!(models.list().unwrap().len(), 2);
}
