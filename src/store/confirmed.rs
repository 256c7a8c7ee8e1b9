//! What people have confirmed of documents: labels for a training that learns from corrections.

use super::rows::Columns as _;
use super::types::ConfirmedDocument;
use super::{Store, StoreError};
use crate::domain::{CaseId, CompanyId};

impl Store {
    /// Cases that a person approved or corrected, with their final fields, newest first; none that were
    /// rejected. At most `limit` that were opened before the case `before`.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn confirmed(&self, company: CompanyId, before: Option<CaseId>, limit: u32) -> Result<Vec<ConfirmedDocument>, StoreError> {
        // Ids count up with time. An approval counts for the fields as they were: a later correction, or
        // an approver who sends the case back, takes it away.
        let rows = sqlx::query(
            "SELECT c.id, c.document_id, c.extraction, d.sha256, d.kind,
               COALESCE((SELECT MAX(a.seq) FROM audit a WHERE a.company_id = c.company_id AND a.case_id = c.id
                 AND a.action = 'approve'), -1) AS approved,
               COALESCE((SELECT MAX(a.seq) FROM audit a WHERE a.company_id = c.company_id AND a.case_id = c.id
                 AND a.action IN ('correct', 'return')), -1) AS doubted
             FROM cases c JOIN documents d ON d.id = c.document_id
             WHERE c.company_id = $1 AND ($2 = '' OR c.id < $2) AND c.phase <> 'rejected' AND c.extraction IS NOT NULL
               AND EXISTS (SELECT 1 FROM audit a WHERE a.company_id = c.company_id AND a.case_id = c.id
                 AND a.action IN ('approve', 'correct'))
             ORDER BY c.id DESC LIMIT $3",
        )
        .bind(company.to_string())
        .bind(before.map_or_else(String::new, |case| case.to_string()))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ConfirmedDocument {
                    case: row.parsed("id")?,
                    document: row.parsed("document_id")?,
                    sha256: row.text("sha256")?,
                    kind: row.named("kind")?,
                    extraction: row.json("extraction")?,
                    approved: row.int("approved")? > row.int("doubted")?,
                })
            })
            .collect()
    }
}
