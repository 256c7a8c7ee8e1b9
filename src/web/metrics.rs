//! `/metrics` in Prometheus' text format. Never labelled by invoice, supplier or user.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use super::problem::Problem;
use super::{Inner, Web};
use crate::store::types::{CaseFilter, PostingState};
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
const POSTING_STATES: &[PostingState] =
    &[PostingState::Pending, PostingState::Sending, PostingState::Uncertain, PostingState::Refused, PostingState::Dead];

async fn gather(web: &Web) -> Result<String, Problem> {
    let store = web.pipeline.store();
    let now = web.pipeline.ambient().now();
    let mut cases: BTreeMap<&str, i64> = Phase::ALL.iter().map(|phase| (phase.as_str(), 0)).collect();
    let mut postings: BTreeMap<&str, usize> = BTreeMap::new();
    let mut oldest: Option<Timestamp> = None;
    for company in store.companies().await? {
        for (phase, count) in store.counts(company.id).await? {
            *cases.entry(phase.as_str()).or_default() += count;
        }
        oldest = [oldest, oldest_unposted(web, company.id).await?].into_iter().flatten().min();
        for state in POSTING_STATES {
            let page = store.postings(company.id, Some(*state), None, 200).await?;
            *postings.entry(state.as_str()).or_default() += page.items.len();
        }
    }
    let mut text = String::new();
    let age = oldest.map_or(0, |at| now.duration_since(at).as_secs().max(0));
    let counters = web.counters();
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed).to_string();
    metric(&mut text, "countersign_cases", "gauge", "Cases by phase", "phase", cases.iter().map(|(k, v)| (*k, v.to_string())));
    metric(&mut text, "countersign_oldest_unposted_seconds", "gauge", "Age of the oldest case not ended", "", [("", age.to_string())]);
    let shown = postings.iter().map(|(k, v)| (*k, v.to_string()));
    metric(&mut text, "countersign_postings_open", "gauge", "Postings not posted, by state, at most 200 each", "state", shown);
    let due = store.pending_jobs(now).await?;
    metric(&mut text, "countersign_jobs_due", "gauge", "Jobs that a worker could begin now", "", [("", due.to_string())]);
    let uploads = [
        ("accepted", read(&counters.accepted)),
        ("known", read(&counters.known)),
        ("refused", read(&counters.refused)),
        ("turned_away", read(&counters.turned_away)),
    ];
    metric(&mut text, "countersign_uploads_total", "counter", "Uploads by outcome, this process", "outcome", uploads);
    let up = now.duration_since(web.started_at).as_secs().max(0);
    metric(&mut text, "countersign_uptime_seconds", "gauge", "Since the process started", "", [("", up.to_string())]);
    Ok(text)
}

async fn oldest_unposted(web: &Web, company: crate::domain::CompanyId) -> Result<Option<Timestamp>, Problem> {
    let open: Vec<Phase> = Phase::ALL.iter().copied().filter(|phase| !phase.is_final()).collect();
    let filter = CaseFilter { phases: open, limit: 200, ..CaseFilter::default() };
    let page = web.pipeline.store().cases(company, &filter).await?;
    Ok(page.items.iter().map(|row| row.created_at).min())
}

fn metric<'a>(text: &mut String, name: &str, kind: &str, help: &str, label: &str, values: impl IntoIterator<Item = (&'a str, String)>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (value, count) in values {
        let _ = if label.is_empty() { writeln!(text, "{name} {count}") } else { writeln!(text, "{name}{{{label}=\"{value}\"}} {count}") };
    }
}
