//! Typed identifiers, so that a case's id cannot be passed where a document's is meant.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

typed_id! {
    /// A legal entity; every row belongs to one.
    CompanyId,
    /// One case: a subject on its way through the lifecycle.
    CaseId,
    /// One uploaded document, kept byte for byte.
    DocumentId,
    /// One unit of work in the job table.
    JobId,
    /// One row of the posting outbox.
    PostingId,
    /// One run over the company's own history.
    RescoringId,
    /// One claim for money paid that should not have been.
    ClaimId,
    /// A person or service account.
    UserId,
}
