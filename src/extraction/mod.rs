//! Pages of words to invoice fields with confidence, place and issues.

pub mod amounts;
pub mod candidates;
pub mod dates;
pub mod features;
pub mod layout;
mod standing;
