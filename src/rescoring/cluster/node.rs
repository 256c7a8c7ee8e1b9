//! The nodes: a scheduler, and executors that have models.
//!
//! Nothing here asks who calls: bind to addresses that only the cluster reaches.

use super::super::RescoreError;
use super::function::{NAME, ScoreSlice};
use crate::inference::Models;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::utils::default_session_builder;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;
use datafusion::execution::FunctionRegistry as _;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

/// Seconds without a sign of life after which an executor's slices are dealt out anew.
const LOST_AFTER: u64 = 15;
/// Seconds between two looks for lost executors.
const LOOK_EVERY: u64 = 3;
/// Seconds between two signs of life.
const HEARTBEAT: u64 = 3;
/// Seconds that jobs wait for an executor to come.
const WAIT_FOR_EXECUTORS: u64 = 120;
/// Seconds that an executor waits for its scheduler.
const WAIT_FOR_SCHEDULER: u16 = 60;

/// Runs a scheduler until the process ends.
///
/// # Errors
/// The address is taken, or the library's own.
pub async fn scheduler(listen: SocketAddr) -> Result<(), RescoreError> {
    let config = SchedulerConfig {
        bind_host: listen.ip().to_string(),
        external_host: listen.ip().to_string(),
        bind_port: listen.port(),
        executor_timeout_seconds: LOST_AFTER,
        expire_dead_executor_interval_seconds: LOOK_EVERY,
        no_executors_grace_period_seconds: WAIT_FOR_EXECUTORS,
        override_session_builder: Some(Arc::new(|config| {
            let mut state = default_session_builder(config)?;
            state.register_udf(Arc::new(ScoreSlice::new(None)))?;
            Ok(state)
        })),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(failed)?;
    start_server(cluster, listen, Arc::new(config)).await.map_err(failed)
}

/// What an executor needs to know.
#[derive(Debug, Clone)]
pub struct ExecutorOptions {
    /// Host and port of the scheduler.
    pub scheduler: (String, u16),
    /// Address under which the others reach this one.
    pub host: IpAddr,
    /// Slices that it scores at a time.
    pub cores: usize,
    /// Where it keeps what it passes on to others.
    pub work_dir: PathBuf,
}

/// Runs an executor until it is told to stop.
///
/// # Errors
/// No scheduler answers, or the library's own.
pub async fn executor(options: ExecutorOptions, models: Arc<Models>) -> Result<(), RescoreError> {
    std::fs::create_dir_all(&options.work_dir).map_err(|source| RescoreError::io("create", &options.work_dir, source))?;
    let mut functions = BallistaFunctionRegistry::default();
    functions.scalar_functions.insert(NAME.to_owned(), Arc::new(ScoreSlice::new(Some(models))));
    let config = ExecutorProcessConfig {
        bind_host: options.host.to_string(),
        external_host: Some(options.host.to_string()),
        port: free_port(options.host)?,
        grpc_port: free_port(options.host)?,
        scheduler_host: options.scheduler.0,
        scheduler_port: options.scheduler.1,
        scheduler_connect_timeout_seconds: WAIT_FOR_SCHEDULER,
        vcores: options.cores,
        work_dir: Some(options.work_dir.to_string_lossy().into_owned()),
        executor_heartbeat_interval_seconds: HEARTBEAT,
        override_function_registry: Some(Arc::new(functions)),
        ..ExecutorProcessConfig::default()
    };
    start_executor_process(Arc::new(config)).await.map_err(failed)
}

/// A port that is free now.
fn free_port(host: IpAddr) -> Result<u16, RescoreError> {
    let listener = TcpListener::bind((host, 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| RescoreError::Cluster(format!("{host} has no free port: {error}")))
}

fn failed(error: ballista_core::error::BallistaError) -> RescoreError {
    RescoreError::Cluster(error.to_string())
}
