//! Conditions of the workflow file: a closed list, checked when the file is read.
//!
//! Evaluation is three-valued (Kleene): a fact that is unknown makes the condition unknown, and
//! whoever asks treats unknown as met, so that a missing amount never slips below a limit.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::facts::{Facts, SubjectSchema, Value};

/// A checked condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Always met.
    Always,
    /// There is a finding of this kind (and code) with at least this score.
    Finding {
        /// Finding kind.
        kind: String,
        /// Any code where absent.
        code: Option<String>,
        /// Lowest score that counts.
        score_at_least: f64,
    },
    /// A number compared with a bound.
    Number {
        /// Fact name.
        name: String,
        /// How it is compared.
        comparison: Comparison,
        /// The bound.
        bound: Decimal,
    },
    /// A text equals a value.
    Text {
        /// Fact name.
        name: String,
        /// The value.
        is: String,
    },
    /// A flag is set.
    Flag(String),
    /// Every one is met.
    All(Vec<Self>),
    /// At least one is met.
    Any(Vec<Self>),
    /// It is not met.
    Not(Box<Self>),
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

const FINDING_KINDS: &[&str] = &["duplicate", "anomaly", "match", "validation", "master-data"];

impl Condition {
    /// Whether it is met: `None` where a fact it needs is unknown.
    #[must_use]
    pub fn evaluate(&self, facts: &Facts) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Finding { kind, code, score_at_least } => Some(
                facts.findings.iter().any(|f| f.kind == *kind && code.as_ref().is_none_or(|c| f.code == *c) && f.score >= *score_at_least),
            ),
            Self::Number { name, comparison, bound } => match facts.values.get(name) {
                Some(Value::Number(n)) => Some(match comparison {
                    Comparison::Above => n > bound,
                    Comparison::AtLeast => n >= bound,
                    Comparison::Below => n < bound,
                    Comparison::AtMost => n <= bound,
                }),
                _ => None,
            },
            Self::Text { name, is } => match facts.values.get(name) {
                Some(Value::Text(text)) => Some(text == is),
                _ => None,
            },
            Self::Flag(name) => match facts.values.get(name) {
                Some(Value::Flag(set)) => Some(*set),
                _ => None,
            },
            Self::All(parts) => fold(parts, facts, false),
            Self::Any(parts) => fold(parts, facts, true),
            Self::Not(inner) => inner.evaluate(facts).map(|met| !met),
        }
    }

    /// Whether it applies: met or unknown.
    #[must_use]
    pub fn applies(&self, facts: &Facts) -> bool {
        self.evaluate(facts).unwrap_or(true)
    }

    /// Names that the subject does not have, one complaint each.
    pub(super) fn unknown_names(&self, schema: &SubjectSchema, complaints: &mut Vec<String>) {
        let mut check = |sort: &str, name: &String, known: &[&str]| {
            if !known.contains(&name.as_str()) {
                complaints.push(format!("{sort} {name:?} is no fact of {:?}; known: {}", schema.name, known.join(", ")));
            }
        };
        match self {
            Self::Always => {}
            Self::Finding { kind, .. } => check("finding", kind, FINDING_KINDS),
            Self::Number { name, .. } => check("number", name, schema.numbers),
            Self::Text { name, .. } => check("text", name, schema.texts),
            Self::Flag(name) => check("flag", name, schema.flags),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.unknown_names(schema, complaints)),
            Self::Not(inner) => inner.unknown_names(schema, complaints),
        }
    }
}

/// Kleene's and (`decisive` = false) or or (`decisive` = true).
fn fold(parts: &[Condition], facts: &Facts, decisive: bool) -> Option<bool> {
    let mut unknown = false;
    for part in parts {
        match part.evaluate(facts) {
            Some(met) if met == decisive => return Some(decisive),
            Some(_) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(!decisive) }
}

/// The condition as written in the file: one of `always`, `finding`, `number`, `text`, `flag`, `all`, `any`, `not`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCondition {
    always: Option<bool>,
    finding: Option<String>,
    code: Option<String>,
    score_at_least: Option<f64>,
    number: Option<String>,
    above: Option<Decimal>,
    at_least: Option<Decimal>,
    below: Option<Decimal>,
    at_most: Option<Decimal>,
    text: Option<String>,
    is: Option<String>,
    flag: Option<String>,
    all: Option<Vec<RawCondition>>,
    any: Option<Vec<RawCondition>>,
    not: Option<Box<RawCondition>>,
}

impl TryFrom<RawCondition> for Condition {
    type Error = String;

    fn try_from(raw: RawCondition) -> Result<Self, String> {
        let heads = [
            raw.always.is_some(),
            raw.finding.is_some(),
            raw.number.is_some(),
            raw.text.is_some(),
            raw.flag.is_some(),
            raw.all.is_some(),
            raw.any.is_some(),
            raw.not.is_some(),
        ];
        if heads.iter().filter(|set| **set).count() != 1 {
            return Err("a condition has exactly one of: always, finding, number, text, flag, all, any, not".into());
        }
        let stray_finding = raw.finding.is_none() && (raw.code.is_some() || raw.score_at_least.is_some());
        let bounds: Vec<(Comparison, Decimal)> = [
            (Comparison::Above, raw.above),
            (Comparison::AtLeast, raw.at_least),
            (Comparison::Below, raw.below),
            (Comparison::AtMost, raw.at_most),
        ]
        .into_iter()
        .filter_map(|(comparison, bound)| Some((comparison, bound?)))
        .collect();
        if stray_finding || (raw.number.is_none() && !bounds.is_empty()) || (raw.text.is_none() && raw.is.is_some()) {
            return Err("code and score_at_least go with finding; above, at_least, below, at_most with number; is with text".into());
        }
        if let Some(kind) = raw.finding {
            let score_at_least = raw.score_at_least.unwrap_or(0.0);
            if !(0.0..=1.0).contains(&score_at_least) {
                return Err(format!("score_at_least must be between 0 and 1, not {score_at_least}"));
            }
            return Ok(Self::Finding { kind, code: raw.code, score_at_least });
        }
        if let Some(name) = raw.number {
            return match bounds[..] {
                [(comparison, bound)] => Ok(Self::Number { name, comparison, bound }),
                _ => Err(format!("number {name:?} needs exactly one of above, at_least, below, at_most")),
            };
        }
        if let Some(name) = raw.text {
            return raw.is.map(|is| Self::Text { name: name.clone(), is }).ok_or(format!("text {name:?} needs is"));
        }
        if let Some(name) = raw.flag {
            return Ok(Self::Flag(name));
        }
        if let Some(parts) = raw.all {
            return parts.into_iter().map(Self::try_from).collect::<Result<_, _>>().map(Self::All);
        }
        if let Some(parts) = raw.any {
            return parts.into_iter().map(Self::try_from).collect::<Result<_, _>>().map(Self::Any);
        }
        if let Some(inner) = raw.not {
            return Ok(Self::Not(Box::new((*inner).try_into()?)));
        }
        if raw.always == Some(true) { Ok(Self::Always) } else { Err("always can only be true".into()) }
    }
}
