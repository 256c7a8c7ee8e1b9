//! What the server remembers of each company's book, so that an invoice is scored without reading it again:
//! the running summary that the anomaly model's view of the whole book comes from, and the histories of busy
//! suppliers.
//!
//! Read once in the order of registration, at the start or on first use, and caught up before each question;
//! never ahead of the invoice that is asked for, so that the answer is the batch's for the same history. What
//! is taken out of the register (corrected, rejected) is heard of through the store: the last payables are
//! kept one by one, so that the summary can be made again without them; what lies further back makes the book
//! be read anew. Any number of processes may each keep their own.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Pipeline, PipelineError};
use crate::domain::CompanyId;
use crate::domain::hash::sha256_hex;
use crate::domain::history::{EntryType, Payable};
use crate::domain::purchasing::Supplier;
use crate::screening::{BookHistory, BookView, VendorHistory, block_keys};
use crate::store::{Store, StoreError};

/// Payables kept one by one unless a test says otherwise.
const RECENT: usize = 4096;
/// Payables read at a time.
const BATCH: u32 = 2000;
/// From so many payables on, a supplier's history is kept.
const BUSY: usize = 64;
/// Suppliers whose history is kept, at most: a few kilobytes each.
const SUPPLIERS: usize = 100_000;

/// A company's suppliers, at a version.
type Suppliers = (i64, Arc<Vec<Supplier>>);

/// The books by company, and their suppliers.
#[derive(Default)]
pub struct Books {
    books: Mutex<HashMap<CompanyId, Arc<tokio::sync::Mutex<Book>>>>,
    suppliers: Mutex<HashMap<CompanyId, Suppliers>>,
}

impl Books {
    fn of(&self, company: CompanyId) -> Arc<tokio::sync::Mutex<Book>> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(books.entry(company).or_default())
    }
}

/// One company's book. A position that nothing was read from yet is -1.
struct Book {
    /// Payables kept one by one; twice as many before half of them are summed up.
    keep: usize,
    /// Whether the block keys are those of this program.
    keyed: bool,
    /// The sum of what lies at `base_at` and before.
    base: BookHistory,
    base_at: i64,
    /// What was read after that, in order.
    recent: VecDeque<(i64, Payable)>,
    /// The sum of both.
    head: BookHistory,
    head_at: i64,
    /// The last trail record whose removals are known.
    changes_at: i64,
    /// Histories of busy suppliers, each up to a position.
    suppliers: HashMap<String, (VendorHistory, i64)>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            keep: RECENT,
            keyed: false,
            base: BookHistory::default(),
            base_at: -1,
            recent: VecDeque::new(),
            head: BookHistory::default(),
            head_at: -1,
            changes_at: -1,
            suppliers: HashMap::new(),
        }
    }
}

/// What is known of an invoice's surroundings when it is scored.
pub(super) struct Surroundings {
    /// What the book before it says of it.
    pub view: BookView,
    /// Its supplier's history before it.
    pub history: VendorHistory,
}

impl Pipeline {
    /// Reads every company's book, so that the first invoice does not wait for it.
    ///
    /// # Errors
    /// The store's.
    pub async fn warm(&self) -> Result<(), PipelineError> {
        for company in self.store.companies().await? {
            let book = self.books.of(company.id);
            let mut book = book.lock().await;
            book.prepare(&self.store, company.id).await?;
            let until = self.store.last_position(company.id).await?.unwrap_or(-1);
            book.catch_up(&self.store, company.id, until).await?;
        }
        Ok(())
    }

    /// The company's suppliers as they stand now, read again only where one has changed.
    pub(super) async fn suppliers(&self, company: CompanyId) -> Result<Arc<Vec<Supplier>>, PipelineError> {
        // The version is asked for first: what changes in between is read and then read once more.
        let version = self.store.suppliers_version(company).await?;
        let kept = self.books.suppliers.lock().unwrap_or_else(PoisonError::into_inner).get(&company).cloned();
        if let Some((_, suppliers)) = kept.filter(|(at, _)| *at == version) {
            return Ok(suppliers);
        }
        let suppliers = Arc::new(self.store.suppliers(company).await?);
        let mut all = self.books.suppliers.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(company, (version, Arc::clone(&suppliers)));
        Ok(suppliers)
    }

    /// The block keys stand by this program's rule from here on.
    pub(super) async fn keyed(&self, company: CompanyId) -> Result<(), PipelineError> {
        let book = self.books.of(company);
        let mut book = book.lock().await;
        Ok(book.prepare(&self.store, company).await?)
    }

    /// The surroundings of a payable at a position of the register: everything before it, nothing after.
    /// `known`: the view as it was found before, at this very position.
    pub(super) async fn surroundings(
        &self,
        company: CompanyId,
        (position, payable): (i64, &Payable),
        known: Option<BookView>,
    ) -> Result<Surroundings, PipelineError> {
        let book = self.books.of(company);
        let mut book = book.lock().await;
        book.prepare(&self.store, company).await?;
        book.catch_up(&self.store, company, position.saturating_sub(1)).await?;
        let view = known.unwrap_or_else(|| book.view(position, payable));
        let history = book.supplier(&self.store, company, (position, &payable.vendor_id)).await?;
        Ok(Surroundings { view, history })
    }
}

impl Book {
    /// Makes the block keys anew where the program's rule for them has changed.
    async fn prepare(&mut self, store: &Store, company: CompanyId) -> Result<(), StoreError> {
        if self.keyed {
            return Ok(());
        }
        let rule = rule();
        let noted = store.block_rule(company).await?;
        if noted.is_empty() && sample_fits(store, company).await? {
            store.note_block_rule(company, &rule).await?;
        } else if noted != rule {
            tracing::info!(%company, "the keys of the duplicate search are made anew");
            store.rekey(company, &rule, block_keys).await?;
        }
        self.keyed = true;
        Ok(())
    }

    /// Reads on up to a position, without what was taken out of the register.
    async fn catch_up(&mut self, store: &Store, company: CompanyId, until: i64) -> Result<(), StoreError> {
        self.take_out(store, company).await?;
        let anew = self.head_at < 0;
        if anew {
            let busy = store.busy_suppliers(company, BUSY as i64).await?;
            self.suppliers = busy.into_iter().take(SUPPLIERS).map(|id| (id, (VendorHistory::default(), -1))).collect();
        }
        while self.head_at < until {
            let batch = store.payables_between(company, self.head_at, until, BATCH).await?;
            let Some(last) = batch.last() else { break };
            self.head_at = last.position;
            for row in batch {
                if anew {
                    if let Some((history, at)) = self.suppliers.get_mut(&row.payable.vendor_id) {
                        history.push(&row.payable);
                        *at = row.position;
                    }
                } else {
                    self.head.push(&row.payable);
                }
                self.keep_one(row.position, row.payable);
            }
        }
        if anew {
            let head_at = self.head_at;
            self.suppliers.values_mut().for_each(|(_, at)| *at = head_at);
            self.remake();
        }
        Ok(())
    }

    /// Keeps a payable, and adds the older half of those kept to the sum when they are many.
    fn keep_one(&mut self, position: i64, payable: Payable) {
        self.recent.push_back((position, payable));
        if self.recent.len() < 2 * self.keep {
            return;
        }
        for (position, payable) in self.recent.drain(..self.keep) {
            self.base.push(&payable);
            self.base_at = position;
        }
    }

    /// The sum of everything, from its parts.
    fn remake(&mut self) {
        self.head = self.base.clone();
        for (_, payable) in &self.recent {
            self.head.push(payable);
        }
    }

    /// Removes what was taken out of the register since the last look.
    async fn take_out(&mut self, store: &Store, company: CompanyId) -> Result<(), StoreError> {
        let changes = store.payable_changes(company, self.changes_at).await?;
        let Some((last, _)) = changes.last() else { return Ok(()) };
        self.changes_at = *last;
        let gone: BTreeSet<i64> = changes.iter().map(|(_, position)| *position).filter(|position| *position <= self.head_at).collect();
        if gone.is_empty() {
            return Ok(());
        }
        if gone.iter().any(|position| *position <= self.base_at) {
            let (keyed, changes_at) = (self.keyed, self.changes_at);
            *self = Self { keyed, changes_at, ..Self::default() };
            return Ok(());
        }
        self.drop_recent(&gone);
        Ok(())
    }

    /// Makes the sum again without some of the payables kept one by one.
    fn drop_recent(&mut self, gone: &BTreeSet<i64>) {
        for (_, payable) in self.recent.iter().filter(|(position, _)| gone.contains(position)) {
            self.suppliers.remove(&payable.vendor_id);
        }
        self.recent.retain(|(position, _)| !gone.contains(position));
        self.remake();
    }

    /// What the book before a position says. A position before those kept one by one is one that was scored
    /// long ago and whose view is kept with its case; without it, the whole book speaks.
    fn view(&self, position: i64, payable: &Payable) -> BookView {
        if position > self.head_at || position <= self.base_at {
            return self.head.view(payable);
        }
        let mut then = self.base.clone();
        for (_, earlier) in self.recent.iter().take_while(|(at, _)| *at < position) {
            then.push(earlier);
        }
        then.view(payable)
    }

    /// A supplier's history before a position.
    async fn supplier(&mut self, store: &Store, company: CompanyId, (position, id): (i64, &str)) -> Result<VendorHistory, StoreError> {
        if id.is_empty() {
            return Ok(VendorHistory::default());
        }
        // What came after the book was read belongs to the next question.
        let position = position.min(self.head_at.saturating_add(1));
        if let Some((history, at)) = self.suppliers.get_mut(id).filter(|(_, at)| *at < position) {
            if *at < position - 1 {
                for payable in store.supplier_between(company, id, *at, position).await? {
                    history.push(&payable);
                }
                *at = position - 1;
            }
            return Ok(history.clone());
        }
        let past = store.supplier_between(company, id, -1, position).await?;
        let mut history = VendorHistory::default();
        past.iter().for_each(|payable| history.push(payable));
        if past.len() >= BUSY && self.suppliers.len() < SUPPLIERS && !self.suppliers.contains_key(id) {
            self.suppliers.insert(id.to_owned(), (history.clone(), position - 1));
        }
        Ok(history)
    }
}

/// Whether the first and the last payables of the register stand under the keys that this program makes: of a
/// register whose rule nobody noted, nothing more is asked.
async fn sample_fits(store: &Store, company: CompanyId) -> Result<bool, StoreError> {
    const SAMPLE: u32 = 100;
    let last = store.last_position(company).await?.unwrap_or(-1);
    let mut sample = store.payables_between(company, -1, last, SAMPLE).await?;
    // The last trail records' payables; of an import that registered very many, its first.
    sample.extend(store.payables_between(company, last.saturating_sub(1 << 20), last, SAMPLE).await?);
    for row in &sample {
        for key in block_keys(&row.payable) {
            if !store.has_block(company, key, row.position).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// A name for the rule by which block keys are made: what it gives for a few payables, as a hash. Another
/// rule has another name.
fn rule() -> String {
    let numbers = ["RE-48213", "", "2024-05-06", "INV0081O1", "48213A", "00017"];
    let dates = ["2024-05-06", "2023-12-31", "2020-02-29"];
    let mut text = String::new();
    for (place, number) in numbers.iter().enumerate() {
        let payable = Payable {
            row: 0,
            vendor_id: if place % 2 == 0 { format!("V{place}") } else { String::new() },
            vendor_name: ["Kraxi GmbH", "The Dorn Group plc", "Müller & Söhne"][place % 3].to_owned(),
            invoice_no: (*number).to_owned(),
            po_number: if place == 3 { "4500012".into() } else { String::new() },
            amount: rust_decimal::Decimal::new(11_900 * (1 + place as i64 * place as i64) - 250 * (place as i64 / 4), 2),
            currency: if place == 5 { "USD".into() } else { "EUR".into() },
            entry_type: if place == 4 { EntryType::CreditMemo } else { EntryType::Invoice },
            invoice_date: dates[place % 3].parse().ok(),
            due_date: None,
            payment_date: dates[(place + 1) % 3].parse().ok(),
            posted_at: None,
            posted_by: "anna".into(),
            approved_by: String::new(),
            department: "D1".into(),
            account_code: "6000".into(),
            bank_account: if place < 3 { "DE44500105175407324931".into() } else { String::new() },
        };
        text.push_str(&format!("{:?};", block_keys(&payable)));
    }
    sha256_hex(text.as_bytes())[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payable(n: i64) -> Payable {
        Payable {
            row: 0,
            vendor_id: format!("V{}", n % 5),
            vendor_name: format!("Werk {}", n % 5),
            invoice_no: format!("RE-{}", 1000 + n),
            po_number: String::new(),
            amount: rust_decimal::Decimal::new(10_000 + 731 * n, 2),
            currency: "EUR".into(),
            entry_type: EntryType::Invoice,
            invoice_date: Some(jiff::civil::date(2025, 1, 1) + jiff::ToSpan::days(n)),
            due_date: None,
            payment_date: None,
            posted_at: None,
            posted_by: format!("user{}", n % 3),
            approved_by: String::new(),
            department: format!("D{}", n % 4),
            account_code: format!("6{}00", n % 2),
            bank_account: format!("DE{}", n % 6),
        }
    }

    /// A book that has read these positions, all but the last few summed up.
    fn read(positions: impl Iterator<Item = i64>) -> Book {
        let mut book = Book { keep: 3, ..Book::default() };
        for position in positions {
            book.head.push(&payable(position));
            book.head_at = position;
            book.keep_one(position, payable(position));
        }
        book
    }

    fn fresh(positions: impl Iterator<Item = i64>, of: i64) -> BookView {
        let mut history = BookHistory::default();
        positions.for_each(|position| history.push(&payable(position)));
        history.view(&payable(of))
    }

    #[test]
    fn the_view_is_that_of_the_payables_before_and_no_other() {
        let book = read(0..40);
        assert!(book.base_at >= 33 && book.recent.len() < 6);
        assert_eq!(book.view(40, &payable(40)), fresh(0..40, 40), "what comes next");
        for position in book.base_at + 1..40 {
            assert_eq!(book.view(position, &payable(position)), fresh(0..position, position), "{position} again");
        }
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace() {
        let mut book = read(0..40);
        book.suppliers.insert(payable(39).vendor_id, (VendorHistory::default(), 39));
        book.drop_recent(&BTreeSet::from([38, 39]));
        assert_eq!(book.view(40, &payable(40)), fresh(0..38, 40));
        assert!(book.suppliers.is_empty(), "its supplier's history is read anew");
    }

    #[test]
    fn a_rule_has_one_name() {
        assert_eq!((rule(), rule().len()), (rule(), 16));
    }
}
