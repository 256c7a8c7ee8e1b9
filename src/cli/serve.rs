//! `countersign serve` and `countersign worker`.

use anyhow::Context as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use tokio::sync::watch;

use super::{Global, Outcome, WrongUse, runtime};
use crate::ambient::Ambient;
use crate::config::Config;
use crate::demo::{self, Credentials};
use crate::pipeline::Pipeline;
use crate::web::{self, AppState, DemoInfo, DemoUser};
use crate::{app, jobs};

/// Options of `serve`.
#[derive(clap::Args)]
pub struct Args {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", env = "COUNTERSIGN_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Workers in this process
    #[arg(long, value_name = "N", env = "COUNTERSIGN_WORKERS", default_value_t = 2)]
    workers: usize,
    /// On an empty data folder: a company with suppliers, orders, history, documents and one user a role
    #[arg(long, env = "COUNTERSIGN_DEMO", value_parser = clap::builder::FalseyValueParser::new())]
    demo: bool,
}

/// Options of `worker`.
#[derive(clap::Args)]
pub struct WorkerArgs {
    /// Workers in this process
    #[arg(long, value_name = "N", env = "COUNTERSIGN_WORKERS", default_value_t = 2)]
    workers: usize,
}

pub(super) fn run(global: &Global, args: Args) -> Outcome {
    let config = config(global)?;
    if args.demo && !args.listen.ip().is_loopback() {
        let text = format!("--demo shows passwords on its sign-in page and listens on this machine only, not on {}", args.listen);
        return Err(WrongUse(text).into());
    }
    runtime()?.block_on(async {
        let mut signal = std::pin::pin!(stop_signal());
        let pipeline = open(&config).await?;
        let listener = tokio::net::TcpListener::bind(args.listen).await.with_context(|| format!("cannot listen on {}", args.listen))?;
        let url = format!("http://{}", listener.local_addr()?);
        let demo = if args.demo {
            tokio::select! {
                demo = demonstrate(&pipeline, &config.data_dir, &url) => demo?,
                () = &mut signal => {
                    tracing::info!("stopped while the demonstration was set up: the next start goes on with it");
                    return Ok(ExitCode::SUCCESS);
                }
            }
        } else {
            None
        };
        let (stop, stopped) = watch::channel(false);
        let workers = tokio::spawn(jobs::run(pipeline.clone(), args.workers, stopped.clone()));
        announce(&url, demo.as_ref(), &config.data_dir);
        let state = AppState { started_at: pipeline.ambient().now(), demo: demo.map(demo_info), pipeline };
        let mut until = stopped.clone();
        let server = tokio::spawn(web::serve(listener, web::router(state), async move {
            let _ = until.changed().await;
        }));
        signal.await;
        tracing::info!("stopping: running requests and jobs end first");
        let _ = stop.send(true);
        server.await.context("the server ended badly")??;
        workers.await.context("the workers ended badly")?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(super) fn run_worker(global: &Global, args: WorkerArgs) -> Outcome {
    let config = config(global)?;
    runtime()?.block_on(async {
        let pipeline = open(&config).await?;
        let (stop, stopped) = watch::channel(false);
        let workers = tokio::spawn(jobs::run(pipeline, args.workers, stopped));
        println!("Countersign works on the queue with {} workers", args.workers.max(1));
        stop_signal().await;
        let _ = stop.send(true);
        workers.await.context("the workers ended badly")?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The configuration from command line, environment and file.
pub(super) fn config(global: &Global) -> anyhow::Result<Config> {
    Config::load(&global.overrides()).map_err(|error| WrongUse(error.to_string()).into())
}

async fn open(config: &Config) -> anyhow::Result<Pipeline> {
    let store = app::open_store(config).await?;
    Ok(app::build(config, store, Ambient::system())?)
}

/// Sets the demonstration up, or goes on where an interrupted start left it. The credentials are written
/// before anything is created with them, so that no start leaves users whose passwords nobody knows.
async fn demonstrate(pipeline: &Pipeline, data_dir: &Path, url: &str) -> anyhow::Result<Option<Credentials>> {
    let path = data_dir.join("demo-credentials.json");
    let known: Option<Credentials> = match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let companies = pipeline.store().companies().await?;
    let ours = companies.iter().any(|company| company.code == demo::COMPANY);
    let mut credentials = match known {
        Some(known) if ours || companies.is_empty() => Credentials { url: url.to_owned(), seeded: known.seeded && ours, ..known },
        None if companies.is_empty() => Credentials::draw(pipeline.ambient(), url),
        _ => {
            tracing::warn!(
                "the database has companies and is no demonstration's, or {} is missing: nothing was seeded. Sign in as a user that \
                 `countersign user list` shows (`countersign user password NAME` sets a new password), or remove {} and start again",
                path.display(),
                data_dir.display()
            );
            return Ok(None);
        }
    };
    let write = |credentials: &Credentials| -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(credentials)?;
        write_secret(&path, &text).with_context(|| format!("cannot write {}", path.display()))
    };
    write(&credentials)?;
    if !credentials.seeded {
        demo::seed(pipeline, &credentials).await?;
        credentials.seeded = true;
        write(&credentials)?;
    }
    Ok(Some(credentials))
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let part = path.with_extension("json.part");
    let _ = std::fs::remove_file(&part);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(part, path)
}

/// Says where it listens and how to sign in; a closed standard output is no reason to stop.
fn announce(url: &str, demo: Option<&Credentials>, data_dir: &Path) {
    let mut text = format!("Countersign listens on {url}\n");
    if let Some(credentials) = demo {
        text += &format!("\nSign in at {url}/ as one of:\n");
        for user in &credentials.users {
            text += &format!("  {:<20} password {}\n", user.name, user.password);
        }
        text += &format!("Bearer tokens for the API stand in {}\n", data_dir.join("demo-credentials.json").display());
    }
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn demo_info(credentials: Credentials) -> DemoInfo {
    let user = |login: demo::Login| DemoUser { name: login.name, role: login.role, password: login.password };
    DemoInfo { users: credentials.users.into_iter().map(user).collect() }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}
