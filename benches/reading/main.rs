//! What reading delivers and costs: words of digital PDFs beside `pdftotext`, recognized text of scans
//! and photos beside the package whose models it runs, e-invoices a second.
//!
//! `cargo bench --bench reading [-- pdf|ocr|einvoice|hostile …]`. The documents are those of `../shared/data`;
//! a part whose documents or whose peer is absent says so. Numbers of a machine under other load mean
//! little; ratios to the peer, taken in the same run, mean more.

#![expect(clippy::expect_used, reason = "a benchmark ends at the first failure")]

#[path = "../../tests/suite/robustness/damage.rs"]
mod damage;
mod einvoice;
mod hostile;
#[path = "../../tests/suite/robustness/mutate.rs"]
mod mutate;
mod ocr;
mod pdf;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let parts: [(&str, fn()); 4] = [("pdf", pdf::run), ("ocr", ocr::run), ("einvoice", einvoice::run), ("hostile", hostile::run)];
    for (name, run) in parts {
        if wanted.is_empty() || wanted.iter().any(|part| part == name) {
            println!("== {name}");
            run();
        }
    }
}
