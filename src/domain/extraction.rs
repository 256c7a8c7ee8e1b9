//! What extraction delivers: fields with confidence, source and place, and issues. Values are
//! canonical text (amounts plain decimals, dates ISO 8601, currency ISO 4217); absent means not found.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::document::BBox;
use super::identifiers::{Iban, InvoiceNumber};
use super::kind::PaperKind;
use super::money::{Currency, plausible};

/// The kind of business document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// A claim for payment.
    #[default]
    Invoice,
    /// A credit note: amounts are positive and reduce what is owed.
    CreditNote,
    /// A receipt, already paid.
    Receipt,
    /// Anything else.
    Other,
}

macro_rules! field_names {
    ($($(#[$doc:meta])* $variant:ident = $name:literal / $label:literal),+ $(,)?) => {
        /// A header field of the extraction output, by the contract's name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FieldName { $($(#[$doc])* $variant),+ }

        impl FieldName {
            /// Every field, in the order in which people read an invoice.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The contract's name (`invoice_number`).
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The name on a screen.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl FromStr for FieldName {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($name => Ok(Self::$variant),)+ other => Err(format!("unknown field {other:?}")) }
            }
        }
    };
}

field_names! {
    /// BT-1.
    InvoiceNumber = "invoice_number" / "Invoice number",
    /// BT-2.
    IssueDate = "issue_date" / "Issue date",
    /// BT-9.
    DueDate = "due_date" / "Due date",
    /// BT-27.
    SupplierName = "supplier_name" / "Supplier",
    /// BT-31, else BT-32.
    SupplierTaxId = "supplier_tax_id" / "Supplier tax id",
    /// BG-5 as one line.
    SupplierAddress = "supplier_address" / "Supplier address",
    /// BT-44.
    BuyerName = "buyer_name" / "Buyer",
    /// BT-84.
    Iban = "iban" / "IBAN",
    /// BT-13.
    PurchaseOrder = "purchase_order" / "Purchase order",
    /// BT-5.
    Currency = "currency" / "Currency",
    /// BT-109.
    NetAmount = "net_amount" / "Net amount",
    /// BT-110.
    TaxAmount = "tax_amount" / "Tax amount",
    /// BT-112.
    TotalAmount = "total_amount" / "Total amount",
}

impl FieldName {
    /// Checks `text` against the field's law and gives the canonical form, or says what is wrong.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn canonical(self, text: &str) -> Result<String, String> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || text.chars().count() > 500 {
            return Err(format!("{} must have between 1 and 500 characters", self.label()));
        }
        match self {
            Self::IssueDate | Self::DueDate => Date::from_str(&text)
                .map(|date| date.to_string())
                .map_err(|_| format!("{} must be a date as YYYY-MM-DD, not {text:?}", self.label())),
            Self::NetAmount | Self::TaxAmount | Self::TotalAmount => plausible(&text)
                .map(|amount| amount.to_string())
                .ok_or_else(|| format!("{} must be a plain decimal such as 1005.55, not {text:?}", self.label())),
            Self::Currency => Currency::from_str(&text).map(|c| c.code().to_owned()).map_err(|e| e.to_string()),
            Self::Iban => Iban::from_str(&text).map(|i| i.as_str().to_owned()).map_err(|e| e.to_string()),
            Self::InvoiceNumber => InvoiceNumber::from_str(&text).map(|n| n.to_string()).map_err(|e| e.to_string()),
            Self::SupplierName | Self::SupplierTaxId | Self::SupplierAddress | Self::BuyerName | Self::PurchaseOrder => Ok(text),
        }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The e-invoice's own XML: exact.
    EinvoiceXml,
    /// A digital PDF's text, through the extraction model.
    #[default]
    PdfText,
    /// Optical character recognition, through the extraction model.
    Ocr,
    /// A person entered or corrected it.
    Person,
}

impl Source {
    /// The contract's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EinvoiceXml => "einvoice-xml",
            Self::PdfText => "pdf-text",
            Self::Ocr => "ocr",
            Self::Person => "person",
        }
    }
}

/// A place on a page, in fractions from its top left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PageBox {
    /// Page number from 1.
    pub page: u32,
    /// The rectangle.
    #[serde(flatten)]
    pub bbox: BBox,
}

/// One value found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Canonical text.
    pub value: String,
    /// Calibrated probability that it is right, 0 to 1.
    pub confidence: f64,
    /// Where it was read.
    pub source: Source,
    /// Its places; empty where there is no page.
    #[serde(default)]
    pub boxes: Vec<PageBox>,
}

impl Field {
    /// An exact value of an e-invoice.
    #[must_use]
    pub fn exact(value: String) -> Self {
        Self { value, confidence: 1.0, source: Source::EinvoiceXml, boxes: Vec::new() }
    }
}

/// One line of the invoice (BG-25).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LineItem {
    /// BT-153, BT-154.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// BT-129.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// BT-130: of the quantity, as printed or as coded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// BT-146 per unit (price divided by the base quantity BT-149).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// BT-131: net.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// BT-152, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<Decimal>,
    /// BT-155: the seller's number of the article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article_number: Option<String>,
}

/// Code of the issue that a rule of EN 16931, Peppol or a nation is broken, which its publisher calls fatal.
pub const EINVOICE_RULE: &str = "einvoice-rule";
/// Code of the issue that such a rule is broken which only advises.
pub const EINVOICE_ADVICE: &str = "einvoice-advice";

/// Something wrong with a document or one of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Stable code, kebab-case (`totals-disagree`, `scan-without-text`).
    pub code: String,
    /// The field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldName>,
    /// What is wrong and what to do, for people.
    pub message: String,
    /// The published id of the rule that is broken (`BR-CO-10`), where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where in the document, as a path (`/Invoice/cac:InvoiceLine[2]`), where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Issue {
    /// An issue of the whole document.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), field: None, message: message.into(), rule: None, place: None }
    }

    /// Whether it only tells something worth knowing: it calls nobody to a review.
    #[must_use]
    pub fn is_notice(&self) -> bool {
        matches!(self.code.as_str(), "several-embedded-xmls" | "attached-files" | EINVOICE_ADVICE)
    }

    /// An issue of one field.
    #[must_use]
    pub fn on(field: FieldName, code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), field: Some(field), message: message.into(), rule: None, place: None }
    }
}

/// Fields, lines and issues of one document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Extraction {
    /// The document's type.
    pub document_type: DocumentType,
    /// What the paper is, where that was told from its page: finer than the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PaperKind>,
    /// Header fields found.
    pub fields: BTreeMap<FieldName, Field>,
    /// Line items in order.
    #[serde(default)]
    pub lines: Vec<LineItem>,
    /// What is wrong.
    #[serde(default)]
    pub issues: Vec<Issue>,
    /// Which models gave values: task → sha256 of the model file.
    #[serde(default)]
    pub model: BTreeMap<String, String>,
    /// Pages that are drawn turned, so that people see them upright: page → clockwise quarter turns.
    /// The boxes are of the page so drawn.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub turns: BTreeMap<u32, u8>,
}

impl Extraction {
    /// What the paper is: as its page told, else what its type says.
    #[must_use]
    pub fn paper(&self) -> PaperKind {
        self.kind.unwrap_or_else(|| PaperKind::of(self.document_type))
    }

    /// Says what the paper is, and so its type.
    pub fn set_kind(&mut self, kind: PaperKind) {
        (self.kind, self.document_type) = (Some(kind), kind.document_type());
    }

    /// The canonical text of a field.
    #[must_use]
    pub fn text(&self, name: FieldName) -> Option<&str> {
        self.fields.get(&name).map(|field| field.value.as_str())
    }

    /// A date field.
    #[must_use]
    pub fn date(&self, name: FieldName) -> Option<Date> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// An amount field.
    #[must_use]
    pub fn amount(&self, name: FieldName) -> Option<Decimal> {
        self.text(name).and_then(plausible)
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.text(FieldName::Currency).and_then(|text| text.parse().ok())
    }

    /// Sets an exact field where the text obeys the field's law; otherwise notes an issue.
    pub fn set_exact(&mut self, name: FieldName, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        match name.canonical(text) {
            Ok(value) => {
                self.fields.insert(name, Field::exact(value));
            }
            Err(message) => self.issues.push(Issue::on(name, "not-canonical", message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_obey_their_laws() {
        assert_eq!(FieldName::IssueDate.canonical(" 2014-07-11 ").as_deref(), Ok("2014-07-11"));
        assert!(FieldName::IssueDate.canonical("11.07.2014").is_err());
        assert_eq!(FieldName::TotalAmount.canonical("1005.55").as_deref(), Ok("1005.55"));
        assert!(FieldName::TotalAmount.canonical("1.005,55").is_err());
        assert_eq!(FieldName::Currency.canonical("eur").as_deref(), Ok("EUR"));
        assert!(FieldName::Iban.canonical("DE00 0000").is_err());
        assert_eq!("due_date".parse(), Ok(FieldName::DueDate));
    }
}
