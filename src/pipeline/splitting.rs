//! A file that holds several documents: which case gets which pages.

use super::{Pipeline, PipelineError};
use crate::domain::{Extraction, PageRange};
use crate::extraction::parts::Part;
use crate::store::types::{CaseRow, NewPart};

/// The cases that a file is split into, beside the one that its upload was answered with.
pub(super) struct Split {
    /// The pages that the first case keeps.
    pub kept: PageRange,
    /// The others.
    pub parts: Vec<NewPart>,
}

impl Split {
    /// In words, for the trail.
    pub(super) fn told(&self) -> String {
        let parts = self.parts.iter().map(|part| format!("{} became case {}", part.pages, part.id)).collect::<Vec<_>>();
        format!("the file holds {} documents: this case keeps {}, {}", self.parts.len() + 1, self.kept, parts.join(", "))
    }
}

impl Pipeline {
    /// The first part's fields, and the cases to be made of the others: none in the normal case.
    pub(super) async fn divide(&self, row: &CaseRow, parts: Vec<Part>) -> Result<(Extraction, Option<Split>), PipelineError> {
        let mut all = parts.into_iter();
        let first = all.next().ok_or_else(|| PipelineError::Internal("a document without parts".into()))?;
        let mut parts = Vec::new();
        for part in all {
            let payable = self.registration(row.company, &part.extraction).await?;
            let pages = range(&part);
            let (id, job) = (self.ambient.id(), self.ambient.id());
            parts.push(NewPart { id, job, pages, case: row.case.split_off(), extraction: part.extraction, payable });
        }
        let split = (!parts.is_empty()).then(|| Split { kept: range(&first), parts });
        Ok((first.extraction, split))
    }
}

fn range(part: &Part) -> PageRange {
    PageRange { first: *part.pages.start(), last: *part.pages.end() }
}
