//! Filling a database for the demonstration.

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
use crate::store::{NewCompany, NewToken, NewUser, Store, StoreError};
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
    /// The file of credentials names a role that there is none of.
    #[error("the demonstration's credentials are not right: {0}")]
    Credentials(String),
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
    /// Whether everything was created.
    #[serde(default = "yes")]
    pub seeded: bool,
}

fn yes() -> bool {
    true
}

/// Months of invented history for each supplier.
const MONTHS: i64 = 18;

/// Code of the demonstration's company.
pub const COMPANY: &str = "demo";

impl Credentials {
    /// New passwords and tokens, one user a role: to be written down before anything is created with them.
    #[must_use]
    pub fn draw(ambient: &Ambient, url: &str) -> Self {
        let login = |role: &Role| Login {
            name: role.as_str().to_owned(),
            role: role.as_str().to_owned(),
            password: new_password(ambient),
            token: new_token(ambient),
        };
        Self { url: url.to_owned(), users: Role::ALL.iter().map(login).collect(), seeded: false }
    }
}

/// Creates what the demonstration lacks; what is there already stays as it is, so that a start that was
/// interrupted is taken up again by the next.
///
/// # Errors
/// [`DemoError`].
pub async fn seed(pipeline: &Pipeline, credentials: &Credentials) -> Result<(), DemoError> {
    let (store, ambient) = (pipeline.store(), pipeline.ambient());
    let by = By::program("demo");
    let company = company(store, ambient, &by).await?;
    for login in &credentials.users {
        user(store, ambient, company, login, &by).await?;
    }
    let suppliers = documents::suppliers();
    store.upsert_suppliers(company, &suppliers, &by, ambient.now()).await?;
    store.upsert_orders(company, &documents::purchase_orders(), &by, ambient.now()).await?;
    store.upsert_receipts(company, &documents::goods_receipts(), &by, ambient.now()).await?;
    import_history(store, ambient, company, &suppliers, &by).await?;
    let clerk = store.user_credentials("clerk").await?.ok_or(StoreError::NotFound)?.0;
    let clerk = store.principal(clerk, Some(COMPANY)).await?.ok_or(StoreError::NotFound)?;
    for sample in documents::samples() {
        // The same bytes twice are one document.
        let upload = Upload { bytes: sample.bytes, name: Some(sample.file_name.into()), correlation_id: None, traceparent: None };
        pipeline.upload(&clerk, upload).await?;
    }
    Ok(())
}

async fn company(store: &Store, ambient: &Ambient, by: &By) -> Result<CompanyId, DemoError> {
    if let Some(company) = store.companies().await?.iter().find(|company| company.code == COMPANY) {
        return Ok(company.id);
    }
    let company = NewCompany { id: ambient.id(), code: COMPANY.into(), name: documents::buyer().name };
    store.create_company(&company, by, ambient.now()).await?;
    Ok(company.id)
}

async fn user(store: &Store, ambient: &Ambient, company: CompanyId, login: &Login, by: &By) -> Result<(), DemoError> {
    let role: Role = login.role.parse().map_err(DemoError::Credentials)?;
    let known = store.users().await?.into_iter().find(|user| user.name == login.name).map(|user| user.id);
    let id = match known {
        Some(id) => id,
        None => {
            let user = NewUser {
                id: ambient.id(),
                name: login.name.clone(),
                display: format!("Demo {}", login.role.replace('_', " ")),
                password_hash: Some(hash_password(ambient, &login.password)?),
                roles: vec![(company, vec![role])],
            };
            store.create_user(&user, by, ambient.now()).await?;
            user.id
        }
    };
    let hash = token_hash(&login.token);
    if store.tokens().await?.iter().all(|token| !hash.starts_with(&token.id)) {
        let now = ambient.now();
        let new = NewToken { hash: &hash, user: id, label: "demo", expires: now.checked_add(SignedDuration::from_hours(24 * 90)).ok() };
        store.create_token(&new, by, now).await?;
    }
    Ok(())
}

/// All of it, in one transaction, or none where some is there.
async fn import_history(store: &Store, ambient: &Ambient, company: CompanyId, suppliers: &[Supplier], by: &By) -> Result<(), DemoError> {
    for supplier in suppliers {
        if !store.supplier_history(company, &supplier.number, None, 1).await?.is_empty() {
            return Ok(());
        }
    }
    let invented: Vec<(Payable, Vec<u64>)> = suppliers
        .iter()
        .enumerate()
        .flat_map(|(place, supplier)| history(supplier, place, ambient.now()))
        .map(|payable| {
            let keys = block_keys(&payable);
            (payable, keys)
        })
        .collect();
    Ok(store.import_payables(company, &invented, by, ambient.now()).await?)
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
