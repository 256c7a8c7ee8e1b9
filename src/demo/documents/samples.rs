//! The demonstration's suppliers, orders, receipts and documents: one story each.

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::{Language, Party, SampleInvoice, SampleLine, cii, facturx_pdf, pdf, ubl};
use crate::domain::Currency;
use crate::domain::purchasing::{GoodsReceipt, OrderLine, PurchaseOrder, ReceiptLine, Supplier};

/// A document of the demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// A file name, unique among the samples.
    pub file_name: &'static str,
    /// What it shows, for people.
    pub story: &'static str,
    /// The invoice behind it.
    pub invoice: SampleInvoice,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A supplier as master data and on paper.
struct Known {
    number: &'static str,
    name: &'static str,
    vat_id: &'static str,
    iban: &'static str,
    street: &'static str,
    post_code: &'static str,
    city: &'static str,
    country: &'static str,
    expense_account: &'static str,
}

const NORDWIND: Known = Known {
    number: "S-1001",
    name: "Nordwind Papier GmbH",
    vat_id: "DE294816374",
    iban: "DE50999000000012345670",
    street: "Speicherkai 12",
    post_code: "20457",
    city: "Hamburg",
    country: "DE",
    expense_account: "office-supplies",
};
const ALPENQUELL: Known = Known {
    number: "S-1002",
    name: "Alpenquell Getränke GmbH",
    vat_id: "ATU54839215",
    iban: "AT249990000123456789",
    street: "Brunnenweg 4",
    post_code: "6020",
    city: "Innsbruck",
    country: "AT",
    expense_account: "catering",
};
const LINDHOF: Known = Known {
    number: "S-1003",
    name: "Lindhof Gebäudedienste KG",
    vat_id: "DE317509261",
    iban: "DE04999000000023456781",
    street: "Am Lindhof 7",
    post_code: "30159",
    city: "Hannover",
    country: "DE",
    expense_account: "cleaning",
};
const KESSLER: Known = Known {
    number: "S-1004",
    name: "Kessler Fördertechnik AG",
    vat_id: "DE408629153",
    iban: "DE90999000010034567892",
    street: "Industriestraße 88",
    post_code: "70565",
    city: "Stuttgart",
    country: "DE",
    expense_account: "machinery",
};
const LUMIERE: Known = Known {
    number: "S-1005",
    name: "Atelier Lumière SARL",
    vat_id: "FR19812345676",
    iban: "FR4899900000010123456789A46",
    street: "18 rue des Tisserands",
    post_code: "69001",
    city: "Lyon",
    country: "FR",
    expense_account: "lighting",
};
const SUPPLIERS: [&Known; 5] = [&NORDWIND, &ALPENQUELL, &LINDHOF, &KESSLER, &LUMIERE];

/// Not in the master data: its name leans on a supplier's, its account is nobody's we know.
const IMPOSTOR: Known = Known {
    number: "",
    name: "Nordwind Papier & Logistik GmbH",
    vat_id: "DE531972841",
    iban: "DE28999000010045678903",
    street: "Postfach 4410",
    post_code: "10115",
    city: "Berlin",
    country: "DE",
    expense_account: "",
};

impl Known {
    fn party(&self) -> Party {
        Party {
            name: self.name.to_owned(),
            vat_id: self.vat_id.to_owned(),
            street: self.street.to_owned(),
            post_code: self.post_code.to_owned(),
            city: self.city.to_owned(),
            country: self.country.to_owned(),
        }
    }
}

/// The company whose invoices these are.
#[must_use]
pub fn buyer() -> Party {
    Party {
        name: "Hafenlicht Handels GmbH".to_owned(),
        vat_id: "DE264091830".to_owned(),
        street: "Leuchtturmallee 3".to_owned(),
        post_code: "28195".to_owned(),
        city: "Bremen".to_owned(),
        country: "DE".to_owned(),
    }
}

/// The suppliers that the samples expect in the master data.
#[must_use]
pub fn suppliers() -> Vec<Supplier> {
    let supplier = |known: &&Known| Supplier {
        number: known.number.to_owned(),
        name: known.name.to_owned(),
        vat_id: known.vat_id.parse().ok(),
        ibans: known.iban.parse().into_iter().collect(),
        bic: None,
        currency: Some(Currency::EUR),
        expense_account: Some(known.expense_account.to_owned()),
        blocked: false,
    };
    SUPPLIERS.iter().map(supplier).collect()
}

/// What an order line says: description, quantity, unit, price, in hundredths.
type Ordered = (&'static str, i64, &'static str, i64);

const PAPER: &[Ordered] = &[("Kopierpapier A4, 80 g, 500 Blatt", 4000, "C62", 489), ("Versandkarton 40 x 30 x 20 cm", 15000, "C62", 112)];
const WATER: &[Ordered] =
    &[("Mineralwasser still, Kasten 12 x 0,7 l", 3600, "C62", 745), ("Apfelsaft naturtrüb, Kasten 6 x 1,0 l", 1200, "C62", 1180)];
const CLEANING: &[Ordered] = &[("Unterhaltsreinigung November", 6400, "HUR", 2650)];
const CONVEYOR: &[Ordered] = &[("Rollenbahn RB 600, 3 m", 600, "C62", 224500), ("Montage und Inbetriebnahme", 2400, "HUR", 9800)];
const LAMPS: &[Ordered] = &[("Suspension Brume 60 cm", 800, "C62", 18900)];

const fn hundredths(n: i64) -> Decimal {
    Decimal::from_parts(n as u32, 0, 0, false, 2)
}

fn order(number: &str, supplier: &Known, ordered_on: Date, receipt_required: bool, lines: &[Ordered]) -> PurchaseOrder {
    let line = |(&(description, quantity, _, price), number): (&Ordered, u32)| OrderLine {
        number,
        description: description.to_owned(),
        quantity: hundredths(quantity).normalize(),
        unit_price: hundredths(price),
    };
    PurchaseOrder {
        number: number.to_owned(),
        supplier: supplier.number.to_owned(),
        currency: Currency::EUR,
        ordered_on,
        receipt_required,
        lines: lines.iter().zip(1..).map(line).collect(),
    }
}

/// The orders that the samples expect.
#[must_use]
pub fn purchase_orders() -> Vec<PurchaseOrder> {
    vec![
        order("PO-1001", &NORDWIND, date(2026, 10, 19), true, PAPER),
        order("PO-1002", &ALPENQUELL, date(2026, 10, 21), true, WATER),
        order("PO-1003", &LINDHOF, date(2026, 10, 1), false, CLEANING),
        order("PO-1004", &KESSLER, date(2026, 9, 14), true, CONVEYOR),
        order("PO-1005", &LUMIERE, date(2026, 10, 26), true, LAMPS),
    ]
}

/// The goods receipts that the samples expect: everything ordered has arrived.
#[must_use]
pub fn goods_receipts() -> Vec<GoodsReceipt> {
    let receipt = |order: PurchaseOrder| GoodsReceipt {
        number: order.number.replace("PO", "GR"),
        purchase_order: order.number,
        received_on: date(2026, 11, 2),
        lines: order.lines.into_iter().map(|line| ReceiptLine { order_line: line.number, quantity: line.quantity }).collect(),
    };
    purchase_orders().into_iter().filter(|order| order.receipt_required).map(receipt).collect()
}

/// What a document changes about its order.
struct Draft {
    supplier: &'static Known,
    number: &'static str,
    issue_date: Date,
    due_date: Option<Date>,
    order: Option<&'static str>,
    tax_rate: i64,
    lines: &'static [Ordered],
}

impl Draft {
    fn invoice(self) -> SampleInvoice {
        let line = |&(description, quantity, unit, price): &Ordered| SampleLine {
            description: description.to_owned(),
            quantity: hundredths(quantity).normalize(),
            unit,
            unit_price: hundredths(price),
            tax_rate: Decimal::from(self.tax_rate),
        };
        SampleInvoice {
            language: Language::German,
            credit_note: false,
            number: self.number.to_owned(),
            issue_date: self.issue_date,
            due_date: self.due_date,
            currency: "EUR".to_owned(),
            supplier: self.supplier.party(),
            buyer: buyer(),
            iban: Some(self.supplier.iban.to_owned()),
            purchase_order: self.order.map(str::to_owned),
            lines: self.lines.iter().map(line).collect(),
        }
    }
}

fn paper() -> SampleInvoice {
    let (issue_date, due_date) = (date(2026, 11, 3), Some(date(2026, 12, 3)));
    Draft { supplier: &NORDWIND, number: "RE-2026-0418", issue_date, due_date, order: Some("PO-1001"), tax_rate: 19, lines: PAPER }
        .invoice()
}

fn water() -> SampleInvoice {
    let (issue_date, due_date) = (date(2026, 11, 5), Some(date(2026, 11, 19)));
    Draft { supplier: &ALPENQUELL, number: "AQ-77120", issue_date, due_date, order: Some("PO-1002"), tax_rate: 20, lines: WATER }.invoice()
}

fn cleaning() -> SampleInvoice {
    let (issue_date, due_date) = (date(2026, 11, 20), Some(date(2026, 12, 4)));
    Draft { supplier: &LINDHOF, number: "2026/1187", issue_date, due_date, order: Some("PO-1003"), tax_rate: 19, lines: CLEANING }.invoice()
}

/// Above the approval limit of 12,000 EUR.
fn conveyor() -> SampleInvoice {
    let (issue_date, due_date) = (date(2026, 11, 10), Some(date(2026, 12, 10)));
    Draft { supplier: &KESSLER, number: "KF-260915", issue_date, due_date, order: Some("PO-1004"), tax_rate: 19, lines: CONVEYOR }.invoice()
}

/// Ordered at 189.00 a lamp, billed at 214.00.
fn lamps() -> SampleInvoice {
    const BILLED: &[Ordered] = &[("Suspension Brume 60 cm", 800, "C62", 21400)];
    let (issue_date, due_date) = (date(2026, 11, 9), Some(date(2026, 12, 9)));
    let draft = Draft { supplier: &LUMIERE, number: "FA-3302", issue_date, due_date, order: Some("PO-1005"), tax_rate: 20, lines: BILLED };
    SampleInvoice { language: Language::English, ..draft.invoice() }
}

fn impostor() -> SampleInvoice {
    const BILLED: &[Ordered] = &[("Kopierpapier A4, 80 g, 500 Blatt", 20000, "C62", 489)];
    let (issue_date, due_date) = (date(2026, 11, 12), Some(date(2026, 11, 15)));
    Draft { supplier: &IMPOSTOR, number: "RE-2026-0431", issue_date, due_date, order: None, tax_rate: 19, lines: BILLED }.invoice()
}

fn credit() -> SampleInvoice {
    const RETURNED: &[Ordered] = &[("Versandkarton 40 x 30 x 20 cm, beschädigt", 1000, "C62", 112)];
    let draft = Draft {
        supplier: &NORDWIND,
        number: "GS-2026-0037",
        issue_date: date(2026, 11, 16),
        due_date: None,
        order: Some("PO-1001"),
        tax_rate: 19,
        lines: RETURNED,
    };
    SampleInvoice { credit_note: true, ..draft.invoice() }
}

/// The demonstration's documents, in the order in which they are worth uploading.
#[must_use]
pub fn samples() -> Vec<Sample> {
    let sample = |file_name, story, make: fn(&SampleInvoice) -> Vec<u8>, invoice: SampleInvoice| {
        let bytes = make(&invoice);
        Sample { file_name, story, invoice, bytes }
    };
    let retyped = SampleInvoice { number: "AQ 77120".to_owned(), ..water() };
    vec![
        sample("nordwind-re-2026-0418.pdf", "A clean Factur-X invoice within order PO-1001: goes straight through.", facturx_pdf, paper()),
        sample("alpenquell-aq-77120.xml", "A clean UBL invoice within order PO-1002: goes straight through.", ubl, water()),
        sample("alpenquell-copy.pdf", "The same invoice again as a PDF, its number typed with a blank: a duplicate.", pdf, retyped),
        sample("lindhof-2026-1187.pdf", "A plain PDF for a service, order PO-1003, matched two-way.", pdf, cleaning()),
        sample("kessler-kf-260915.pdf", "Above the approval limit of 12,000 EUR, order PO-1004.", facturx_pdf, conveyor()),
        sample("lumiere-fa-3302.xml", "Billed at 214.00 a piece, ordered at 189.00 (PO-1005): a price difference.", ubl, lamps()),
        sample("nordwind-logistik-re-2026-0431.pdf", "A name close to a supplier's, another VAT id, an unknown account.", pdf, impostor()),
        sample("nordwind-gs-2026-0037.xml", "A credit note in CII for goods of PO-1001 that came damaged.", cii, credit()),
    ]
}
