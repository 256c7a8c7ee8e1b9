//! `/metrics` in Prometheus' text format. Never labelled by invoice, supplier or user.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::problem::Problem;
use super::{Inner, Web};
use crate::store::types::PostingState;
use crate::workflow::Phase;

/// What this process counts itself.
#[derive(Debug, Default)]
pub struct Counters {
    accepted: AtomicU64,
    known: AtomicU64,
    refused: AtomicU64,
    turned_away: AtomicU64,
}

impl Counters {
    /// An upload ended: `None` refused, else whether the bytes were known.
    pub fn uploaded(&self, known: Option<bool>) {
        let counter = match known {
            Some(false) => &self.accepted,
            Some(true) => &self.known,
            None => &self.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// An upload found no free place.
    pub fn upload_turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }
}

impl Web {
    /// The process's counters.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        let inner: &Inner = &self.0;
        &inner.counters
    }
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Prometheus text format", body = String, content_type = "text/plain")))]
pub async fn metrics(State(web): State<Web>) -> Result<Response, Problem> {
    let text = gather(&web).await?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"))], text).into_response())
}

/// Postings that someone must look at, and those under way.
const POSTING_STATES: &[PostingState] = &[
    PostingState::Pending,
    PostingState::Sending,
    PostingState::Uncertain,
    PostingState::Refused,
    PostingState::Dead,
    PostingState::Posted,
];

async fn gather(web: &Web) -> Result<String, Problem> {
    let store = web.pipeline.store();
    let now = web.pipeline.ambient().now();
    let figures = store.figures().await?;
    let due = store.pending_jobs(now).await?;
    let counters = web.counters();
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed).to_string();
    let since = |at: Timestamp| now.duration_since(at).as_secs().max(0).to_string();
    let count = |found: Option<&i64>| found.copied().unwrap_or_default().to_string();
    let cases: HashMap<Phase, i64> = figures.cases.into_iter().collect();
    let postings: HashMap<PostingState, i64> = figures.postings.into_iter().collect();

    let mut text = String::new();
    let by_phase = Phase::ALL.iter().map(|phase| (phase.as_str(), count(cases.get(phase))));
    metric(&mut text, "countersign_cases", "gauge", "Cases by phase", "phase", by_phase);
    let oldest = figures.oldest_open.map_or_else(|| "0".to_owned(), since);
    metric(&mut text, "countersign_oldest_unposted_seconds", "gauge", "Age of the oldest case that has not ended", "", [("", oldest)]);
    let by_state = POSTING_STATES.iter().map(|state| (state.as_str(), count(postings.get(state))));
    metric(&mut text, "countersign_postings", "gauge", "Postings by state", "state", by_state);
    metric(&mut text, "countersign_jobs_due", "gauge", "Jobs that a worker could begin now", "", [("", due.to_string())]);
    let uploads = [
        ("accepted", read(&counters.accepted)),
        ("known", read(&counters.known)),
        ("refused", read(&counters.refused)),
        ("turned_away", read(&counters.turned_away)),
    ];
    metric(&mut text, "countersign_uploads_total", "counter", "Uploads by outcome, this process", "outcome", uploads);
    metric(&mut text, "countersign_uptime_seconds", "gauge", "Since the process started", "", [("", since(web.started_at))]);
    Ok(text)
}

fn metric<'a>(text: &mut String, name: &str, kind: &str, help: &str, label: &str, values: impl IntoIterator<Item = (&'a str, String)>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (value, count) in values {
        let _ = if label.is_empty() { writeln!(text, "{name} {count}") } else { writeln!(text, "{name}{{{label}=\"{value}\"}} {count}") };
    }
}
