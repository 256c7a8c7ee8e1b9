//! Countersign: self-hosted accounts-payable intake.
//!
//! The modules stand in the order in which an invoice flows through them; `pipeline` tells the
//! whole story in one file and is the place to start reading.

pub mod cli;
pub mod config;

pub mod ambient;
pub mod credentials;
pub mod domain;
pub mod faults;

pub mod extraction;
pub mod inference;
pub mod intake;
pub mod reading;
pub mod screening;
pub mod workflow;

pub mod audit;
pub mod erp;
pub mod jobs;
pub mod pipeline;
pub mod store;

pub mod app;
pub mod web;

pub mod demo;
pub mod rescoring;
pub mod training;
