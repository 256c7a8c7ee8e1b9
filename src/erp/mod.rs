//! Posting to an ERP: the trait every connector implements, and the embedded ledger.
//!
//! A posting has one permanent key; a connector must be able to look a key up ([`Connector::find`]),
//! because a time-out says nothing about whether the ERP has it. What a connector promises: `post`
//! under a key that the ERP has already gives the first reference and posts nothing.

pub mod ledger;

use async_trait::async_trait;
use jiff::civil::Date;

use crate::domain::Invoice;

/// What is posted.
#[derive(Debug, Clone, PartialEq)]
pub struct Posting {
    /// The permanent key, `company code/case id`: the ERP's external reference.
    pub key: String,
    /// The company's short code.
    pub company_code: String,
    /// Carried through from the upload.
    pub correlation_id: String,
    /// W3C trace context, where the caller sent one.
    pub traceparent: Option<String>,
    /// The supplier's number in the master data, where it is known.
    pub supplier_number: Option<String>,
    /// Its expense account.
    pub expense_account: Option<String>,
    /// The checked invoice.
    pub invoice: Invoice,
    /// The booking date.
    pub posted_on: Date,
}

/// Why a posting did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErpError {
    /// Sent, answer unknown: look it up before it is sent again.
    #[error("it is uncertain whether the ERP has it: {0}")]
    Uncertain(String),
    /// Certainly not done; try again later.
    #[error("the ERP cannot be reached: {0}")]
    Unavailable(String),
    /// Refused for good; trying again gives the same.
    #[error("the ERP refuses it: {0}")]
    Refused(String),
}

/// An ERP.
#[async_trait]
pub trait Connector: Send + Sync {
    /// The name that workflow files use.
    fn name(&self) -> &str;

    /// The ERP's reference for a key, if it has it.
    ///
    /// # Errors
    /// [`ErpError::Unavailable`] where it cannot be asked.
    async fn find(&self, key: &str) -> Result<Option<String>, ErpError>;

    /// Posts, or gives the reference that the key has already.
    ///
    /// # Errors
    /// [`ErpError`].
    async fn post(&self, posting: &Posting) -> Result<String, ErpError>;
}
