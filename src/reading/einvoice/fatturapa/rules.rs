//! The checks that the Italian exchange system publishes with its technical specification, by their
//! codes, as far as they can be judged from the file alone: what needs the tax registers, other files
//! or the time of arrival is not checked. Tolerances are the specification's: one euro for taxable
//! amounts, one cent for everything else.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::{BTreeMap, BTreeSet};

use super::super::tree::Element;
use super::decimal;
use super::model::number;
use crate::domain::extraction::EINVOICE_RULE;
use crate::domain::{FieldName, Issue};

/// The code of the issue that counts what is not listed.
const MORE: &str = "einvoice-rules-more";
/// More breaches than this help nobody.
const MOST: usize = 100;

const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What was found, as it is found.
#[derive(Default)]
struct Breaches {
    found: Vec<Issue>,
    more: usize,
    /// The path of the invoice that is being checked, and what of it.
    body: String,
    part: String,
}

impl Breaches {
    fn add(&mut self, code: &str, field: Option<FieldName>, text: &str) {
        if self.found.len() == MOST {
            self.more += 1;
            return;
        }
        let place = format!("{}{}", self.body, self.part);
        self.found.push(Issue { field, rule: Some(code.to_owned()), place: Some(place), ..Issue::new(EINVOICE_RULE, text) });
    }

    /// What follows is about this part of the invoice.
    fn at(&mut self, part: &str) {
        part.clone_into(&mut self.part);
    }

    fn in_body(&mut self, root: &Element, index: usize) {
        self.body = format!("/{}/FatturaElettronicaBody[{index}]", root.name);
        self.part.clear();
    }

    fn done(mut self) -> Vec<Issue> {
        if self.more > 0 {
            self.found.push(Issue::new(MORE, format!("{} more breaches of checks are not listed.", self.more)));
        }
        self.found
    }
}

/// Checks an ordinary invoice file.
pub(super) fn check(root: &Element) -> Vec<Issue> {
    let mut breaches = Breaches { body: format!("/{}", root.name), part: "/FatturaElettronicaHeader".to_owned(), ..Breaches::default() };
    if let Some(header) = root.first(&["FatturaElettronicaHeader"]) {
        transmission(root, header, &mut breaches);
        parties(header, &mut breaches);
        breaches.at("/FatturaElettronicaHeader/CedentePrestatore");
        for body in root.all(&["FatturaElettronicaBody"]) {
            same_party(header, body, &mut breaches);
        }
    }
    for (body, index) in root.all(&["FatturaElettronicaBody"]).into_iter().zip(1_usize..) {
        breaches.in_body(root, index);
        breaches.at("/DatiGenerali");
        general(body, &mut breaches);
        contributions(body, &mut breaches);
        let cut = natures_end(body);
        // Sums first: many faulty lines must not crowd them out.
        breaches.at("/DatiBeniServizi/DatiRiepilogo");
        summaries(body, cut, &mut breaches);
        groups(body, &mut breaches);
        for (line, index) in body.all(&["DatiBeniServizi", "DettaglioLinee"]).into_iter().zip(1_usize..) {
            breaches.at(&format!("/DatiBeniServizi/DettaglioLinee[{index}]"));
            check_line(line, index, cut, &mut breaches);
        }
    }
    breaches.done()
}

/// Checks a simplified invoice file: of the checks only those that its form has.
pub(super) fn check_simplified(root: &Element) -> Vec<Issue> {
    let mut breaches = Breaches { body: format!("/{}", root.name), part: "/FatturaElettronicaHeader".to_owned(), ..Breaches::default() };
    if let Some(header) = root.first(&["FatturaElettronicaHeader"]) {
        transmission(root, header, &mut breaches);
    }
    for (body, index) in root.all(&["FatturaElettronicaBody"]).into_iter().zip(1_usize..) {
        breaches.in_body(root, index);
        breaches.at("/DatiGenerali");
        let document = body.first(&["DatiGenerali", "DatiGeneraliDocumento"]);
        numbered(document, &mut breaches);
    }
    breaches.done()
}

fn transmission(root: &Element, header: &Element, breaches: &mut Breaches) {
    let Some(sent) = header.first(&["DatiTrasmissione"]) else { return };
    let format = sent.text_at(&["FormatoTrasmissione"]).unwrap_or_default();
    if let Some(version) = root.attribute("versione")
        && version != format
    {
        breaches.add("00428", None, &format!("The file calls itself {version:?}, its transmission data {format:?}."));
    }
    let receiver = sent.text_at(&["CodiceDestinatario"]).unwrap_or_default();
    let length = receiver.chars().count();
    let expected = match format {
        "FPA12" => 6,
        "FPR12" | "FSM10" => 7,
        _ => length,
    };
    if !receiver.is_empty() && length != expected {
        breaches.add("00427", None, &format!("A receiver's code has {expected} characters under {format}; {receiver:?} has {length}."));
    }
    if sent.has(&["PECDestinatario"]) && receiver != "0000000" {
        breaches.add("00426", None, "A certified mail address is given, so the receiver's code must be 0000000.");
    }
}

fn parties(header: &Element, breaches: &mut Breaches) {
    let buyer = header.first(&["CessionarioCommittente", "DatiAnagrafici"]);
    if buyer.is_some_and(|buyer| !buyer.has(&["IdFiscaleIVA"]) && !buyer.has(&["CodiceFiscale"])) {
        breaches.add("00417", Some(FieldName::BuyerName), "The buyer has neither a VAT number nor a tax code.");
    }
    let country = |party: &str| header.text_at(&[party, "DatiAnagrafici", "IdFiscaleIVA", "IdPaese"]);
    if let (Some(seller), Some(buyer)) = (country("CedentePrestatore"), country("CessionarioCommittente"))
        && seller != "IT"
        && buyer != "IT"
    {
        breaches.add("00476", Some(FieldName::SupplierTaxId), "Neither supplier nor buyer has an Italian VAT number.");
    }
}

/// Documents that nobody can send to himself.
const BETWEEN_TWO: &[&str] = &["TD01", "TD02", "TD03", "TD06", "TD16", "TD17", "TD18", "TD19", "TD20", "TD24", "TD25"];
/// Documents that one sends only to oneself.
const TO_ONESELF: &[&str] = &["TD21", "TD27"];

fn same_party(header: &Element, body: &Element, breaches: &mut Breaches) {
    let id = |party: &str| header.first(&[party, "DatiAnagrafici"]).and_then(super::vat_id);
    let (Some(seller), Some(buyer)) = (id("CedentePrestatore"), id("CessionarioCommittente")) else { return };
    let kind = body.text_at(&["DatiGenerali", "DatiGeneraliDocumento", "TipoDocumento"]).unwrap_or_default();
    if BETWEEN_TWO.contains(&kind) && seller == buyer {
        breaches.add("00471", Some(FieldName::SupplierTaxId), &format!("Supplier and buyer of a {kind} are the same, {seller}."));
    }
    if TO_ONESELF.contains(&kind) && seller != buyer {
        breaches.add("00472", Some(FieldName::SupplierTaxId), &format!("Supplier and buyer of a {kind} must be the same."));
    }
}

fn numbered(document: Option<&Element>, breaches: &mut Breaches) {
    if let Some(number) = document.and_then(|document| document.text_at(&["Numero"]))
        && !number.bytes().any(|b| b.is_ascii_digit())
    {
        breaches.add("00425", Some(FieldName::InvoiceNumber), &format!("The invoice number {number:?} has no digit."));
    }
}

fn day(element: &Element, path: &[&str]) -> Option<Date> {
    super::super::iso_date(element.text_at(path)?).parse().ok()
}

fn general(body: &Element, breaches: &mut Breaches) {
    let document = body.first(&["DatiGenerali", "DatiGeneraliDocumento"]);
    numbered(document, breaches);
    let dated = document.and_then(|document| day(document, &["Data"]));
    for linked in body.all(&["DatiGenerali", "DatiFattureCollegate"]) {
        if let (Some(dated), Some(earlier)) = (dated, day(linked, &["Data"]))
            && dated < earlier
        {
            breaches.add(
                "00418",
                Some(FieldName::IssueDate),
                &format!("The invoice of {dated} refers to an invoice of {earlier}, which is later."),
            );
        }
    }
    let withheld = document.is_some_and(|document| document.has(&["DatiRitenuta"]));
    let marked = |element: &Element| element.text_at(&["Ritenuta"]) == Some("SI");
    if !withheld && body.all(&["DatiBeniServizi", "DettaglioLinee"]).into_iter().any(marked) {
        breaches.add("00411", None, "A line is subject to withholding tax, but the document does not say which.");
    }
    let contributions = document.map(|document| document.all(&["DatiCassaPrevidenziale"])).unwrap_or_default();
    if !withheld && contributions.into_iter().any(marked) {
        breaches.add("00415", None, "A social security contribution is subject to withholding tax, but the document does not say which.");
    }
    for one in document.map(|document| document.all(&["ScontoMaggiorazione"])).unwrap_or_default() {
        if !one.has(&["Percentuale"]) && !one.has(&["Importo"]) {
            breaches.add("00437", None, "A discount or surcharge of the document has neither percentage nor amount.");
        }
    }
}

/// What rate and nature must not be together.
fn rate_and_nature(element: &Element, what: &str, codes: [&str; 2], breaches: &mut Breaches) {
    let Some(rate) = decimal(element.text_at(&["AliquotaIVA"])) else { return };
    match element.text_at(&["Natura"]) {
        None if rate.is_zero() => {
            breaches.add(codes[0], Some(FieldName::TaxAmount), &format!("{what} has a rate of zero and no nature that says why."))
        }
        Some(nature) if !rate.is_zero() => {
            breaches.add(codes[1], Some(FieldName::TaxAmount), &format!("{what} has the nature {nature}, although its rate is {rate} %."));
        }
        _ => {}
    }
    if rate > Decimal::ZERO && rate < Decimal::ONE {
        breaches.add("00424", Some(FieldName::TaxAmount), &format!("{what} has the rate {rate}: rates stand in percent."));
    }
}

fn contributions(body: &Element, breaches: &mut Breaches) {
    for one in body.all(&["DatiGenerali", "DatiGeneraliDocumento", "DatiCassaPrevidenziale"]) {
        rate_and_nature(one, "A social security contribution", ["00413", "00414"], breaches);
    }
}

/// Whether the general natures N2, N3 and N6 have ended for this invoice (1 January 2021).
fn natures_end(body: &Element) -> bool {
    let dated = day(body, &["DatiGenerali", "DatiGeneraliDocumento", "Data"]);
    dated.is_some_and(|dated| dated >= jiff::civil::date(2021, 1, 1))
}

fn check_line(line: &Element, index: usize, cut: bool, breaches: &mut Breaches) {
    let what = format!("Line {}", line.text_at(&["NumeroLinea"]).map_or_else(|| index.to_string(), str::to_owned));
    rate_and_nature(line, &what, ["00400", "00401"], breaches);
    general_nature(line, &what, cut, breaches);
    let discounts = line.all(&["ScontoMaggiorazione"]);
    if discounts.iter().any(|one| !one.has(&["Percentuale"]) && !one.has(&["Importo"])) {
        breaches.add("00438", None, &format!("{what}: a discount or surcharge has neither percentage nor amount."));
        return;
    }
    let (Some(price), Some(total)) = (decimal(line.text_at(&["PrezzoUnitario"])), decimal(line.text_at(&["PrezzoTotale"]))) else { return };
    let quantity = decimal(line.text_at(&["Quantita"])).unwrap_or(Decimal::ONE);
    let computed = discounts.iter().try_fold(price, |price, one| discounted(price, one)).and_then(|price| price.checked_mul(quantity));
    if let Some(computed) = computed
        && !within(computed, total, CENT)
    {
        let computed = computed.round_dp(2).normalize();
        breaches.add(
            "00423",
            Some(FieldName::NetAmount),
            &format!("{what}: price, discounts and quantity make {computed}, the line says {total}."),
        );
    }
}

/// A price after one discount (`SC`) or surcharge (`MG`); an amount goes before a percentage.
fn discounted(price: Decimal, one: &Element) -> Option<Decimal> {
    let change = match decimal(one.text_at(&["Importo"])) {
        Some(amount) => amount,
        None => price.checked_mul(number(one, "Percentuale"))?.checked_div(Decimal::ONE_HUNDRED)?,
    };
    match one.text_at(&["Tipo"]) {
        Some("SC") => price.checked_sub(change),
        Some("MG") => price.checked_add(change),
        _ => None,
    }
}

fn within(a: Decimal, b: Decimal, tolerance: Decimal) -> bool {
    let rounded = a.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    [a, rounded].iter().any(|a| a.checked_sub(b).is_some_and(|gap| gap.abs() <= tolerance))
}

fn general_nature(element: &Element, what: &str, cut: bool, breaches: &mut Breaches) {
    if let Some(nature @ ("N2" | "N3" | "N6")) = element.text_at(&["Natura"]).filter(|_| cut) {
        breaches.add(
            "00445",
            Some(FieldName::TaxAmount),
            &format!("{what}: the nature {nature} has been replaced by {nature}.1, {nature}.2 … since 2021."),
        );
    }
}

fn summaries(body: &Element, cut: bool, breaches: &mut Breaches) {
    for summary in body.all(&["DatiBeniServizi", "DatiRiepilogo"]) {
        let rate = decimal(summary.text_at(&["AliquotaIVA"]));
        let what = format!("The tax summary at {} %", rate.map_or_else(|| "an unknown".to_owned(), |rate| rate.normalize().to_string()));
        rate_and_nature(summary, &what, ["00429", "00430"], breaches);
        general_nature(summary, &what, cut, breaches);
        let reversed = summary.text_at(&["Natura"]).is_some_and(|nature| nature.starts_with("N6"));
        if reversed && summary.text_at(&["EsigibilitaIVA"]) == Some("S") {
            breaches.add("00420", Some(FieldName::TaxAmount), &format!("{what}: reverse charge and split payment exclude one another."));
        }
        let (taxable, tax) = (decimal(summary.text_at(&["ImponibileImporto"])), decimal(summary.text_at(&["Imposta"])));
        let (Some(rate), Some(taxable), Some(tax)) = (rate, taxable, tax) else { continue };
        let computed = taxable.checked_mul(rate).and_then(|product| product.checked_div(Decimal::ONE_HUNDRED));
        if let Some(computed) = computed
            && !within(computed, tax, CENT)
        {
            let computed = computed.round_dp(2).normalize();
            breaches.add("00421", Some(FieldName::TaxAmount), &format!("{what}: {taxable} taxed makes {computed}, it says {tax}."));
        }
    }
}

/// Sums by rate and nature: of the lines and contributions, and of the summaries.
#[derive(Default)]
struct Group {
    lines: Option<Decimal>,
    summary: Option<Decimal>,
}

fn groups(body: &Element, breaches: &mut Breaches) {
    let mut groups: BTreeMap<(Decimal, String), Group> = BTreeMap::new();
    let key = |element: &Element| {
        let rate = decimal(element.text_at(&["AliquotaIVA"]))?;
        Some((rate.normalize(), element.text_at(&["Natura"]).unwrap_or_default().to_owned()))
    };
    let document = body.first(&["DatiGenerali", "DatiGeneraliDocumento"]);
    let contributions = document.map(|document| document.all(&["DatiCassaPrevidenziale"])).unwrap_or_default();
    let lines = body.all(&["DatiBeniServizi", "DettaglioLinee"]).into_iter().map(|line| (line, "PrezzoTotale"));
    for (element, name) in lines.chain(contributions.into_iter().map(|one| (one, "ImportoContributoCassa"))) {
        let Some(key) = key(element) else { continue };
        let sum = groups.entry(key).or_default().lines.get_or_insert_default();
        *sum = sum.saturating_add(number(element, name));
    }
    for summary in body.all(&["DatiBeniServizi", "DatiRiepilogo"]) {
        let Some(key) = key(summary) else { continue };
        let sum = groups.entry(key).or_default().summary.get_or_insert_default();
        *sum = sum.saturating_add(number(summary, "ImponibileImporto")).saturating_sub(number(summary, "Arrotondamento"));
    }
    // A discount on the whole document is not split by rate: then the sums cannot be compared.
    let discounted = document.is_some_and(|document| document.has(&["ScontoMaggiorazione"]));
    let rates = |of: fn(&Group) -> bool| -> BTreeSet<Decimal> {
        groups.iter().filter(|(_, group)| of(group)).map(|((rate, _), _)| *rate).collect()
    };
    let (lined, summed) = (rates(|group| group.lines.is_some()), rates(|group| group.summary.is_some()));
    for ((rate, nature), group) in &groups {
        let at = if nature.is_empty() { format!("{rate} %") } else { format!("{rate} % ({nature})") };
        match (group.lines, group.summary) {
            (Some(_), None) => {
                let code = if summed.contains(rate) { "00444" } else { "00419" };
                breaches.add(code, Some(FieldName::TaxAmount), &format!("Lines are taxed at {at}, but there is no tax summary for it."));
            }
            (None, Some(_)) => {
                let code = if lined.contains(rate) { "00444" } else { "00443" };
                breaches.add(code, Some(FieldName::TaxAmount), &format!("There is a tax summary at {at}, but no line is taxed so."));
            }
            (Some(lines), Some(summary)) if !discounted && !within(lines, summary, Decimal::ONE) => {
                breaches.add(
                    "00422",
                    Some(FieldName::NetAmount),
                    &format!("The lines at {at} add up to {lines}, their tax summary says {summary}."),
                );
            }
            _ => {}
        }
    }
}
