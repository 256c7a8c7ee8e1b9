//! Terms, bank data and the foot of a generated page.

use rand::RngExt as _;

use crate::domain::FieldName;
use crate::training::extractor::blocks::parties::id_lines;
use crate::training::extractor::canvas::{Piece, Style};
use crate::training::extractor::entities::{self, pick};
use crate::training::extractor::names;
use crate::training::extractor::page::{Draft, contacts};

/// Terms, due sentence, bank data.
pub fn payment(draft: &mut Draft, top: f32) {
    let (left, right) = draft.margins;
    let language = draft.facts.language;
    let (style, leading) = (draft.style(), draft.leading);
    let mut y = top + draft.rng.random_range(8.0..30.0);
    if let Some(due) = draft.facts.due
        && (!draft.truth.contains_key(&FieldName::DueDate) || draft.chance(0.2))
    {
        let sentence = *pick(&mut draft.rng, language.due_sentences);
        let (before, after) = sentence.split_once("{}").unwrap_or((sentence, ""));
        let printed =
            format!("{}{}", draft.facts.date_text(due), after.split_whitespace().next().filter(|w| w.len() == 1).unwrap_or_default());
        let after = if after.trim().len() <= 1 { String::new() } else { after.to_owned() };
        let value = draft.value(FieldName::DueDate, printed, due.to_string());
        y = draft.canvas.put_wrapped((left, y), style, (right - left, leading), &[Piece::plain(before), value, Piece::plain(after)]);
    }
    if draft.chance(0.08) {
        y = early_payment(draft, y);
    }
    for _ in 0..draft.rng.random_range(0..4) {
        let text = *pick(&mut draft.rng, language.sentences);
        y = draft.canvas.put_wrapped((left, y), style, ((right - left) * 0.6, leading), &[Piece::plain(text)]);
    }
    if draft.chance(if draft.truth.contains_key(&FieldName::SupplierName) { 0.1 } else { 0.4 }) {
        // A signature or a cheque's payee: the supplier once more.
        let lead =
            *pick(&mut draft.rng, &["", "", "Payable to", "Make all checks payable to", "Ihr Team von", "Sincerely,", "pour", "p.p."]);
        let name = draft.facts.supplier.name.clone();
        let value = draft.value(FieldName::SupplierName, name.clone(), name);
        y += leading;
        draft.canvas.put((left, y), style, &[Piece::plain(lead), value]);
        y += leading;
    }
    if let Some(iban) = draft.facts.iban.clone()
        && draft.chance(0.6)
    {
        let heading = draft.label(language.bank);
        let holder = match draft.rng.random_range(0..5) {
            0 | 1 => draft.facts.supplier.name.clone(),
            2 => names::person(&mut draft.rng, draft.facts.language.code),
            _ => bank_name(draft),
        };
        draft.canvas.put((left, y), style, &[Piece::plain(heading), Piece::plain(holder)]);
        bank_line(draft, &iban, (left, y + leading));
    }
}

/// What is to pay if it is paid early: an amount and a date that are no field's value.
fn early_payment(draft: &mut Draft, y: f32) -> f32 {
    let (left, _) = draft.margins;
    let total = draft.facts.sums.total;
    let off = (total * rust_decimal::Decimal::new(*pick(&mut draft.rng, &[2, 3]), 2)).round_dp(2);
    let date = draft.facts.date.checked_add(jiff::ToSpan::days(10)).unwrap_or(draft.facts.date);
    let words = *pick(
        &mut draft.rng,
        &[
            ("Skonto 2% bis", "Zahlbetrag"),
            ("bis zum", "mit 3% Skonto"),
            ("2% discount if paid by", "pay"),
            ("If paid before", "amount"),
            ("Escompte jusqu'au", "à payer"),
        ],
    );
    let text = format!("{} {}: {} {}", words.0, draft.facts.date_text(date), words.1, draft.facts.formats.money(total - off, true));
    let style = draft.style();
    draft.canvas.put((left, y), style, &[Piece::plain(text)]);
    y + draft.leading
}

fn bank_name(draft: &mut Draft) -> String {
    let stem = if draft.chance(0.5) { names::town(&mut draft.rng, draft.facts.language.code) } else { entities::word(&mut draft.rng) };
    let pattern = *pick(
        &mut draft.rng,
        &["{} Bank", "Sparkasse {}", "Bank of {}", "Volksbank {}", "Banque {}", "Banca {}", "Commerzbank {}", "{} Savings Bank"],
    );
    pattern.replace("{}", &stem)
}

fn bank_line(draft: &mut Draft, iban: &str, (x, y): (f32, f32)) {
    let grouped = iban.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join(" ");
    let printed = if draft.chance(0.7) { grouped } else { iban.to_owned() };
    let label = *pick(&mut draft.rng, &["IBAN", "IBAN:", "IBAN", "Account:", "IBAN-Nr."]);
    let value = draft.value(FieldName::Iban, printed, iban);
    let style = Style { size: draft.size * draft.rng.random_range(0.8..1.0), bold: false };
    let end = draft.canvas.put((x, y), style, &[Piece::plain(label), value]);
    if draft.chance(0.6) {
        let bic =
            format!("BIC {}{}XX", entities::word(&mut draft.rng).to_uppercase().chars().take(4).collect::<String>(), draft.facts.country);
        if draft.chance(0.5) {
            draft.canvas.put((end + 8.0, y), style, &[Piece::plain(bic)]);
        } else {
            draft.canvas.put((x, y + draft.leading), style, &[Piece::plain(bic)]);
        }
    }
}

/// The footer: company, register, tax ids and bank in columns or in a centred line.
pub fn footer(draft: &mut Draft) {
    let supplier = draft.facts.supplier.clone();
    let needs_tax = draft.facts.tax_id.is_some() && !draft.truth.contains_key(&FieldName::SupplierTaxId);
    let needs_bank = draft.facts.iban.is_some() && !draft.truth.contains_key(&FieldName::Iban);
    let needs_name = !draft.truth.contains_key(&FieldName::SupplierName);
    if !(needs_tax || needs_bank || needs_name || draft.chance(0.4)) {
        return;
    }
    let (left, right) = draft.margins;
    let leading = draft.size * 1.05;
    let style = Style { size: draft.size * draft.rng.random_range(0.7..0.95), bold: false };
    let top = draft.canvas.height - draft.rng.random_range(45.0..90.0);
    let mut columns: Vec<Vec<Vec<Piece>>> = Vec::new();
    let mut company = Vec::new();
    if needs_name || draft.chance(0.7) {
        company.push(vec![draft.value(FieldName::SupplierName, supplier.name.clone(), supplier.name.clone())]);
    }
    company.extend(supplier.address.iter().map(|l| vec![Piece::plain(l.clone())]));
    columns.push(company);
    columns.push(contacts(draft).into_iter().map(|l| vec![Piece::plain(l)]).collect());
    let legal: Vec<Vec<Piece>> =
        if needs_tax || draft.chance(0.4) { id_lines(draft).into_iter().map(|l| l.pieces).collect() } else { Vec::new() };
    columns.push(legal);
    columns.retain(|c| !c.is_empty());
    let bank_x = left + (right - left) * 0.72;
    if draft.chance(0.25) {
        let line: Vec<Piece> = columns
            .into_iter()
            .flatten()
            .flat_map(|mut p| {
                p.push(Piece::plain("-"));
                p
            })
            .collect();
        draft.canvas.put_wrapped((left, top), style, (right - left - 10.0, leading), &line);
        if let (Some(iban), true) = (draft.facts.iban.clone(), needs_bank) {
            bank_line(draft, &iban, (left, top + leading * 3.0));
        }
        return;
    }
    let wide = (bank_x - left) / columns.len().max(1) as f32;
    for (i, column) in columns.into_iter().enumerate() {
        for (j, line) in column.iter().enumerate() {
            draft.canvas.put((left + wide * i as f32, top + leading * j as f32), style, line);
        }
    }
    if let (Some(iban), true) = (draft.facts.iban.clone(), needs_bank) {
        bank_line(draft, &iban, (bank_x.min(right - 150.0), top));
    }
}
