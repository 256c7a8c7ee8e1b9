//! Canonical finance objects and their laws. Pure: no I/O, no clock, nothing else of ours.
//!
//! Every value is checked once, in its constructor; behind it there is no invalid IBAN, no amount
//! with more decimals than its currency has, no unbalanced journal entry.

pub mod attached;
pub mod by;
pub mod calibration;
pub mod causes;
pub mod document;
pub mod einvoice;
mod envelope;
pub mod extraction;
pub mod finding;
pub mod hash;
pub mod history;
pub mod identifiers;
pub mod ids;
pub mod invoice;
pub mod kind;
pub mod ledger;
pub mod money;
pub mod purchasing;
pub mod text;
pub mod xml;

pub use attached::{Attached, AttachedFile, Einvoice};
pub use by::By;
pub use document::{BBox, DocumentKind, Page, PageRange, Reading, Word};
pub use extraction::{DocumentType, Extraction, Field, FieldName, Issue, LineItem, PageBox, Source};
pub use finding::{Finding, FindingKind, MatchKind, MatchResult, Matching, Reason};
pub use identifiers::{Bic, Iban, InvoiceNumber, VatId};
pub use ids::{CaseId, ClaimId, CompanyId, DocumentId, JobId, PostingId, RescoringId, UserId};
pub use invoice::Invoice;
pub use kind::PaperKind;
pub use money::{Currency, Money};
