//! Trains the field extractor: generated pages, typed candidates, a small network that scores them.
//!
//! Runs from `countersign train extractor`. Everything is a function of the seed; no document of a
//! user or of an evaluation set is read, but for [`finetune`], which learns from what the people who
//! run the program confirmed of their own documents, on their own machine.

pub mod blocks;
pub mod canvas;
mod card;
pub mod corpus;
pub mod dataset;
pub mod entities;
pub mod facts;
pub mod finetune;
pub mod gate;
pub mod labelled;
pub mod language;
pub mod layouts;
pub mod names;
pub mod network;
pub mod noise;
pub mod page;
pub mod receipt;
pub mod render;
pub mod sums;
pub mod tables;
pub mod train;

pub use train::{Options, train};

#[cfg(test)]
mod tests;
