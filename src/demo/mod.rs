//! What `serve --demo` shows: sample documents that the program makes itself.

pub mod documents;
