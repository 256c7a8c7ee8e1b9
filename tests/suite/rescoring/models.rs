//! Two small models with weights set by hand, so that tests depend on no trained one.

use countersign::inference::Manifest;
use countersign::screening::anomaly::ANOMALY_FEATURES;
use countersign::screening::duplicates::PAIR_FEATURES;
use countersign::training::folder::write_model_folder;
use countersign::training::onnx::{Axis, Dense, Element, GraphBuilder};
use std::path::Path;

/// Writes `duplicates` and `anomaly` into a models folder.
pub fn write(folder: &Path) {
    linear(
        folder,
        ("duplicates", "duplicate"),
        PAIR_FEATURES,
        -7.0,
        &[
            ("vendor-same-id", 1.0),
            ("vendor-name-equal", 1.0),
            ("number-same-key", 3.5),
            ("number-similarity", 1.0),
            ("amount-equal", 2.5),
            ("date-equal", 1.5),
            ("reversed", -5.0),
            ("series-rhythm", -2.0),
        ],
    );
    linear(
        folder,
        ("anomaly", "unusual"),
        ANOMALY_FEATURES,
        -3.0,
        &[
            ("bank-new", 2.5),
            ("amount-above-largest", 1.0),
            ("amount-ten-times", 2.0),
            ("clock-night", 2.0),
            ("clock-weekend", 1.5),
            ("place-new", 1.0),
        ],
    );
}

fn linear(folder: &Path, (name, threshold): (&str, &str), features: &[&str], bias: f32, weights: &[(&str, f32)]) {
    let weight: Vec<f32> =
        features.iter().map(|feature| weights.iter().find(|(name, _)| name == feature).map_or(0.0, |(_, weight)| *weight)).collect();
    let mut graph = GraphBuilder::new(name);
    let x = graph.input("features", Element::F32, &[Axis::Batch, Axis::Fixed(features.len())]);
    let layer = Dense { inputs: features.len(), outputs: 1, weight: &weight, bias: &[bias] };
    let logit = graph.mlp(&x, "logit", &[layer]);
    graph.sigmoid(&logit, "score");
    graph.output("score", Element::F32, &[Axis::Batch, Axis::Fixed(1)]);
    let mut manifest = Manifest { name: name.into(), version: "0.0.1".into(), task: "test".into(), ..Manifest::default() };
    manifest.thresholds.insert(threshold.into(), 0.5);
    let names = features.iter().map(|feature| toml::Value::from(*feature)).collect::<Vec<_>>();
    manifest.settings.insert("features".into(), names.into());
    write_model_folder(&folder.join(name), manifest, &graph.finish(), "Weights set by hand, for tests.").unwrap();
}
