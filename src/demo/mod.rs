//! The demonstration: sample documents, and a company with suppliers, orders, receipts, history and
//! one user a role. Runs with `serve --demo` on an empty data folder, or one where that was interrupted; leaves any other alone.

pub mod documents;
pub mod seed;

pub use seed::{COMPANY, Credentials, DemoError, Login, seed};
