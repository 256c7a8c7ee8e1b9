//! `countersign cluster`: the nodes of a Ballista cluster for `rescore --scheduler`.

use super::{Global, Outcome};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Nodes of a cluster.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    node: Node,
}

#[derive(clap::Subcommand)]
enum Node {
    /// Deal the slices of rescoring runs out to executors
    Scheduler {
        /// Address to listen on; nothing asks who calls, so let only the cluster reach it
        #[arg(long, value_name = "ADDR", env = "COUNTERSIGN_LISTEN", default_value = "127.0.0.1:50050")]
        listen: SocketAddr,
    },
    /// Score slices; the folders of the runs' outputs must be shared with it under the same paths
    Executor {
        /// The scheduler
        #[arg(long, value_name = "HOST:PORT", env = "COUNTERSIGN_SCHEDULER", default_value = "127.0.0.1:50050")]
        scheduler: String,
        /// Address under which the other nodes reach this one
        #[arg(long, value_name = "IP", env = "COUNTERSIGN_HOST", default_value = "127.0.0.1")]
        host: IpAddr,
        /// Slices scored at a time (default: one a processor)
        #[arg(long, value_name = "N", env = "COUNTERSIGN_CORES")]
        cores: Option<usize>,
        /// Folder for what it passes on to other nodes
        #[arg(long, value_name = "DIR", env = "COUNTERSIGN_WORK_DIR", default_value = "./data/executor")]
        work_dir: PathBuf,
    },
}

#[cfg(not(feature = "cluster"))]
pub(super) fn run(_: &Global, args: Args) -> Outcome {
    let node = match args.node {
        Node::Scheduler { listen } => format!("a scheduler on {listen}"),
        Node::Executor { scheduler, host, cores, work_dir } => {
            format!("an executor of {scheduler} on {host} ({cores:?} cores, {})", work_dir.display())
        }
    };
    Err(super::WrongUse(format!("{node}: this program was built without the feature `cluster` (make cluster)")).into())
}

#[cfg(feature = "cluster")]
pub(super) fn run(global: &Global, args: Args) -> Outcome {
    use crate::rescoring::cluster::{ExecutorOptions, executor, scheduler};
    use std::process::ExitCode;
    use std::sync::Arc;

    // Plans are decoded recursively; the library's own programs give their threads as much.
    const STACK: usize = 32 << 20;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    match args.node {
        Node::Scheduler { listen } => {
            eprintln!("scheduler on http://{listen}");
            runtime.block_on(scheduler(listen))?;
        }
        Node::Executor { scheduler, host, cores, work_dir } => {
            let wrong = || super::WrongUse(format!("{scheduler:?} is no address; write HOST:PORT"));
            let address = scheduler.trim_start_matches("http://").trim_end_matches('/');
            let (name, port) = address.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?))).ok_or_else(wrong)?;
            let models = Arc::new(super::models::open(global)?);
            let cores = cores.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
            let options = ExecutorOptions { scheduler: (name.to_owned(), port), host, cores, work_dir };
            eprintln!("executor of {address}, {cores} slices at a time");
            runtime.block_on(executor(options, models))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
