//! Workers: lease, run, retry with back-off, park. Beside them one that looks back over history and a timer.
//!
//! A worker claims one job at a time under a fencing token, keeps the lease alive while the step runs,
//! and lets the step end the job in the same transaction as its result. A worker that was paused past
//! its lease finds its token refused and has changed nothing. Any number of nodes may run workers
//! against one database.

use jiff::SignedDuration;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::erp::ErpError;
use crate::pipeline::{Pipeline, PipelineError};
use crate::store::StoreError;
use crate::store::types::Lease;
use crate::workflow::{Effect, Resume};

/// Attempts of reading and screening before the case is parked; posting's stand in the workflow file.
pub const ATTEMPTS: u32 = 5;
/// Attempts after which a job is parked although none of them could say that it failed: a worker that
/// panics or is killed each time must not begin for ever.
const DEATHS: u32 = 50;
const LEASE: SignedDuration = SignedDuration::from_secs(15);
const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(1);
const LONGEST_DELAY: SignedDuration = SignedDuration::from_secs(300);
/// How long an idle worker sleeps unless it is woken: other nodes' work and timers are seen then.
const IDLE: Duration = Duration::from_millis(500);

/// What an error means for the job.
enum Verdict {
    /// The case has moved on, or another worker holds the job: nothing to do.
    Obsolete,
    /// Try again later.
    Retry(String),
}

/// Runs `count` workers and a timer until `stop` turns true; leases are finished or expire.
pub async fn run(pipeline: Pipeline, count: usize, stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    for _ in 0..count.max(1) {
        tasks.spawn(work(pipeline.clone(), stop.clone()));
    }
    tasks.spawn(warm(pipeline.clone(), stop.clone()));
    tasks.spawn(look_back(pipeline.clone(), stop.clone()));
    tasks.spawn(watch_timers(pipeline, stop));
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker ended badly");
        }
    }
}

async fn work(pipeline: Pipeline, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let token = pipeline.ambient().secret();
        let claimed = pipeline.store().claim(&[Effect::Post, Effect::Screen, Effect::Read], pipeline.ambient().now(), LEASE, token).await;
        match claimed {
            Ok(Some(lease)) => {
                attend(&pipeline, &lease).await;
                // Whoever has found work wakes the next: a burst reaches every worker.
                pipeline.work.notify_one();
            }
            Ok(None) => {
                tokio::select! {
                    () = pipeline.work.notified() => {}
                    () = tokio::time::sleep(IDLE) => {}
                    _ = stop.changed() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot claim work");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

/// Runs one job to its end, its lease kept alive meanwhile. The step runs in a task of its own, so that
/// a panic in it is an error like any other: tried again, then parked.
async fn attend(pipeline: &Pipeline, lease: &Lease) {
    let keeper = tokio::spawn(keep(pipeline.clone(), lease.clone()));
    let step = tokio::spawn(run_step(pipeline.clone(), lease.clone()));
    let outcome = step.await.unwrap_or_else(|panic| Err(PipelineError::Internal(format!("the step ended badly: {panic}"))));
    keeper.abort();
    let Err(error) = outcome else { return };
    if let Err(broken) = put_back(pipeline, lease, &error).await {
        tracing::error!(case = %lease.case_id, %error, %broken, "a job can neither be done nor parked; it will be tried again later");
        // Out of the way of the company's other jobs.
        let later = pipeline.ambient().now().checked_add(LONGEST_DELAY).unwrap_or_else(|_| pipeline.ambient().now());
        if let Err(error) = pipeline.store().release_later(lease, later, &error.to_string()).await {
            tracing::warn!(case = %lease.case_id, %error, "nor put back; its lease will expire");
        }
    }
}

async fn run_step(pipeline: Pipeline, lease: Lease) -> Result<(), PipelineError> {
    if lease.attempt > DEATHS {
        return Err(PipelineError::Internal(format!("{DEATHS} attempts ended without a word")));
    }
    match lease.effect {
        Effect::Read => pipeline.read(&lease).await,
        Effect::Screen => pipeline.screen(&lease).await,
        Effect::Post => pipeline.post(&lease).await,
        Effect::Withdraw => Ok(()),
    }
}

async fn keep(pipeline: Pipeline, lease: Lease) {
    let third = Duration::from_secs(LEASE.as_secs().unsigned_abs() / 3);
    loop {
        tokio::time::sleep(third).await;
        let until = pipeline.ambient().now().checked_add(LEASE).unwrap_or_else(|_| pipeline.ambient().now());
        if pipeline.store().renew(&lease, until).await.is_err() {
            return;
        }
    }
}

async fn put_back(pipeline: &Pipeline, lease: &Lease, error: &PipelineError) -> Result<(), PipelineError> {
    match judge(error) {
        Verdict::Obsolete => match pipeline.store().finish(lease).await {
            Ok(()) | Err(StoreError::LeaseLost) => Ok(()),
            Err(error) => Err(error.into()),
        },
        Verdict::Retry(message) => {
            let (attempts, first, longest) = pipeline.patience(lease).await?;
            if lease.attempt >= attempts || lease.attempt > DEATHS {
                tracing::error!(case = %lease.case_id, effect = ?lease.effect, attempts, "parked: {message}");
                return pipeline.park(lease, resume(lease.effect), message).await;
            }
            let doubled = first.as_secs().saturating_mul(1_i64 << lease.attempt.saturating_sub(1).min(30));
            let delay = SignedDuration::from_secs(doubled.min(longest.as_secs()));
            let run_at = pipeline.ambient().now().checked_add(delay).unwrap_or_else(|_| pipeline.ambient().now());
            tracing::warn!(case = %lease.case_id, effect = ?lease.effect, attempt = lease.attempt, "will be tried again: {message}");
            Ok(pipeline.store().release_later(lease, run_at, &message).await?)
        }
    }
}

impl Pipeline {
    /// Attempts, first and longest delay for a job: policy's for posting, the program's for the rest.
    async fn patience(&self, lease: &Lease) -> Result<(u32, SignedDuration, SignedDuration), PipelineError> {
        if lease.effect != Effect::Post {
            return Ok((ATTEMPTS, FIRST_DELAY, LONGEST_DELAY));
        }
        let row = self.store.case(lease.company, lease.case_id).await?.ok_or(PipelineError::NotFound)?;
        let policy = self.workflows.bound(&self.store, lease.company, &row.case.workflow).await?.posting.clone();
        Ok((policy.attempts, policy.first_delay, policy.longest_delay))
    }
}

fn resume(effect: Effect) -> Resume {
    match effect {
        Effect::Read => Resume::Read,
        Effect::Screen => Resume::Screen,
        Effect::Post | Effect::Withdraw => Resume::Post,
    }
}

/// Exhaustive, so that a new error must be thought about.
fn judge(error: &PipelineError) -> Verdict {
    match error {
        PipelineError::Refused(_) | PipelineError::NotFound => Verdict::Obsolete,
        PipelineError::Store(StoreError::LeaseLost | StoreError::NotFound) => Verdict::Obsolete,
        // Somebody commented or corrected meanwhile: the step is computed anew from the new version.
        PipelineError::Store(error) => Verdict::Retry(error.to_string()),
        PipelineError::Erp(error @ (ErpError::Uncertain(_) | ErpError::Unavailable(_) | ErpError::Refused(_))) => {
            Verdict::Retry(error.to_string())
        }
        PipelineError::Rejected { .. }
        | PipelineError::BadRequest { .. }
        | PipelineError::Reading(_)
        | PipelineError::Extraction(_)
        | PipelineError::Screening(_)
        | PipelineError::Workflow(_)
        | PipelineError::Internal(_) => Verdict::Retry(error.to_string()),
    }
}

/// Reads the books before the first invoice needs them; whoever screens meanwhile waits for that company's.
async fn warm(pipeline: Pipeline, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        warmed = pipeline.warm() => {
            if let Err(error) = warmed {
                tracing::warn!(%error, "the books could not be read ahead; they are read when they are needed");
            }
        }
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Works on runs over history, one at a time in this process.
async fn look_back(pipeline: Pipeline, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match pipeline.look_back(&stop).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a run over history could not go on; it will be tried again"),
        }
        tokio::select! {
            () = pipeline.look_back.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Wakes cases whose due time or hold has come.
async fn watch_timers(pipeline: Pipeline, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match pipeline.store().due_cases(pipeline.ambient().now(), 100).await {
            Ok(due) => {
                for (company, case) in due {
                    if let Err(error) = pipeline.wake(company, case).await {
                        tracing::warn!(%case, %error, "a timer could not fire");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "cannot look for timers"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = stop.changed() => {}
        }
    }
}
