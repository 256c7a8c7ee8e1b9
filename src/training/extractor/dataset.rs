//! Generated pages as the network wants them: features of all candidates, and for each field which
//! candidates are right.

use super::page::{Sample, generate};
use crate::domain::text::fold;
use crate::domain::{FieldName, Page};
use crate::extraction::candidates::{self, Candidate, Kind, SCORED};
use crate::extraction::context::{self, Lines};
use crate::extraction::features::{self, Features};
use crate::extraction::layout::Doc;

/// One field of one document: its candidates (rows of the document) and the right ones among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Column of the field in [`SCORED`].
    pub field: usize,
    /// Rows of the candidates that could be its value.
    pub rows: Vec<usize>,
    /// Whether each is right; none right means "absent".
    pub right: Vec<bool>,
}

/// A document ready for the network.
#[derive(Debug, Clone)]
pub struct Example {
    /// Inputs of all candidates.
    pub features: Features,
    /// Inputs of the document's lines.
    pub lines: Lines,
    /// The candidates.
    pub candidates: Vec<Candidate>,
    /// Number of candidates.
    pub rows: usize,
    /// Fields with at least one possible candidate.
    pub groups: Vec<Group>,
    /// Fields that are shown but that no candidate gives: the parsers' loss.
    pub unreachable: Vec<FieldName>,
}

/// Generates and prepares document `index` of corpus `seed`.
pub fn example(seed: u64, index: u64) -> Example {
    prepare(&generate(seed, index))
}

/// Prepares a document with known values.
pub fn prepare(sample: &Sample) -> Example {
    let mut example = prepare_with(&sample.pages, |doc, found, rows, field| {
        let Some(truth) = sample.truth.get(&field) else {
            return Some(vec![false; rows.len()]);
        };
        let right = saying(found, rows, (field, truth), |candidate| stands(sample, doc, candidate, field) && same(candidate, truth, field));
        // What is printed and cannot be chosen is not absent: nothing is learned from it.
        right.contains(&true).then_some(right)
    });
    let reached = |field: &FieldName| example.groups.iter().any(|group| SCORED[group.field] == *field && group.right.contains(&true));
    example.unreachable = SCORED.into_iter().filter(|field| sample.truth.contains_key(field) && !reached(field)).collect();
    example
}

/// Prepares pages. `right` is asked once a field: which of its candidates (rows of all those found) are
/// right, or nothing where nobody knows; the field then teaches nothing.
pub(super) fn prepare_with(pages: &[Page], right: impl Fn(&Doc, &[Candidate], &[usize], FieldName) -> Option<Vec<bool>>) -> Example {
    let doc = Doc::new(pages);
    let (found, _) = candidates::find(&doc);
    let mut groups = Vec::new();
    for (column, &field) in SCORED.iter().enumerate() {
        let rows: Vec<usize> = (0..found.len()).filter(|&i| Kind::of(field) == Some(found[i].kind)).collect();
        if !rows.is_empty()
            && let Some(right) = right(&doc, &found, &rows, field)
        {
            groups.push(Group { field: column, rows, right });
        }
    }
    let (features, lines) = (features::compute(&doc, &found), context::compute(&doc, &found));
    Example { features, lines, rows: found.len(), candidates: found, groups, unreachable: Vec::new() }
}

/// Which rows say a field's value; for a name that none says exactly, those with a letter misread.
pub(super) fn saying(
    found: &[Candidate],
    rows: &[usize],
    (field, value): (FieldName, &str),
    says: impl Fn(&Candidate) -> bool,
) -> Vec<bool> {
    let right: Vec<bool> = rows.iter().map(|&row| says(&found[row])).collect();
    if Kind::of(field) == Some(Kind::Name) && !right.contains(&true) {
        return rows.iter().map(|&row| similar(&found[row].value, value)).collect();
    }
    right
}

/// Whether a candidate may count as the field's: dates and amounts coincide by chance, so they must
/// stand where the field was printed.
fn stands(sample: &Sample, doc: &Doc, candidate: &Candidate, field: FieldName) -> bool {
    !matches!(candidate.kind, Kind::Date | Kind::Amount)
        || doc.tokens[candidate.first..candidate.end].iter().any(|token| {
            let (page, word) = token.origin;
            sample.tags[page as usize - 1][word] == Some(field)
        })
}

/// Nine letters of ten in place, blanks and marks not counted.
fn similar(a: &str, b: &str) -> bool {
    let compact = |s: &str| fold(s).replace(' ', "");
    strsim::normalized_levenshtein(&compact(a), &compact(b)) >= 0.89
}

/// Whether a candidate says the value `truth`, in canonical form.
pub(super) fn same(candidate: &Candidate, truth: &str, field: FieldName) -> bool {
    let compact = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
    match field {
        FieldName::NetAmount | FieldName::TaxAmount | FieldName::TotalAmount => {
            truth.parse().is_ok_and(|value: rust_decimal::Decimal| candidate.decimal() == value)
        }
        FieldName::SupplierName | FieldName::BuyerName => fold(&candidate.value) == fold(truth),
        FieldName::IssueDate | FieldName::DueDate => candidate.value == truth,
        _ => compact(&candidate.value) == compact(truth),
    }
}
