//! Sample invoices as a page: a business letter with a table, in Helvetica.

use pdf_writer::types::AssociationKind;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use rust_decimal::Decimal;

use super::{Language, Party, SampleInvoice, tax_on};

const REGULAR: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");
/// A4, and the margins of a business letter, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const LEFT: f32 = 57.0;
const RIGHT: f32 = 538.0;

/// Widths of Helvetica from blank (32) to `~` (126), in thousandths of its size.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278,
    278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556,
    556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Words of a page.
struct Labels {
    invoice: &'static str,
    credit_note: &'static str,
    number: &'static str,
    date: &'static str,
    due: &'static str,
    order: &'static str,
    vat_id: &'static str,
    columns: [&'static str; 5],
    net: &'static str,
    tax: &'static str,
    total: &'static str,
    pay: &'static str,
}

const GERMAN: Labels = Labels {
    invoice: "Rechnung",
    credit_note: "Gutschrift",
    number: "Rechnungsnummer",
    date: "Rechnungsdatum",
    due: "Zahlbar bis",
    order: "Ihre Bestellung",
    vat_id: "USt-IdNr.",
    columns: ["Pos.", "Bezeichnung", "Menge", "Einzelpreis", "Betrag"],
    net: "Nettobetrag",
    tax: "Umsatzsteuer",
    total: "Gesamtbetrag",
    pay: "Bitte überweisen Sie auf das Konto",
};

const ENGLISH: Labels = Labels {
    invoice: "Invoice",
    credit_note: "Credit note",
    number: "Invoice number",
    date: "Invoice date",
    due: "Due date",
    order: "Your order",
    vat_id: "VAT ID",
    columns: ["Pos.", "Description", "Quantity", "Unit price", "Amount"],
    net: "Net amount",
    tax: "VAT",
    total: "Total amount",
    pay: "Please pay to account",
};

pub(super) fn page(invoice: &SampleInvoice, attached: Option<&[u8]>) -> Vec<u8> {
    let mut reference = Ref::new(1);
    let mut next = || reference.bump();
    let (catalogue, pages, page, regular, bold, content) = (next(), next(), next(), next(), next(), next());
    let (specification, file) = (next(), next());
    let mut pdf = Pdf::new();
    let mut root = pdf.catalog(catalogue);
    root.pages(pages);
    if attached.is_some() {
        root.insert(Name(b"AF")).array().item(specification);
        root.names().embedded_files().names().insert(Str(b"factur-x.xml"), specification);
    }
    root.finish();
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(pages).contents(content);
    sheet.resources().fonts().pair(REGULAR, regular).pair(BOLD, bold);
    sheet.finish();
    pdf.type1_font(regular).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    pdf.type1_font(bold).base_font(Name(b"Helvetica-Bold")).encoding_predefined(Name(b"WinAnsiEncoding"));
    pdf.stream(content, &draw(invoice));
    if let Some(xml) = attached {
        let mut attachment = pdf.file_spec(specification);
        attachment.path(Str(b"factur-x.xml")).unic_file(TextStr("factur-x.xml"));
        attachment.association_kind(AssociationKind::Alternative).embedded_file_with_unicode(file);
        attachment.finish();
        pdf.embedded_file(file, xml).subtype(Name(b"text/xml")).params().size(i32::try_from(xml.len()).unwrap_or(i32::MAX));
    }
    pdf.finish()
}

/// The page under the pen.
struct Sheet(Content);

impl Sheet {
    /// Writes `text` with its left end at `x` and its baseline `y` from the top.
    fn at(&mut self, x: f32, y: f32, size: f32, font: Name<'_>, text: &str) {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        self.0.begin_text().set_font(font, size).next_line(x, HEIGHT - y).show(Str(&bytes)).end_text();
    }

    /// The same with its right end at `x`. For digits, whose widths both fonts share.
    fn until(&mut self, x: f32, y: f32, size: f32, font: Name<'_>, text: &str) {
        let width: u32 = text.bytes().map(|b| u32::from(HELVETICA.get(usize::from(b.wrapping_sub(32))).copied().unwrap_or(556))).sum();
        self.at(x - width as f32 * size / 1000.0, y, size, font, text);
    }

    fn rule(&mut self, y: f32) {
        self.0.set_line_width(0.7).move_to(LEFT, HEIGHT - y).line_to(RIGHT, HEIGHT - y).stroke();
    }
}

fn draw(invoice: &SampleInvoice) -> Vec<u8> {
    let labels = match invoice.language {
        Language::German => &GERMAN,
        Language::English => &ENGLISH,
    };
    let mut sheet = Sheet(Content::new());
    let supplier = &invoice.supplier;
    sheet.at(LEFT, 60.0, 16.0, BOLD, &supplier.name);
    sheet.at(LEFT, 76.0, 9.0, REGULAR, &one_line(supplier));
    sheet.at(LEFT, 88.0, 9.0, REGULAR, &format!("{}: {}", labels.vat_id, supplier.vat_id));
    let buyer = &invoice.buyer;
    for (text, y) in [&buyer.name, &buyer.street, &format!("{} {}", buyer.post_code, buyer.city)].into_iter().zip([150.0, 164.0, 178.0]) {
        sheet.at(LEFT, y, 11.0, REGULAR, text);
    }
    let title = if invoice.credit_note { labels.credit_note } else { labels.invoice };
    sheet.at(LEFT, 255.0, 18.0, BOLD, title);
    let facts = [
        (labels.number, Some(invoice.number.clone())),
        (labels.date, Some(date(invoice.language, invoice.issue_date))),
        (labels.due, invoice.due_date.map(|due| date(invoice.language, due))),
        (labels.order, invoice.purchase_order.clone()),
    ];
    let mut y = 150.0;
    for (label, value) in facts.into_iter().filter_map(|(label, value)| Some((label, value?))) {
        sheet.at(340.0, y, 10.0, REGULAR, &format!("{label}:"));
        sheet.at(440.0, y, 10.0, REGULAR, &value);
        y += 15.0;
    }
    let y = table(&mut sheet, invoice, labels);
    let y = totals(&mut sheet, invoice, labels, y);
    if let Some(iban) = invoice.iban.as_ref().filter(|_| !invoice.credit_note) {
        sheet.at(LEFT, y + 40.0, 10.0, REGULAR, &format!("{} IBAN {}", labels.pay, in_fours(iban)));
    }
    sheet.at(LEFT, 800.0, 8.0, REGULAR, &format!("{} | {} | {}: {}", supplier.name, one_line(supplier), labels.vat_id, supplier.vat_id));
    sheet.0.finish().to_vec()
}

/// Draws the lines; gives where they end.
fn table(sheet: &mut Sheet, invoice: &SampleInvoice, labels: &Labels) -> f32 {
    let [position, description, quantity, price, amount] = labels.columns;
    sheet.at(LEFT, 295.0, 10.0, BOLD, position);
    sheet.at(LEFT + 30.0, 295.0, 10.0, BOLD, description);
    sheet.until(370.0, 295.0, 10.0, BOLD, quantity);
    sheet.until(455.0, 295.0, 10.0, BOLD, price);
    sheet.until(RIGHT, 295.0, 10.0, BOLD, amount);
    sheet.rule(300.0);
    let mut y = 316.0;
    for (line, number) in invoice.lines.iter().zip(1..) {
        sheet.at(LEFT, y, 10.0, REGULAR, &number.to_string());
        sheet.at(LEFT + 30.0, y, 10.0, REGULAR, &line.description);
        sheet.until(370.0, y, 10.0, REGULAR, &plain(invoice.language, line.quantity));
        sheet.until(455.0, y, 10.0, REGULAR, &money(invoice.language, line.unit_price));
        sheet.until(RIGHT, y, 10.0, REGULAR, &money(invoice.language, line.amount()));
        y += 16.0;
    }
    sheet.rule(y - 6.0);
    y
}

fn totals(sheet: &mut Sheet, invoice: &SampleInvoice, labels: &Labels, top: f32) -> f32 {
    let mut y = top + 12.0;
    let mut row = |label: &str, amount: Decimal, font: Name<'_>| {
        sheet.at(330.0, y, 10.0, font, label);
        sheet.until(RIGHT, y, 10.0, font, &format!("{} {}", money(invoice.language, amount), invoice.currency));
        y += 16.0;
    };
    row(labels.net, invoice.net(), REGULAR);
    for (rate, net) in invoice.taxable() {
        row(&format!("{} {} %", labels.tax, plain(invoice.language, rate)), tax_on(net, rate), REGULAR);
    }
    row(labels.total, invoice.total(), BOLD);
    y
}

fn one_line(party: &Party) -> String {
    format!("{}, {} {}, {}", party.street, party.post_code, party.city, party.country)
}

fn in_fours(iban: &str) -> String {
    iban.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

fn date(language: Language, date: jiff::civil::Date) -> String {
    date.strftime(match language {
        Language::German => "%d.%m.%Y",
        Language::English => "%-d %b %Y",
    })
    .to_string()
}

/// A number without trailing zeros.
fn plain(language: Language, number: Decimal) -> String {
    let text = number.normalize().to_string();
    if language == Language::German { text.replace('.', ",") } else { text }
}

/// An amount with two decimals and groups of three.
fn money(language: Language, amount: Decimal) -> String {
    let (group, point) = if language == Language::German { ('.', ',') } else { (',', '.') };
    let text = super::cents(amount).abs().to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(group);
        }
        grouped.push(digit);
    }
    let sign = if amount.is_sign_negative() { "-" } else { "" };
    format!("{sign}{grouped}{point}{decimals}")
}
