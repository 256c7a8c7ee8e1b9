//! The workflow file: read, checked, refused with every complaint at once.

use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::condition::{Condition, RawCondition};
use super::event::Role;
use super::facts::SubjectSchema;
use crate::domain::Currency;
use crate::domain::hash::sha256_hex;
use crate::domain::purchasing::Tolerance;

/// Which workflow a case is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRef {
    /// Its id (`accounts-payable`).
    pub id: String,
    /// Its version.
    pub version: String,
    /// Hash of the file, hexadecimal.
    pub sha256: String,
}

/// What a person may have done to a case before; policy keeps some of these apart from approving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Involvement {
    /// Uploaded it or typed it in.
    Entered,
    /// Corrected a field.
    Corrected,
    /// Passed it in review.
    Reviewed,
}

/// A condition that sends a case to the review queue.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewRule {
    /// Its name, shown to people.
    pub rule: String,
    /// When it applies.
    pub when: Condition,
    /// Who is asked.
    pub role: Role,
    /// Who may not pass it, by what they did before.
    pub not: Vec<Involvement>,
    /// Time until it is overdue.
    pub due: SignedDuration,
}

/// A line of the approval matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalRule {
    /// Its name, shown to people.
    pub rule: String,
    /// When it applies.
    pub when: Condition,
    /// Who may approve.
    pub role: Role,
    /// Who may not, by what they did before.
    pub not: Vec<Involvement>,
    /// Time until it is overdue.
    pub due: SignedDuration,
}

/// How posting is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingPolicy {
    /// The connector's name.
    pub connector: String,
    /// Attempts before it is a dead letter.
    pub attempts: u32,
    /// Delay after the first failure; doubles each time.
    pub first_delay: SignedDuration,
    /// Longest delay.
    pub longest_delay: SignedDuration,
}

/// From which score on a finding is one.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Duplicate score.
    pub duplicate: f64,
    /// Anomaly score.
    pub anomaly: f64,
    /// Lowest confidence of a required field.
    pub field_confidence: f64,
}

/// A checked workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Id, version and hash.
    pub reference: WorkflowRef,
    /// What it handles (`invoice`).
    pub subject: String,
    /// Currency of its limits.
    pub currency: Currency,
    /// Matching tolerances.
    pub tolerances: Tolerance,
    /// Thresholds of findings.
    pub thresholds: Thresholds,
    /// Approval limits, rising: told to the anomaly model as policy.
    pub limits: Vec<Decimal>,
    /// What goes to review, in order of ownership.
    pub review: Vec<ReviewRule>,
    /// The approval matrix.
    pub approvals: Vec<ApprovalRule>,
    /// How posting is tried.
    pub posting: PostingPolicy,
}

/// Why a file is no workflow.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// Not YAML of the expected shape; the text has line and column.
    #[error("the workflow file cannot be read: {0}")]
    Syntax(String),
    /// The shape is right, the content is not.
    #[error("the workflow is not valid: {}", .0.join("; "))]
    Invalid(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWorkflow {
    workflow: String,
    version: String,
    subject: String,
    currency: String,
    tolerances: Tolerance,
    thresholds: Thresholds,
    #[serde(default)]
    limits: Vec<Decimal>,
    review: Vec<RawRule>,
    approvals: Vec<RawRule>,
    posting: RawPosting,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    rule: String,
    when: RawCondition,
    role: Role,
    #[serde(default)]
    not: Vec<Involvement>,
    due: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPosting {
    connector: String,
    attempts: u32,
    first_delay: String,
    longest_delay: String,
}

impl Workflow {
    /// Reads and checks a file's text against the subject's schema.
    ///
    /// # Errors
    /// [`DefinitionError`] with every complaint.
    pub fn parse(text: &str, schema: &SubjectSchema) -> Result<Self, DefinitionError> {
        let raw: RawWorkflow = serde_saphyr::from_str(text).map_err(|e| DefinitionError::Syntax(e.to_string()))?;
        let mut complaints = Vec::new();
        if raw.subject != schema.name {
            complaints.push(format!("subject {:?} is not known; known: {}", raw.subject, schema.name));
        }
        if raw.workflow.is_empty() || raw.version.is_empty() {
            complaints.push("workflow and version must not be empty".into());
        }
        if raw.limits.windows(2).any(|pair| pair[0] >= pair[1]) {
            complaints.push("limits must rise".into());
        }
        let thresholds = raw.thresholds;
        if [thresholds.duplicate, thresholds.anomaly, thresholds.field_confidence].iter().any(|t| !(0.0..=1.0).contains(t)) {
            complaints.push("thresholds must be between 0 and 1".into());
        }
        if raw.posting.attempts == 0 {
            complaints.push("posting needs at least one attempt".into());
        }
        let currency = raw.currency.parse().map_err(|e: crate::domain::money::MoneyError| complaints.push(e.to_string()));
        let mut names = std::collections::BTreeSet::new();
        let mut rules = |sort: &str, raw: Vec<RawRule>, complaints: &mut Vec<String>| -> Vec<ApprovalRule> {
            raw.into_iter().filter_map(|rule| checked(sort, rule, schema, &mut names, complaints)).collect()
        };
        let review = rules("review", raw.review, &mut complaints);
        let approvals = rules("approvals", raw.approvals, &mut complaints);
        let first_delay = duration(&raw.posting.first_delay).unwrap_or_else(|e| note(e, &mut complaints));
        let longest_delay = duration(&raw.posting.longest_delay).unwrap_or_else(|e| note(e, &mut complaints));
        let (Ok(currency), true) = (currency, complaints.is_empty()) else {
            return Err(DefinitionError::Invalid(complaints));
        };
        Ok(Self {
            reference: WorkflowRef { id: raw.workflow, version: raw.version, sha256: sha256_hex(text.as_bytes()) },
            subject: raw.subject,
            currency,
            tolerances: raw.tolerances,
            thresholds,
            limits: raw.limits,
            review: review.into_iter().map(|r| ReviewRule { rule: r.rule, when: r.when, role: r.role, not: r.not, due: r.due }).collect(),
            approvals,
            posting: PostingPolicy { connector: raw.posting.connector, attempts: raw.posting.attempts, first_delay, longest_delay },
        })
    }
}

fn checked(
    sort: &str,
    raw: RawRule,
    schema: &SubjectSchema,
    names: &mut std::collections::BTreeSet<String>,
    complaints: &mut Vec<String>,
) -> Option<ApprovalRule> {
    if !names.insert(raw.rule.clone()) {
        complaints.push(format!("rule {:?} stands twice", raw.rule));
    }
    let due = duration(&raw.due).unwrap_or_else(|e| note(format!("rule {:?}: {e}", raw.rule), complaints));
    match Condition::try_from(raw.when) {
        Ok(when) => {
            let mut unknown = Vec::new();
            when.unknown_names(schema, &mut unknown);
            complaints.extend(unknown.into_iter().map(|u| format!("{sort} rule {:?}: {u}", raw.rule)));
            Some(ApprovalRule { rule: raw.rule, when, role: raw.role, not: raw.not, due })
        }
        Err(error) => {
            complaints.push(format!("{sort} rule {:?}: {error}", raw.rule));
            None
        }
    }
}

fn note(complaint: String, complaints: &mut Vec<String>) -> SignedDuration {
    complaints.push(complaint);
    SignedDuration::ZERO
}

/// `30s`, `15m`, `4h`, `2d`.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("{text:?} is no duration: write 30s, 15m, 4h or 2d");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (count, unit) = text.split_at(split);
    let count: i64 = count.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    count.checked_mul(seconds).filter(|s| *s < 86_400 * 3660).map(SignedDuration::from_secs).ok_or_else(wrong)
}
