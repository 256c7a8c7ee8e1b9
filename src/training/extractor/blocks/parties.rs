//! The parties of a document: letterhead, sender line, address window, "bill to" and "from" blocks.

use rand::RngExt as _;

use super::Line;
use crate::domain::FieldName;
use crate::training::extractor::canvas::{Piece, Style};
use crate::training::extractor::entities::{self, Party, pick};
use crate::training::extractor::names;
use crate::training::extractor::page::{Draft, contacts};

/// What a supplier's block shows.
#[derive(Debug, Clone, Copy)]
pub struct Show {
    /// A heading ("From", "Seller").
    pub heading: bool,
    /// The name.
    pub name: bool,
    /// Size of the name over body text.
    pub big: f32,
    /// Street and place.
    pub address: bool,
    /// Telephone, mail, web.
    pub contacts: bool,
    /// Tax and register numbers.
    pub ids: bool,
}

/// A labelled number that is no field's value.
pub fn number_line(draft: &mut Draft) -> Line {
    let label = draft.label(draft.facts.language.other_numbers);
    let n = draft.rng.random_range(3..14);
    let mut number = entities::digits(&mut draft.rng, n);
    if draft.chance(0.25) {
        number = format!("{}{}", entities::letter(&mut draft.rng), number);
    }
    Line { pieces: vec![Piece::plain(label), Piece::plain(number)], style: draft.style() }
}

fn heading(draft: &mut Draft, list: &'static [&'static str]) -> Line {
    let mut label = draft.label(list);
    if draft.chance(0.06) {
        label = format!("{}/{}", label.trim_end_matches([':', ' ']), draft.label(list));
    }
    let style = Style { size: draft.size * draft.rng.random_range(0.9..1.25), bold: draft.chance(0.55) };
    Line::plain(label, style)
}

/// A name's lines: one, or two where a long name is broken.
fn name_lines(draft: &mut Draft, name: &str, field: Option<FieldName>, style: Style) -> Vec<Line> {
    let piece = |draft: &mut Draft, text: &str| match field {
        Some(field) => draft.value(field, text, name),
        None => Piece::plain(text),
    };
    let words: Vec<&str> = name.split(' ').collect();
    if words.len() >= 3 && draft.chance(0.14) {
        let at = draft.rng.random_range(1..words.len());
        return [words[..at].join(" "), words[at..].join(" ")]
            .iter()
            .map(|text| Line { pieces: vec![piece(draft, text)], style })
            .collect();
    }
    vec![Line { pieces: vec![piece(draft, name)], style }]
}

/// The address, in lines or joined.
fn address_lines(draft: &mut Draft, party: &Party) -> Vec<Line> {
    let style = draft.style();
    let mut lines = party.address.clone();
    if lines.len() > 1 && draft.chance(0.06) {
        let words = pick(&mut draft.rng, FORM_WORDS);
        let name = names::person(&mut draft.rng, draft.facts.language.code);
        let mut form = vec![format!("{} {name}", words[0])];
        form.extend(lines.iter().zip(&words[1..]).map(|(line, word)| format!("{word} {line}")));
        return form.into_iter().map(|l| Line::plain(l, style)).collect();
    }
    match draft.rng.random_range(0..14) {
        0 => lines = vec![lines.join(", ")],
        1 => lines = vec![lines.join(" - ")],
        2 => lines[0] = format!("{} {}", pick(&mut draft.rng, &["Address:", "Adresse:", "Anschrift:", "Add.:", "Indirizzo:"]), lines[0]),
        _ => {}
    }
    lines.into_iter().map(|l| Line::plain(l, style)).collect()
}

/// The supplier's block.
pub fn supplier(draft: &mut Draft, show: Show) -> Vec<Line> {
    let party = draft.facts.supplier.clone();
    let style = draft.style();
    let mut block = Vec::new();
    if show.heading {
        block.push(heading(draft, draft.facts.language.from));
    }
    for _ in 0..if show.heading { *pick(&mut draft.rng, &[0, 0, 0, 0, 1, 1, 2]) } else { 0 } {
        block.push(number_line(draft));
    }
    let person = draft.chance(if show.heading { 0.3 } else { 0.1 });
    let contact = names::person(&mut draft.rng, draft.facts.language.code);
    let first = draft.chance(0.5);
    if person && first {
        block.push(Line::plain(contact.clone(), style));
    }
    if show.name {
        let print = Style { size: draft.size * show.big, bold: draft.chance(0.5) };
        block.extend(name_lines(draft, &party.name, Some(FieldName::SupplierName), print));
        if draft.chance(0.12) {
            let slogan = slogan(draft);
            block.push(Line::plain(slogan, style));
        }
    }
    if person && !first {
        block.push(Line::plain(contact, style));
    }
    if show.address {
        block.extend(address_lines(draft, &party));
    }
    if show.contacts {
        block.extend(contacts(draft).into_iter().map(|l| Line::plain(l, style)));
    }
    if show.ids {
        block.extend(id_lines(draft));
    }
    if draft.chance(0.08) {
        block.push(labelled_person(draft));
    }
    block
}

/// A person who is neither party: a manager, a clerk.
fn labelled_person(draft: &mut Draft) -> Line {
    let label = *pick(
        &mut draft.rng,
        &[
            "Geschäftsführer:",
            "Ansprechpartner:",
            "Sachbearbeiter:",
            "Bearbeiter",
            "Inhaber:",
            "CEO:",
            "Managing Director:",
            "Contact:",
            "Contact person:",
            "Salesperson:",
            "Prepared by:",
            "Gérant :",
            "Interlocuteur :",
            "Contacto:",
            "Referente:",
            "Contactpersoon:",
            "Contacto comercial:",
            "Osoba kontaktowa:",
        ],
    );
    let name = names::person(&mut draft.rng, draft.facts.language.code);
    Line { pieces: vec![Piece::plain(label), Piece::plain(name)], style: draft.style() }
}

/// Words before the lines of an address, as forms have them: contact, street, place.
const FORM_WORDS: &[[&str; 3]] = &[
    ["Name:", "Street Address:", "City, State:"],
    ["Contact:", "Address:", "City:"],
    ["Ansprechpartner:", "Straße:", "PLZ, Ort:"],
    ["Contact :", "Adresse :", "Ville :"],
    ["Contacto:", "Dirección:", "Ciudad:"],
    ["Referente:", "Indirizzo:", "Città:"],
];

/// What a company says of itself below its name.
fn slogan(draft: &mut Draft) -> String {
    let language = draft.facts.language;
    let goods: Vec<&str> = (0..draft.rng.random_range(1..4)).map(|_| *pick(&mut draft.rng, language.goods)).collect();
    let mark = *pick(&mut draft.rng, &[", ", " - ", " & ", " • ", " | "]);
    goods.join(mark)
}

/// The supplier's tax id and register number, as far as printed.
pub fn id_lines(draft: &mut Draft) -> Vec<Line> {
    let style = draft.style();
    let mut lines = Vec::new();
    if let Some(id) = draft.facts.tax_id.clone() {
        let label = draft.label(draft.facts.language.vat_id);
        let value = draft.value(FieldName::SupplierTaxId, id.clone(), id);
        lines.push(Line { pieces: vec![Piece::plain(label), value], style });
    }
    if draft.chance(0.35) {
        let label = draft.label(draft.facts.language.register);
        let n = draft.rng.random_range(4..12);
        let number = entities::digits(&mut draft.rng, n);
        let at = usize::from(draft.chance(0.5)).min(lines.len());
        lines.insert(at, Line { pieces: vec![Piece::plain(label), Piece::plain(number)], style });
    }
    lines
}

/// Name and address in one small line, as above an address window.
pub fn sender_line(draft: &mut Draft) -> Line {
    let party = draft.facts.supplier.clone();
    let mark = *pick(&mut draft.rng, &["·", "|", "-", "•", ",", "●", "*", "–", ""]);
    let glued = mark == "," || draft.chance(0.1);
    let printed = if glued && !mark.is_empty() { format!("{}{mark}", party.name) } else { party.name.clone() };
    let mut pieces = vec![draft.value(FieldName::SupplierName, printed, party.name.clone())];
    for line in &party.address {
        if !glued && !mark.is_empty() {
            pieces.push(Piece::plain(mark));
        }
        pieces.push(Piece::plain(line.clone()));
    }
    Line { pieces, style: Style { size: draft.size * draft.rng.random_range(0.6..0.85), bold: false } }
}

/// The buyer's block; `field` is left out where the party shown is another one.
pub fn buyer(draft: &mut Draft, with_heading: bool) -> Vec<Line> {
    let party = draft.facts.buyer.clone();
    let mut block = Vec::new();
    if with_heading {
        block.push(heading(draft, draft.facts.language.bill_to));
        for _ in 0..*pick(&mut draft.rng, &[0, 0, 0, 0, 0, 0, 1, 1, 2]) {
            block.push(number_line(draft));
        }
    }
    let inline = with_heading && block.len() == 1 && draft.chance(0.15);
    let mut lines = party_lines(draft, &party, Some(FieldName::BuyerName));
    if inline && let Some(heading) = block.pop() {
        // The heading stands before the name, in its line.
        lines[0].pieces.splice(0..0, heading.pieces);
    }
    block.extend(lines);
    if let Some(id) = draft.facts.buyer_tax_id.clone() {
        let label = draft.label(draft.facts.language.vat_id);
        let style = draft.style();
        block.push(Line { pieces: vec![Piece::plain(label), Piece::plain(id)], style });
    }
    if draft.chance(0.1) {
        block.push(number_line(draft));
    }
    block
}

/// The delivery address.
pub fn ship_to(draft: &mut Draft, party: &Party) -> Vec<Line> {
    let same = party.name == draft.facts.buyer.name;
    let mut block = vec![heading(draft, draft.facts.language.ship_to)];
    block.extend(party_lines(draft, party, same.then_some(FieldName::BuyerName)));
    block
}

fn party_lines(draft: &mut Draft, party: &Party, field: Option<FieldName>) -> Vec<Line> {
    let style = draft.style();
    let mut block = Vec::new();
    if draft.chance(0.1) {
        let salutation = *pick(
            &mut draft.rng,
            &["Herrn", "Frau", "Firma", "Mr", "M.", "Spett.le", "Attn.", "An", "Herr", "An die", "Mme", "Sr. D.", "To"],
        );
        block.push(Line::plain(salutation, style));
    }
    let bold = Style { size: draft.size, bold: draft.chance(0.25) };
    let mut names = name_lines(draft, &party.name, field, bold);
    if draft.chance(0.06) {
        let label =
            *pick(&mut draft.rng, &["Name:", "Company:", "Firma:", "Nom :", "Nombre:", "Nome:", "Naam:", "Company Name:", "Nazwa:"]);
        names[0].pieces.insert(0, Piece::plain(label));
    }
    let contact = draft.chance(0.3).then(|| names::person(&mut draft.rng, draft.facts.language.code));
    let contact_first = draft.chance(0.45);
    if let Some(contact) = contact {
        let mark = *pick(
            &mut draft.rng,
            &["", "", "", "", "z.Hd.", "Attn:", "c/o", "Attention:", "z. H.", "A l'attention de", "Contact:", "t.a.v."],
        );
        let line = Line::plain(format!("{mark} {contact}").trim(), style);
        if mark.is_empty() && names.len() == 1 && draft.chance(0.12) {
            let bar = *pick(&mut draft.rng, &["|", "-", "/", "·"]);
            names[0].pieces.splice(0..0, [line.pieces[0].clone(), Piece::plain(bar)]);
            block.extend(names);
        } else if contact_first {
            block.push(line);
            block.extend(names);
        } else {
            block.extend(names);
            block.push(line);
        }
    } else {
        block.extend(names);
    }
    block.extend(address_lines(draft, party));
    if draft.chance(0.15) {
        let number = entities::phone(&mut draft.rng);
        block.push(Line::plain(number, style));
    }
    if draft.chance(0.12) {
        block.push(Line::plain(format!("{}@{}", entities::word(&mut draft.rng).to_lowercase(), party.domain), style));
    }
    if draft.chance(0.04) {
        block.insert(draft.rng.random_range(0..block.len()), Line::plain("", style));
    }
    if draft.chance(0.05) {
        // Typed with a blank line between the lines.
        block = block.into_iter().flat_map(|line| [line, Line::plain("", style)]).collect();
    }
    block
}
