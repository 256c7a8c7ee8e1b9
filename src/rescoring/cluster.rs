//! The long steps on a Ballista cluster (feature `cluster`).
//!
//! A plan that scans a table of slice numbers, one file a slice, and calls `score_slice` on each is handed
//! to a scheduler, which deals it out to executors; an executor that dies has its slices dealt out anew.
//! Rows and results are files of the scratch folder, which must be on storage that all of them share under
//! the same path. What an executor does with a slice is what a thread of a local run does
//! (`super::slices`), so the output is the same, byte for byte. It refuses models that differ from the
//! caller's.

#[cfg(not(feature = "cluster"))]
mod absent;
#[cfg(feature = "cluster")]
mod client;
#[cfg(feature = "cluster")]
mod function;
#[cfg(feature = "cluster")]
mod node;

#[cfg(not(feature = "cluster"))]
pub(super) use absent::Cluster;
#[cfg(feature = "cluster")]
pub(super) use client::Cluster;
#[cfg(feature = "cluster")]
pub use node::{ExecutorOptions, executor, scheduler};
