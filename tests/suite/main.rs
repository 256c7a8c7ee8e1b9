//! The one test binary: a module a concern.

mod web;
mod web_access;
mod web_world;
