//! Under construction.
pub mod request;
