//! Who did something: a person, or a part of the program.

use serde::{Deserialize, Serialize};

use super::ids::UserId;

/// Who did something, as the trail keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum By {
    /// A person or service account.
    User {
        /// The user.
        id: UserId,
        /// Sign-in name at the time.
        name: String,
    },
    /// The program itself: `reader`, `screening`, `posting`, `timer`, `administration`.
    Program {
        /// Which part.
        part: String,
    },
}

impl By {
    /// A part of the program.
    #[must_use]
    pub fn program(part: &str) -> Self {
        Self::Program { part: part.to_owned() }
    }

    /// The name shown to people.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } => name,
            Self::Program { part } => part,
        }
    }
}
