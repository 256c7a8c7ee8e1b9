//! The integration tests, in one binary: each binary links the whole program.

mod reading;
