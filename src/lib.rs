//! Countersign: self-hosted accounts-payable intake.
//!
//! The modules stand in the order in which an invoice flows through them; `pipeline` tells the
//! whole story in one file and is the place to start reading.

pub mod cli;
pub mod config;

pub mod ambient;
pub mod credentials;
pub mod faults;
pub mod domain;

pub mod intake;
pub mod reading;
pub mod inference;
pub mod extraction;
pub mod screening;
pub mod workflow;

pub mod pipeline;
pub mod jobs;
pub mod store;
pub mod erp;
pub mod audit;

pub mod app;
pub mod web;

pub mod demo;
pub mod rescoring;
pub mod training;
