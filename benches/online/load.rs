//! A register of any size, written straight into a SQLite file: rows first, then the keys in their order.

use countersign::ambient::Ambient;
use countersign::config::sqlite_url;
use countersign::domain::CompanyId;
use countersign::domain::history::{EntryType, Payable};
use countersign::screening::block_keys;
use countersign::store::types::By;
use countersign::store::{NewCompany, Store};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc;

use crate::generator;

/// Seed of the histories.
const SEED: u64 = 6;
/// Rows in one statement.
const TOGETHER: usize = 500;
/// Positions that one trail record spans.
const RECORD: i64 = 1 << 20;

/// Hands each line on as it is complete.
struct Lines {
    rest: Vec<u8>,
    out: mpsc::SyncSender<String>,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&self.rest[..end]).into_owned();
            self.rest.drain(..=end);
            self.out.send(line).map_err(|_| io::Error::other("nobody reads"))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The payables of a history of `rows`, one by one.
fn payables(rows: usize) -> impl Iterator<Item = Payable> {
    let (out, lines) = mpsc::sync_channel(10_000);
    std::thread::spawn(move || generator::write(&mut Lines { rest: Vec::new(), out }, rows, SEED));
    lines.into_iter().skip(1).map(|line| payable(&line))
}

/// What comes after the first `rows` of a history of `rows + more`.
pub fn fresh(rows: usize, more: usize) -> Vec<Payable> {
    payables(rows + more).skip(rows).collect()
}

fn payable(line: &str) -> Payable {
    // The generator quotes nothing.
    let cells: Vec<&str> = line.split(',').collect();
    let place = |name: &str| generator::HEADER.split(',').position(|other| other == name);
    let text = |name: &str| place(name).and_then(|at| cells.get(at)).copied().unwrap_or_default().to_owned();
    let date = |name: &str| text(name).parse().ok();
    let posted = text("posted_at").replace(' ', "T");
    Payable {
        row: 0,
        vendor_id: text("vendor_id"),
        vendor_name: text("vendor_name"),
        invoice_no: text("invoice_no"),
        po_number: text("po_number"),
        amount: text("amount").parse().expect("an amount"),
        currency: text("currency"),
        entry_type: if text("doc_type") == "VOID" { EntryType::Void } else { EntryType::Invoice },
        invoice_date: date("invoice_date"),
        due_date: date("due_date"),
        payment_date: date("payment_date"),
        posted_at: posted.parse().or_else(|_| format!("{posted}Z").parse()).ok(),
        posted_by: text("posted_by"),
        approved_by: text("approved_by"),
        department: text("department"),
        account_code: text("account_code"),
        bank_account: text("bank_account"),
    }
}

/// Makes the file of the first `rows` payables of a history of `rows + more`: the schema by the product, the rows in large transactions without a journal.
pub async fn fill(file: &Path, rows: usize, more: usize) {
    let staged = file.with_extension("part");
    let _ = std::fs::remove_file(&staged);
    let url = sqlite_url(&staged);
    let store = Store::connect(&url).await.expect("store");
    let ambient = Ambient::system();
    let company: CompanyId = ambient.id();
    let by = By::program("bench");
    store
        .create_company(&NewCompany { id: company, code: "bench".into(), name: "Bench".into() }, &by, ambient.now())
        .await
        .expect("company");
    store.close().await;

    sqlx::any::install_default_drivers();
    let pool = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("database");
    let run = async |sql: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.expect("statement");
    };
    run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;
         DROP INDEX payables_by_vendor; CREATE TEMP TABLE raw (block BIGINT, position BIGINT); BEGIN"
        .into())
    .await;
    let (mut payable_rows, mut block_rows, mut together) = (String::new(), String::new(), 0);
    // Every trail record of an import registers ten thousand.
    for (place, payable) in (0_i64..).zip(payables(rows + more).take(rows)) {
        let position = (1 + place / 10_000) * RECORD + place % 10_000;
        let json = serde_json::to_string(&payable).expect("JSON").replace('\'', "''");
        let vendor = payable.vendor_id.replace('\'', "''");
        let _ = write!(payable_rows, ",('{company}',{position},'{vendor}',1,'{json}')");
        for key in block_keys(&payable) {
            let _ = write!(block_rows, ",({},{position})", key.cast_signed());
        }
        together += 1;
        if together == TOGETHER || place + 1 == rows as i64 {
            run(format!("INSERT INTO payables (company_id, position, vendor_id, active, payable) VALUES {}", &payable_rows[1..])).await;
            run(format!("INSERT INTO raw VALUES {}", &block_rows[1..])).await;
            (payable_rows, block_rows, together) = (String::new(), String::new(), 0);
        }
    }
    let records = 2 + rows / 10_000;
    run(format!(
        "INSERT INTO payable_blocks SELECT (SELECT number FROM companies), block, position FROM raw ORDER BY block, position;
         CREATE INDEX payables_by_vendor ON payables (company_id, vendor_id, position);
         UPDATE audit_heads SET next_index = {records}; COMMIT; PRAGMA journal_mode = WAL"
    ))
    .await;
    pool.close().await;
    std::fs::rename(&staged, file).expect("rename");
    let _ = std::fs::remove_file(staged.with_extension("part-wal"));
}
