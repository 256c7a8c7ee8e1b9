//! Line items: a head row of column words gives the columns; rows with an amount in the amount
//! column are lines; rows without one go on with the description above.

use rust_decimal::Decimal;

use super::amounts::{self, Convention};
use super::layout::{Doc, Row};
use crate::domain::LineItem;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Other,
    Description,
    Quantity,
    Price,
    Rate,
    Amount,
}

/// Column words, folded, by role.
const HEADS: &[(Role, &[&str])] = &[
    (
        Role::Other,
        &[
            "pos",
            "nr",
            "no",
            "line",
            "ligne",
            "code",
            "sku",
            "artnr",
            "artikelnr",
            "artikelnummer",
            "ref",
            "reference",
            "einheit",
            "unite",
            "um",
            "uom",
            "discount",
            "rabatt",
            "remise",
            "item#",
            "disc",
            "eenheid",
            "date",
            "datum",
        ],
    ),
    (
        Role::Description,
        &[
            "description",
            "bezeichnung",
            "beschreibung",
            "leistung",
            "artikelbezeichnung",
            "produkt",
            "product",
            "designation",
            "libelle",
            "descripcion",
            "concepto",
            "descrizione",
            "omschrijving",
            "beschrijving",
            "particulars",
            "service",
            "services",
            "item",
            "items",
            "details",
            "artikel",
            "prestation",
            "produit",
            "producto",
            "prodotto",
            "dienst",
            "text",
        ],
    ),
    (
        Role::Quantity,
        &[
            "qty",
            "quantity",
            "menge",
            "anzahl",
            "quantite",
            "qte",
            "cantidad",
            "cant",
            "quantita",
            "qta",
            "aantal",
            "hours",
            "stunden",
            "hrs",
            "nombre",
            "uds",
            "hoeveelheid",
            "mge",
        ],
    ),
    (
        Role::Price,
        &[
            "price",
            "rate",
            "unitprice",
            "einzelpreis",
            "preis",
            "nettopreis",
            "epreis",
            "ep",
            "pu",
            "prixunitaire",
            "prix",
            "precio",
            "prezzo",
            "prijs",
            "stukprijs",
            "tarief",
            "cost",
            "unitcost",
            "tarif",
        ],
    ),
    (Role::Rate, &["vat", "tax", "mwst", "ust", "tva", "iva", "btw", "gst", "taxes", "steuer", "aliquota", "vatrate", "taxrate"]),
    (
        Role::Amount,
        &[
            "amount",
            "total",
            "gesamt",
            "betrag",
            "summe",
            "gesamtpreis",
            "linetotal",
            "montant",
            "importe",
            "importo",
            "totale",
            "bedrag",
            "totaal",
            "nettobetrag",
            "gp",
            "montantht",
            "totalht",
            "subtotal",
            "fee",
            "extended",
            "totalprice",
        ],
    ),
];

/// Words that begin the sums below a table.
const SUMS: &[&str] = &[
    "subtotal",
    "total",
    "sous",
    "zwischensumme",
    "summe",
    "gesamt",
    "netto",
    "gesamtbetrag",
    "nettobetrag",
    "net",
    "imponibile",
    "totale",
    "subtotaal",
    "totaal",
    "base",
    "rechnungsbetrag",
    "suma",
    "vat",
    "tax",
    "mwst",
    "ust",
    "tva",
    "iva",
    "btw",
    "balance",
    "amount",
    "discount",
    "warenwert",
    "subtotale",
    "endbetrag",
    "grand",
];

/// A column: its role and horizontal reach.
#[derive(Debug, Clone, Copy)]
struct Column {
    role: Role,
    x0: f32,
    x1: f32,
}

/// Reads the lines of all tables with a head row.
#[must_use]
pub fn read(doc: &Doc, convention: Convention) -> Vec<LineItem> {
    let mut items = Vec::new();
    let mut row = 0;
    while row < doc.rows.len() {
        let Some(columns) = head(doc, row) else {
            row += 1;
            continue;
        };
        let (found, next) = table(doc, row + 1, &columns, convention);
        items.extend(found);
        row = next.max(row + 1);
    }
    items
}

/// The columns of a head row: an amount or price column, and a description or quantity column.
fn head(doc: &Doc, index: usize) -> Option<Vec<Column>> {
    let row = &doc.rows[index];
    let mut columns: Vec<Column> = Vec::new();
    let digits = (row.first..row.end).filter(|&t| doc.tokens[t].text.bytes().any(|b| b.is_ascii_digit())).count();
    if digits > 1 {
        return None;
    }
    for segment in &doc.segments[row.first_segment..row.end_segment] {
        let mut at = segment.first;
        while at < segment.end {
            let (role, used) = role_at(doc, at, segment.end);
            let (x0, x1) = (doc.tokens[at].x0, doc.tokens[at + used - 1].x1);
            match (role, columns.last_mut()) {
                (Some(role), last) if last.as_ref().is_none_or(|l| l.role != role) => columns.push(Column { role, x0, x1 }),
                (None, Some(last)) if at > segment.first => last.x1 = x1,
                (None, _) => columns.push(Column { role: Role::Other, x0, x1 }),
                (Some(_), Some(last)) => last.x1 = x1,
                (Some(role), None) => columns.push(Column { role, x0, x1 }),
            }
            at += used;
        }
    }
    let has = |role: Role| columns.iter().any(|c| c.role == role);
    let named = columns.iter().filter(|c| c.role != Role::Other).count();
    let money = has(Role::Amount) || has(Role::Price);
    (named >= 2 && money && (has(Role::Description) || has(Role::Quantity) && columns.len() > 2)).then_some(columns)
}

fn role_at(doc: &Doc, at: usize, end: usize) -> (Option<Role>, usize) {
    let joined = |n: usize| doc.tokens[at..at + n].iter().map(|t| t.folded.as_str()).collect::<String>();
    for n in [2, 1] {
        if at + n <= end {
            let text = joined(n);
            if let Some((role, _)) = HEADS.iter().find(|(_, words)| words.contains(&text.as_str())) {
                return (Some(*role), n);
            }
        }
    }
    (None, 1)
}

/// The lines below a head; the index of the first row that is not the table's.
fn table(doc: &Doc, from: usize, columns: &[Column], convention: Convention) -> (Vec<LineItem>, usize) {
    let page = doc.rows[from - 1].page;
    let mut items: Vec<LineItem> = Vec::new();
    let mut y = doc.rows[from - 1].y;
    for index in from..doc.rows.len() {
        let row = &doc.rows[index];
        if row.page != page || row.y - y > doc.height * 9.0 || ends(doc, row, columns) || head(doc, index).is_some() {
            return (items, index);
        }
        let item = line(doc, row, columns, convention);
        if item.amount.is_some() || (item.unit_price.is_some() && item.quantity.is_some()) {
            items.push(item);
            y = row.y;
        } else if let (Some(text), Some(last)) = (item.description, items.last_mut())
            && row.y - y < doc.height * 2.3
            && item.quantity.is_none()
        {
            let known = last.description.take().unwrap_or_default();
            last.description = Some(format!("{known} {text}").trim().to_owned());
            y = row.y;
        }
    }
    (items, doc.rows.len())
}

/// Whether the sums begin here: a sum's word stands left of an amount, and not in the description column's start.
fn ends(doc: &Doc, row: &Row, columns: &[Column]) -> bool {
    let description = columns.iter().find(|c| c.role == Role::Description);
    let amounts = doc.tokens[row.first..row.end].iter().any(|t| t.text.bytes().any(|b| b.is_ascii_digit()));
    doc.segments[row.first_segment..row.end_segment].iter().any(|s| {
        let word = SUMS.contains(&doc.tokens[s.first].folded.as_str());
        let beyond = description.is_none_or(|d| s.x0 > d.x1 + doc.height || row.end_segment - row.first_segment <= 2);
        word && beyond && (amounts || s.end - s.first <= 2)
    })
}

fn line(doc: &Doc, row: &Row, columns: &[Column], convention: Convention) -> LineItem {
    let mut item = LineItem::default();
    let mut words: Vec<&str> = Vec::new();
    let mut at = row.first;
    while at < row.end {
        let token = &doc.tokens[at];
        let column = nearest(columns, token.x0, token.x1);
        let (end, number) = number_at(doc, at, row.end, convention);
        match (column.map(|c| c.role), number) {
            (Some(Role::Quantity), Some(value)) if item.quantity.is_none() => item.quantity = Some(value),
            (Some(Role::Price), Some(value)) if item.unit_price.is_none() => item.unit_price = Some(value),
            (Some(Role::Amount), Some(value)) => item.amount = Some(value),
            (Some(Role::Rate), _) if item.tax_rate.is_none() => item.tax_rate = percent(&token.text, convention),
            (Some(Role::Description), _) => words.extend(doc.tokens[at..end].iter().map(|t| t.text.as_str())),
            (None, None) if columns.iter().any(|c| c.role == Role::Description) => words.push(&token.text),
            _ => {}
        }
        at = end;
    }
    let text = words.join(" ");
    item.description = text.chars().any(char::is_alphabetic).then_some(text);
    item
}

/// A number from a token on, thousands apart joined.
fn number_at(doc: &Doc, at: usize, row_end: usize, convention: Convention) -> (usize, Option<Decimal>) {
    for n in [3, 2, 1] {
        if at + n <= row_end && doc.tokens[at..at + n].windows(2).all(|w| w[1].x0 - w[0].x1 < doc.height * 0.5) {
            let text: String = doc.tokens[at..at + n].iter().map(|t| t.text.as_str()).collect();
            if text.bytes().any(|b| b.is_ascii_digit())
                && let Some(amount) = amounts::parse(&text, convention)
            {
                return (at + n, Some(amount.value));
            }
        }
    }
    (at + 1, None)
}

fn percent(text: &str, convention: Convention) -> Option<Decimal> {
    amounts::parse(text.trim_end_matches('%'), convention)
        .map(|a| a.value.normalize())
        .filter(|v| *v >= Decimal::ZERO && *v <= Decimal::ONE_HUNDRED)
}

/// The column that a word stands in: the one it overlaps, else the nearest within reach; words
/// between the description and the next column belong to the description.
fn nearest(columns: &[Column], x0: f32, x1: f32) -> Option<Column> {
    let overlap = |c: &Column| x1.min(c.x1) - x0.max(c.x0);
    let best = columns.iter().max_by(|a, b| overlap(a).total_cmp(&overlap(b)))?;
    if overlap(best) > 0.0 {
        return Some(*best);
    }
    let left = columns.iter().filter(|c| c.x1 <= x0).max_by(|a, b| a.x1.total_cmp(&b.x1));
    if let Some(left) = left.filter(|c| c.role == Role::Description) {
        let right = columns.iter().filter(|c| c.x0 >= x1).min_by(|a, b| a.x0.total_cmp(&b.x0));
        let close = right.is_none_or(|r| r.x0 - x1 > 18.0 || overlap(r) < -18.0);
        if close {
            return Some(*left);
        }
    }
    Some(*best).filter(|_| overlap(best) > -45.0)
}
