//! Cases as they are read: one, or pages of them. They are written by `documents.rs` and `commit.rs`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::any::AnyRow;

use super::rows::{Columns as _, from_name, micros, to_json};
use super::types::{CaseFilter, CaseRow, CaseSummary, PageOf};
use super::{Store, StoreError};
use crate::domain::{CaseId, CompanyId, text};
use crate::workflow::{Case, Phase};

/// A cursor that this list did not give out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this list gave out")]
pub struct RefusedCursor;

/// What lists need of a case, as columns.
pub(super) struct ListColumns {
    pub phase: &'static str,
    pub state: &'static str,
    pub json: String,
    pub role: Option<&'static str>,
    pub assignee: Option<String>,
    pub rule: Option<String>,
    pub due: Option<i64>,
    pub wake_at: Option<i64>,
}

impl ListColumns {
    pub(super) fn of(case: &Case) -> Result<Self, StoreError> {
        let waiting = case.state.waiting();
        Ok(Self {
            phase: case.state.phase().as_str(),
            state: case.state.name(),
            json: to_json(case)?,
            role: waiting.map(|w| w.role.as_str()),
            assignee: waiting.and_then(|w| w.assignee.clone()),
            rule: waiting.and_then(|w| w.rules.first().cloned()),
            due: waiting.map(|w| micros(w.due)),
            wake_at: case.state.wake_at().map(micros),
        })
    }
}

/// The text that a search looks in: folded, so that a search term needs no escaping.
pub(super) fn folded_search(parts: &[Option<&str>]) -> String {
    let folded: Vec<String> = parts.iter().flatten().map(|part| text::fold(part)).collect();
    folded.join("\n")
}

/// Where a page ended: in queues the due time, else the opening time, then the id.
struct Cursor {
    key: i64,
    id: String,
}

impl Cursor {
    fn write(&self, queue: bool) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {} {}", if queue { 'q' } else { 'n' }, self.key, self.id))
    }

    fn read(text: &str, queue: bool) -> Result<Self, RefusedCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| RefusedCursor)?;
        let text = String::from_utf8(bytes).map_err(|_| RefusedCursor)?;
        let [order, key, id] = text.split(' ').collect::<Vec<_>>()[..] else {
            return Err(RefusedCursor);
        };
        if (order == "q") != queue {
            return Err(RefusedCursor);
        }
        Ok(Self { key: key.parse().map_err(|_| RefusedCursor)?, id: id.to_owned() })
    }
}

const QUEUE: &[Phase] = &[Phase::Review, Phase::Approval, Phase::Held];

/// The statement of a list: `$7` and on are its phases.
macro_rules! list {
    ($key:literal, $phases:literal, $after:literal, $order:literal) => {
        concat!(
            "SELECT c.id, c.subject, c.phase, c.state, c.version, c.since, c.created_at, c.role, c.assignee, c.rule, c.due,
               c.supplier_name, c.invoice_number, c.total_amount, c.currency, c.finding_kinds, d.name AS document_name, ",
            $key,
            " AS sort_key FROM cases c JOIN documents d ON d.id = c.document_id WHERE c.company_id = $1",
            $phases,
            " AND ($2 = '' OR c.role = $2) AND ($3 = '' OR c.search LIKE $3) AND ",
            $after,
            " ORDER BY ",
            $order,
            " LIMIT $6"
        )
    };
}

/// By due time; cases in these three phases always have one.
const QUEUE_LIST: &str = list!("c.due", " AND c.phase IN ($7, $8, $9)", "(c.due > $4 OR (c.due = $4 AND c.id > $5))", "c.due, c.id");
const NEWEST_LIST: &str =
    list!("c.created_at", "", "(c.created_at < $4 OR (c.created_at = $4 AND c.id < $5))", "c.created_at DESC, c.id DESC");
const NEWEST_OF_PHASES: &str = list!(
    "c.created_at",
    " AND c.phase IN ($7, $8, $9, $10, $11, $12, $13, $14, $15)",
    "(c.created_at < $4 OR (c.created_at = $4 AND c.id < $5))",
    "c.created_at DESC, c.id DESC"
);

fn summary(row: &AnyRow) -> Result<CaseSummary, StoreError> {
    Ok(CaseSummary {
        id: row.parsed("id")?,
        subject: row.text("subject")?,
        phase: row.named("phase")?,
        state: row.text("state")?,
        version: row.int("version")?,
        since: row.time("since")?,
        created_at: row.time("created_at")?,
        role: row.maybe_named("role")?,
        assignee: row.maybe_text("assignee")?,
        rule: row.maybe_text("rule")?,
        due: row.maybe_time("due")?,
        supplier_name: row.maybe_text("supplier_name")?,
        invoice_number: row.maybe_text("invoice_number")?,
        total_amount: row.maybe_text("total_amount")?,
        currency: row.maybe_text("currency")?,
        finding_kinds: row.json("finding_kinds")?,
        document_name: row.maybe_text("document_name")?,
    })
}

fn case_row(company: CompanyId, row: &AnyRow) -> Result<CaseRow, StoreError> {
    Ok(CaseRow {
        id: row.parsed("id")?,
        company,
        subject: row.text("subject")?,
        case: row.json("case_json")?,
        document: row.parsed("document_id")?,
        pages: super::parts::pages(row)?,
        since: row.time("since")?,
        created_at: row.time("created_at")?,
        correlation_id: row.text("correlation_id")?,
        traceparent: row.maybe_text("traceparent")?,
        extraction: row.maybe_json("extraction")?,
        screening: row.maybe_json("screening")?,
    })
}

impl Store {
    /// A case, whole.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn case(&self, company: CompanyId, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        let row = sqlx::query(
            "SELECT id, subject, case_json, document_id, first_page, last_page, since, created_at, correlation_id, traceparent, extraction,
               screening
             FROM cases WHERE company_id = $1 AND id = $2",
        )
        .bind(company.to_string())
        .bind(id.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(|row| case_row(company, row)).transpose()
    }

    /// One page of cases. Queues (only `review`, `approval` or `held` asked for) come by due time, all
    /// else newest first; a cursor goes on exactly behind the last row, whatever has come or gone.
    ///
    /// # Errors
    /// [`StoreError::Cursor`], or what the engine says.
    pub async fn cases(&self, company: CompanyId, filter: &CaseFilter) -> Result<PageOf<CaseSummary>, StoreError> {
        let queue = !filter.phases.is_empty() && filter.phases.iter().all(|phase| QUEUE.contains(phase));
        let start = match &filter.cursor {
            Some(text) => Cursor::read(text, queue)?,
            None if queue => Cursor { key: i64::MIN, id: String::new() },
            None => Cursor { key: i64::MAX, id: String::new() },
        };
        let limit = filter.limit.clamp(1, 200) as usize;
        let (sql, places) = match (queue, filter.phases.is_empty()) {
            (true, _) => (QUEUE_LIST, QUEUE.len()),
            (false, true) => (NEWEST_LIST, 0),
            (false, false) => (NEWEST_OF_PHASES, Phase::ALL.len()),
        };
        let search = filter.search.as_deref().map(text::fold).filter(|folded| !folded.is_empty());
        let mut query = sqlx::query(sql)
            .bind(company.to_string())
            .bind(filter.role.map_or("", |role| role.as_str()))
            .bind(search.map_or_else(String::new, |folded| format!("%{folded}%")))
            .bind(start.key)
            .bind(start.id)
            .bind(limit as i64 + 1);
        // A place without a phase holds an empty text, which no case has.
        let asked: std::collections::BTreeSet<&str> = filter.phases.iter().map(|phase| phase.as_str()).collect();
        let mut asked = asked.into_iter();
        for _ in 0..places {
            query = query.bind(asked.next().unwrap_or_default());
        }
        let rows = query.fetch_all(&self.pool).await?;
        let items = rows.iter().take(limit).map(summary).collect::<Result<Vec<_>, _>>()?;
        let next_cursor = match rows.get(limit.wrapping_sub(1)) {
            Some(last) if rows.len() > limit => Some(Cursor { key: last.int("sort_key")?, id: last.text("id")? }.write(queue)),
            _ => None,
        };
        Ok(PageOf { items, next_cursor })
    }

    /// How many cases stand in each phase; every phase is named.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn counts(&self, company: CompanyId) -> Result<Vec<(Phase, i64)>, StoreError> {
        let rows = sqlx::query("SELECT phase, COUNT(*) AS n FROM cases WHERE company_id = $1 GROUP BY phase")
            .bind(company.to_string())
            .fetch_all(&self.pool)
            .await?;
        let mut counts: Vec<(Phase, i64)> = Phase::ALL.iter().map(|phase| (*phase, 0)).collect();
        for row in &rows {
            let phase: Phase = from_name(&row.text("phase")?)?;
            if let Some(count) = counts.iter_mut().find(|(known, _)| *known == phase) {
                count.1 = row.int("n")?;
            }
        }
        Ok(counts)
    }
}
