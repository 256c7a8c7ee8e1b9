//! Under construction.
pub mod types;
