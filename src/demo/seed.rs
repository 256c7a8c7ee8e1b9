//! Filling an empty database for the demonstration.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::documents;
use crate::ambient::Ambient;
use crate::credentials::{HashError, hash_password, new_password, new_token, token_hash};
use crate::domain::history::{EntryType, Payable};
use crate::domain::purchasing::Supplier;
use crate::domain::{By, CompanyId};
use crate::pipeline::request::Upload;
use crate::pipeline::{Pipeline, PipelineError};
use crate::screening::block_keys;
use crate::store::{NewCompany, NewUser, Store, StoreError};
use crate::workflow::Role;

/// Why the demonstration could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sample was not accepted: a bug.
    #[error("a sample document was refused: {0}")]
    Sample(#[from] PipelineError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// One user's way to sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Login {
    /// Sign-in name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Password, in clear: a demonstration's only.
    pub password: String,
    /// Bearer token, in clear.
    pub token: String,
}

/// What stands in `demo-credentials.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Address of the server.
    pub url: String,
    /// One user a role.
    pub users: Vec<Login>,
}

/// Months of invented history for each supplier.
const MONTHS: i64 = 18;

/// Seeds an empty database; `None` where it has a company already.
///
/// # Errors
/// [`DemoError`].
pub async fn seed(pipeline: &Pipeline, url: &str) -> Result<Option<Credentials>, DemoError> {
    let (store, ambient) = (pipeline.store(), pipeline.ambient());
    if !store.companies().await?.is_empty() {
        return Ok(None);
    }
    let by = By::program("demo");
    let company = NewCompany { id: ambient.id(), code: "demo".into(), name: documents::buyer().name };
    store.create_company(&company, &by, ambient.now()).await?;
    let mut users = Vec::new();
    for role in Role::ALL {
        users.push(login(store, ambient, company.id, *role, &by).await?);
    }
    let suppliers = documents::suppliers();
    store.upsert_suppliers(company.id, &suppliers, &by, ambient.now()).await?;
    store.upsert_orders(company.id, &documents::purchase_orders(), &by, ambient.now()).await?;
    store.upsert_receipts(company.id, &documents::goods_receipts(), &by, ambient.now()).await?;
    let history: Vec<(Payable, Vec<u64>)> = suppliers
        .iter()
        .enumerate()
        .flat_map(|(place, supplier)| history(supplier, place, ambient.now()))
        .map(|payable| {
            let keys = block_keys(&payable);
            (payable, keys)
        })
        .collect();
    store.import_payables(company.id, &history, &by, ambient.now()).await?;
    let clerk = store.user_credentials("clerk").await?.ok_or(StoreError::NotFound)?.0;
    let clerk = store.principal(clerk, Some("demo")).await?.ok_or(StoreError::NotFound)?;
    for sample in documents::samples() {
        let upload = Upload { bytes: sample.bytes, name: Some(sample.file_name.into()), correlation_id: None, traceparent: None };
        pipeline.upload(&clerk, upload).await?;
    }
    Ok(Some(Credentials { url: url.to_owned(), users }))
}

async fn login(store: &Store, ambient: &Ambient, company: CompanyId, role: Role, by: &By) -> Result<Login, DemoError> {
    let (password, token) = (new_password(ambient), new_token(ambient));
    let user = NewUser {
        id: ambient.id(),
        name: role.as_str().to_owned(),
        display: format!("Demo {}", role.as_str().replace('_', " ")),
        password_hash: Some(hash_password(ambient, &password)?),
        roles: vec![(company, vec![role])],
    };
    let now = ambient.now();
    store.create_user(&user, by, now).await?;
    store.create_token(&token_hash(&token), user.id, "demo", now.checked_add(SignedDuration::from_hours(24 * 90)).ok(), now).await?;
    Ok(Login { name: user.name, role: role.as_str().to_owned(), password, token })
}

/// A supplier's invented past: one invoice a month around the level of its first sample, so that a
/// habit exists to compare with.
fn history(supplier: &Supplier, place: usize, now: Timestamp) -> Vec<Payable> {
    let today = jiff::tz::Offset::UTC.to_datetime(now).date();
    let first = documents::samples().into_iter().find(|sample| sample.invoice.supplier.name == supplier.name);
    let level = first.and_then(|sample| i64::try_from(sample.invoice.total().trunc()).ok()).unwrap_or(500);
    (1..=MONTHS)
        .rev()
        .filter_map(|month| {
            let date: Date = today.checked_sub((30 * month).days()).ok()?;
            // A wave of ±20 % that never repeats an amount.
            let wave = (month * 37 + i64::try_from(place).unwrap_or(0) * 11) % 41 - 20;
            let amount = Decimal::new(level * (100 + wave) + month, 2);
            let posted = date.checked_add(4.days()).ok()?.at(10, 15, 0, 0);
            let posted = jiff::tz::Offset::UTC.to_timestamp(posted).ok()?;
            Some(Payable {
                row: 0,
                vendor_id: supplier.number.clone(),
                vendor_name: supplier.name.clone(),
                invoice_no: format!(
                    "{}{:02}{:05}",
                    date.year() % 100,
                    date.month(),
                    1100 * (place + 1) + usize::try_from(MONTHS - month).unwrap_or(0) * 17
                ),
                po_number: String::new(),
                amount,
                currency: "EUR".into(),
                entry_type: EntryType::Invoice,
                invoice_date: Some(date),
                due_date: date.checked_add(30.days()).ok(),
                payment_date: date.checked_add(28.days()).ok().filter(|paid| *paid < today),
                posted_at: Some(posted),
                posted_by: "clerk".into(),
                approved_by: String::new(),
                department: String::new(),
                account_code: supplier.expense_account.clone().unwrap_or_default(),
                bank_account: supplier.ibans.first().map(|iban| iban.as_str().to_owned()).unwrap_or_default(),
            })
        })
        .collect()
}
