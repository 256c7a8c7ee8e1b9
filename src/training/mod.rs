//! Training with candle: each model is trained by one repeatable command on data that the project
//! generates, exported by our own ONNX writer, and written as a model folder.
//!
//! Runs only from `countersign train`. The same seed and size give the same data; no document of a
//! user or of an evaluation set is read, but for learning from a user's own corrections
//! (`train extractor --from-corrections`), which stays on the user's machine.

pub mod anomaly;
pub mod boosting;
pub mod extractor;
pub mod folder;
pub mod mlp;
pub mod onnx;
pub mod pairs;
pub mod ranking;
pub mod replacement;
pub mod simulator;
pub mod table;

#[cfg(test)]
mod tests;
