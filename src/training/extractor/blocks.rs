//! Blocks of a generated page outside the table: letterhead, addresses, title, meta data, payment,
//! footer.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use super::canvas::{Piece, Style};
use super::entities::{self, Party, chance, pick};
use super::page::{Draft, contacts};
use crate::domain::{DocumentType, FieldName};

/// A label and its value.
type Pair = (String, Piece);

/// Everything above the table; returns where the table may begin.
pub fn head(draft: &mut Draft) -> f32 {
    let (left, right) = draft.margins;
    let width = draft.canvas.width;
    let mut top = draft.rng.random_range(25.0..60.0_f32);
    let supplier_right = draft.chance(0.35);
    let lowered = draft.chance(0.2);
    if lowered {
        top += draft.rng.random_range(35.0..110.0);
    }
    let x = if supplier_right { width * draft.rng.random_range(0.55..0.68) } else { left };
    let mut bottom = letterhead(draft, x, top);
    let mut pairs = meta_pairs(draft);
    let title = title_pieces(draft, &mut pairs);
    let title_size = draft.size * draft.rng.random_range(1.0..2.6);
    let title_style = Style { size: title_size, bold: draft.chance(0.7) };
    let title_early = lowered || draft.chance(0.5);
    if lowered {
        let at = if draft.chance(0.5) { left } else { width * 0.4 };
        draft.canvas.put((at, draft.size * 3.0), title_style, &title);
    } else if title_early && !supplier_right {
        draft.canvas.put_right((right, top), title_style, &title);
    } else if title_early {
        draft.canvas.put((left, top), title_style, &title);
    }
    top = bottom.max(top + title_size * 1.6) + draft.rng.random_range(8.0..40.0);
    let meta_beside = draft.chance(0.6);
    let addresses_right = meta_beside && draft.chance(0.2);
    let block_x = if addresses_right { width * 0.55 } else { left };
    bottom = addresses(draft, block_x, top);
    if meta_beside {
        let x = if addresses_right { left } else { width * draft.rng.random_range(0.56..0.68) };
        let beside_top = if draft.chance(0.3) && !supplier_right && !title_early { draft.rng.random_range(25.0..60.0) } else { top };
        let end = meta(draft, &mut pairs, x, beside_top, 0);
        bottom = bottom.max(end);
    }
    bottom += draft.rng.random_range(6.0..26.0);
    if !title_early {
        draft.canvas.put((left, bottom), title_style, &title);
        bottom += title_size * 1.5 + 4.0;
    }
    if !meta_beside {
        let style = draft.rng.random_range(0..4);
        bottom = meta(draft, &mut pairs, left, bottom, style) + 4.0;
    }
    if draft.chance(0.2) {
        let text = *pick(&mut draft.rng, draft.facts.language.sentences);
        let style = draft.style();
        draft.canvas.put((left, bottom), style, &[Piece::plain(text)]);
        bottom += draft.leading;
    }
    bottom + draft.rng.random_range(6.0..24.0)
}

/// The supplier's name (unless only a picture shows it) with address and contacts.
fn letterhead(draft: &mut Draft, x: f32, top: f32) -> f32 {
    let supplier = draft.facts.supplier.clone();
    let mut y = top;
    let style = draft.style();
    if draft.chance(0.22) {
        let label = draft.label(draft.facts.language.from);
        let bold = Style { size: draft.size, bold: draft.rng.random_bool(0.5) };
        draft.canvas.put((x, y), bold, &[Piece::plain(label)]);
        y += draft.leading;
        if draft.chance(0.25) {
            y = number_line(draft, x, y);
        }
    }
    if draft.chance(0.85) {
        let size = draft.size * if draft.chance(0.6) { draft.rng.random_range(1.1..2.4) } else { 1.0 };
        let bold = draft.chance(0.5);
        let name = draft.value(FieldName::SupplierName, supplier.name.clone(), supplier.name.clone());
        let room = draft.canvas.width - x - 20.0;
        let mut print = Style { size, bold };
        while draft.canvas.measure(&supplier.name, print) > room && print.size > 5.0 {
            print.size *= 0.85;
        }
        draft.canvas.put((x, y), print, &[name]);
        y += print.size * 1.45;
    }
    if draft.chance(0.75) {
        let mut lines = supplier.address.clone();
        lines.extend(contacts(draft));
        if draft.chance(0.15) {
            lines.insert(0, (*pick(&mut draft.rng, draft.facts.language.goods)).to_owned());
        }
        for line in lines {
            draft.canvas.put((x, y), style, &[Piece::plain(line)]);
            y += draft.leading;
        }
        if draft.chance(0.2) {
            y = tax_line(draft, x, y);
        }
    }
    y
}

/// A labelled number as it may stand between a block's heading and the name.
fn number_line(draft: &mut Draft, x: f32, y: f32) -> f32 {
    let label = draft.label(draft.facts.language.other_numbers);
    let n = draft.rng.random_range(4..14);
    let number = entities::digits(&mut draft.rng, n);
    let style = draft.style();
    draft.canvas.put((x, y), style, &[Piece::plain(label), Piece::plain(number)]);
    y + draft.leading
}

fn tax_line(draft: &mut Draft, x: f32, y: f32) -> f32 {
    let Some(id) = draft.facts.tax_id.clone() else {
        return y;
    };
    let label = draft.label(draft.facts.language.vat_id);
    let value = draft.value(FieldName::SupplierTaxId, id.clone(), id);
    let style = draft.style();
    draft.canvas.put((x, y), style, &[Piece::plain(label), value]);
    y + draft.leading
}

/// The buyer's address, with sender line or heading, and the delivery address beside it.
fn addresses(draft: &mut Draft, x: f32, top: f32) -> f32 {
    let mut y = top;
    let style = draft.style();
    if draft.chance(0.25) {
        let supplier = draft.facts.supplier.clone();
        let mark = *pick(&mut draft.rng, &["·", "|", "-", "•", ","]);
        let name = draft.value(FieldName::SupplierName, supplier.name.clone(), supplier.name.clone());
        let mut pieces = vec![name];
        for line in &supplier.address {
            pieces.push(Piece::plain(mark));
            pieces.push(Piece::plain(line.clone()));
        }
        let small = Style { size: draft.size * 0.75, bold: false };
        draft.canvas.put((x, y), small, &pieces);
        y += draft.leading * 1.4;
    }
    let heading = draft.chance(0.62);
    let ship = draft.facts.ship_to.clone();
    let ship_x = x + draft.rng.random_range(150.0..200.0);
    let buyer_label = heading.then(|| draft.label(draft.facts.language.bill_to));
    let buyer = draft.facts.buyer.clone();
    let inline = heading && ship.is_none() && draft.chance(0.12);
    if let Some(label) = buyer_label {
        let bold = Style { size: draft.size, bold: draft.rng.random_bool(0.5) };
        if inline {
            let end = draft.canvas.put((x, y), bold, &[Piece::plain(label)]);
            return party_block(draft, &buyer, (end + 12.0, y), Some(FieldName::BuyerName));
        }
        draft.canvas.put((x, y), bold, &[Piece::plain(label)]);
        if ship.is_some() {
            let label = draft.label(draft.facts.language.ship_to);
            draft.canvas.put((ship_x, y), bold, &[Piece::plain(label)]);
        }
        y += draft.leading * draft.rng.random_range(1.0..1.5);
    }
    if heading && draft.chance(0.1) {
        y = number_line(draft, x, y);
    }
    if draft.chance(0.08) {
        let salutation = *pick(&mut draft.rng, &["Herrn", "Frau", "Firma", "Mr", "M.", "Spett.le", "Attn.", "An"]);
        draft.canvas.put((x, y), style, &[Piece::plain(salutation)]);
        y += draft.leading;
    }
    let mut end = party_block(draft, &buyer, (x, y), Some(FieldName::BuyerName));
    if let (Some(ship), true) = (ship, heading) {
        let field = (ship.name == buyer.name).then_some(FieldName::BuyerName);
        end = end.max(party_block(draft, &ship, (ship_x, y), field));
    }
    if let Some(id) = draft.facts.buyer_tax_id.clone() {
        let label = draft.label(draft.facts.language.vat_id);
        draft.canvas.put((x, end), style, &[Piece::plain(label), Piece::plain(id)]);
        end += draft.leading;
    }
    end
}

fn party_block(draft: &mut Draft, party: &Party, (x, top): (f32, f32), field: Option<FieldName>) -> f32 {
    let style = draft.style();
    let mut y = top;
    let contact = draft.chance(0.3).then(|| entities::person(&mut draft.rng));
    let contact_first = draft.chance(0.5);
    let name = match field {
        Some(field) => draft.value(field, party.name.clone(), party.name.clone()),
        None => Piece::plain(party.name.clone()),
    };
    let mut lines = vec![vec![name]];
    if draft.chance(0.07) {
        let label = *pick(&mut draft.rng, &["Name:", "Company:", "Firma:", "Nom :", "Nombre:", "Nome:", "Naam:"]);
        lines[0].insert(0, Piece::plain(label));
    }
    if let Some(contact) = contact {
        lines.insert(usize::from(!contact_first), vec![Piece::plain(contact)]);
    }
    lines.extend(party.address.iter().map(|l| vec![Piece::plain(l.clone())]));
    if draft.chance(0.15) {
        lines.push(vec![Piece::plain(entities::phone(&mut draft.rng))]);
    }
    if draft.chance(0.12) {
        lines.push(vec![Piece::plain(format!("{}@{}", entities::word(&mut draft.rng).to_lowercase(), party.domain))]);
    }
    for line in lines {
        let wide = line.iter().map(|p| draft.canvas.measure(&p.text, style)).sum::<f32>() > 150.0 && draft.rng.random_bool(0.5);
        if wide {
            y = draft.canvas.put_wrapped((x, y), style, (150.0, draft.leading), &line);
        } else {
            draft.canvas.put((x, y), style, &line);
            y += draft.leading;
        }
        if draft.rng.random_bool(0.03) {
            y += draft.leading;
        }
    }
    y
}

/// Labels and values of the meta block, in random order.
fn meta_pairs(draft: &mut Draft) -> Vec<Pair> {
    let language = draft.facts.language;
    let mut pairs = Vec::new();
    if draft.chance(0.97) {
        let printed = if draft.chance(0.06) { format!("#{}", draft.facts.number) } else { draft.facts.number.clone() };
        let number = draft.facts.number.clone();
        pairs.push((draft.label(language.number), draft.value(FieldName::InvoiceNumber, printed, number)));
    }
    if draft.chance(0.97) {
        let date = draft.facts.date;
        let text = draft.facts.date_text(date);
        pairs.push((draft.label(language.date), draft.value(FieldName::IssueDate, text, date.to_string())));
    }
    if let Some(due) = draft.facts.due
        && draft.chance(0.75)
    {
        let text = draft.facts.date_text(due);
        let mut label = draft.label(language.due);
        if draft.chance(0.12) {
            label = format!("{} {label}", pick(&mut draft.rng, language.invoice));
        }
        pairs.push((label, draft.value(FieldName::DueDate, text, due.to_string())));
    }
    if let Some(order) = draft.facts.order.clone() {
        pairs.push((draft.label(language.order), draft.value(FieldName::PurchaseOrder, order.clone(), order)));
    }
    for _ in 0..*pick(&mut draft.rng, &[0, 0, 1, 1, 2, 3]) {
        let label = draft.label(language.other_numbers);
        let n = draft.rng.random_range(3..9);
        let number = entities::digits(&mut draft.rng, n);
        let value = if draft.chance(0.3) { format!("{}-{number}", entities::letter(&mut draft.rng)) } else { number };
        pairs.push((label, Piece::plain(value)));
    }
    if draft.chance(0.35) {
        let offset = draft.rng.random_range(-40..5_i64);
        let date = jiff::ToSpan::days(offset);
        let date = draft.facts.date.checked_add(date).unwrap_or(draft.facts.date);
        pairs.push((draft.label(language.other_dates), Piece::plain(draft.facts.date_text(date))));
    }
    if draft.chance(0.4) {
        let (label, text) = *pick(&mut draft.rng, language.other_texts);
        pairs.push((format!("{label}{}", draft.colon), Piece::plain(text)));
    }
    if draft.chance(0.2) {
        let total = draft.facts.sums.total - draft.facts.sums.paid;
        let field = draft.facts.sums.paid.is_zero().then_some(FieldName::TotalAmount);
        let text = draft.facts.formats.money(total, true);
        let list = if draft.chance(0.5) { language.balance } else { language.total };
        let label = if draft.chance(0.2) { draft.label(language.heads[7]) } else { draft.label(list) };
        let value = match field {
            Some(field) => draft.value(field, text, total.to_string()),
            None => Piece::plain(text),
        };
        pairs.push((label, value));
    }
    if draft.chance(0.3) {
        pairs.shuffle(&mut draft.rng);
    }
    pairs
}

/// The title, now and then with number and date in it, which then leave the meta block.
fn title_pieces(draft: &mut Draft, pairs: &mut Vec<Pair>) -> Vec<Piece> {
    let language = draft.facts.language;
    let list = match draft.facts.kind {
        DocumentType::CreditNote => language.credit,
        DocumentType::Receipt => language.receipt,
        _ => language.invoice,
    };
    let mut pieces = vec![Piece::plain(*pick(&mut draft.rng, list))];
    let position = pairs.iter().position(|p| p.1.field == Some(FieldName::InvoiceNumber));
    if let Some(position) = position.filter(|_| chance(&mut draft.rng, 0.22)) {
        let (_, number) = pairs.remove(position);
        let mark = *pick(&mut draft.rng, &["", "", "Nr.", "No.", "#", "n°", "No", "nº", "n.", "Nr.:"]);
        pieces.push(Piece::plain(mark));
        pieces.push(number);
        let date = pairs.iter().position(|p| p.1.field == Some(FieldName::IssueDate));
        if let Some(date) = date.filter(|_| chance(&mut draft.rng, 0.3)) {
            let (_, date) = pairs.remove(date);
            let word = *pick(&mut draft.rng, &["vom", "du", "of", "del", "van", "-", "dated", "from"]);
            pieces.push(Piece::plain(word));
            pieces.push(date);
        }
    }
    pieces
}

/// Sets the meta block: pairs in two columns, label above value, a table, or pairs in running lines.
fn meta(draft: &mut Draft, pairs: &mut Vec<Pair>, x: f32, top: f32, style: usize) -> f32 {
    let pairs = std::mem::take(pairs);
    let (_, right) = draft.margins;
    let text = draft.style();
    let label_style = Style { size: draft.size, bold: draft.rng.random_bool(0.4) };
    let beside = style == 0 && x > draft.canvas.width * 0.3;
    let choice = if beside { *pick(&mut draft.rng, &[0, 0, 0, 1, 3]) } else { style };
    let mut y = top;
    match choice {
        1 => {
            for (label, value) in pairs {
                draft.canvas.put((x, y), label_style, &[Piece::plain(label)]);
                draft.canvas.put((x, y + draft.leading), text, &[value]);
                y += draft.leading * draft.rng.random_range(2.1..2.7);
            }
        }
        2 => {
            let columns = pairs.len().clamp(1, 5);
            let wide = (right - x) / columns as f32;
            for chunk in pairs.chunks(columns) {
                for (i, (label, value)) in chunk.iter().enumerate() {
                    let at = x + wide * i as f32;
                    draft.canvas.put_wrapped(
                        (at, y),
                        label_style,
                        (wide - 6.0, draft.leading),
                        &[Piece::plain(label.trim_end_matches([':', ' ']))],
                    );
                    draft.canvas.put_wrapped((at, y + draft.leading * 1.5), text, (wide - 4.0, draft.leading), std::slice::from_ref(value));
                }
                y += draft.leading * 3.2;
            }
        }
        3 => {
            let aligned = draft.chance(0.4);
            for (label, value) in pairs {
                if aligned {
                    draft.canvas.put_right((right, y), text, &[Piece::plain(label), value]);
                } else {
                    draft.canvas.put((x, y), text, &[Piece::plain(label), value]);
                }
                y += draft.leading;
            }
        }
        _ => {
            let widest = pairs.iter().map(|p| draft.canvas.measure(&p.0, label_style)).fold(0.0, f32::max);
            let value_right = draft.chance(0.35) && beside;
            let column = x + widest + draft.rng.random_range(6.0..40.0);
            for (label, value) in pairs {
                draft.canvas.put((x, y), label_style, &[Piece::plain(label)]);
                let wide = draft.canvas.measure(&value.text, text);
                let at = if value_right || column + wide > draft.canvas.width - 5.0 { (right - wide).max(x + 4.0) } else { column };
                let at = if at < x + widest + 3.0 { x + widest + 3.0 } else { at };
                draft.canvas.put((at, y), text, &[value]);
                y += draft.leading * 1.05;
            }
        }
    }
    y
}

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
    for _ in 0..draft.rng.random_range(0..4) {
        let text = *pick(&mut draft.rng, language.sentences);
        y = draft.canvas.put_wrapped((left, y), style, ((right - left) * 0.6, leading), &[Piece::plain(text)]);
    }
    if let Some(iban) = draft.facts.iban.clone()
        && draft.chance(0.6)
    {
        let heading = draft.label(language.bank);
        let holder = if draft.chance(0.4) { draft.facts.supplier.name.clone() } else { format!("{} Bank", entities::word(&mut draft.rng)) };
        draft.canvas.put((left, y), style, &[Piece::plain(heading), Piece::plain(holder)]);
        bank_line(draft, &iban, (left, y + leading));
    }
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
    let language = draft.facts.language;
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
    let mut legal = Vec::new();
    if draft.chance(0.5) {
        let label = draft.label(language.register);
        let n = draft.rng.random_range(4..10);
        legal.push(vec![Piece::plain(label), Piece::plain(entities::digits(&mut draft.rng, n))]);
    }
    if let (Some(id), true) = (draft.facts.tax_id.clone(), needs_tax) {
        let label = draft.label(language.vat_id);
        let value = draft.value(FieldName::SupplierTaxId, id.clone(), id);
        legal.push(vec![Piece::plain(label), value]);
    }
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
