//! Places in a document, written out as paths only where a rule is broken.

use super::super::tree::Element;
use crate::domain::einvoice::Syntax;

/// A place. Indices count from 0; paths count from 1, as XPath does.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// The document.
    Document,
    /// A fixed place: under UBL's root, under CII's root.
    At(&'a str, &'a str),
    Line(usize),
    /// Allowance or charge of the document.
    Charge(usize),
    /// Allowance or charge of a line.
    LineCharge(usize, usize),
    TaxTotal(usize),
    /// A part of a tax total.
    Breakdown(usize, usize),
    Payment(usize),
    Preceding(usize),
    Attachment(usize),
    /// An element of the tree.
    Node(&'a Node<'a>),
}

/// An element with the way to it.
pub(super) struct Node<'a> {
    pub(super) element: &'a Element<'a>,
    pub(super) parent: Option<&'a Node<'a>>,
}

impl Node<'_> {
    /// Its parent's name.
    pub(super) fn parent_is(&self, name: &str) -> bool {
        self.parent.is_some_and(|parent| parent.element.is(name))
    }

    /// Whether something above it has that name.
    pub(super) fn within(&self, name: &str) -> bool {
        let mut above = self.parent;
        while let Some(node) = above {
            if node.element.is(name) {
                return true;
            }
            above = node.parent;
        }
        false
    }

    fn path(&self) -> String {
        let Some(parent) = self.parent else {
            return format!("/{}", self.element.qualified());
        };
        let mut same = parent.element.named(self.element.name);
        let position = same.position(|one| std::ptr::eq(one, self.element)).unwrap_or(0);
        let several = position > 0 || same.next().is_some();
        let index = if several { format!("[{}]", position + 1) } else { String::new() };
        format!("{}/{}{index}", parent.path(), self.element.qualified())
    }
}

const TRANSACTION: &str = "rsm:SupplyChainTradeTransaction";

pub(super) const SELLER: Place = Place::At(
    "cac:AccountingSupplierParty/cac:Party",
    "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty",
);
pub(super) const BUYER: Place = Place::At(
    "cac:AccountingCustomerParty/cac:Party",
    "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty",
);
pub(super) const PAYEE: Place =
    Place::At("cac:PayeeParty", "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:PayeeTradeParty");
pub(super) const REPRESENTATIVE: Place = Place::At(
    "cac:TaxRepresentativeParty",
    "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:SellerTaxRepresentativeTradeParty",
);
pub(super) const DELIVERY: Place = Place::At("cac:Delivery", "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeDelivery");
pub(super) const PERIOD: Place =
    Place::At("cac:InvoicePeriod", "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod");
pub(super) const TOTALS: Place = Place::At(
    "cac:LegalMonetaryTotal",
    "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation",
);

impl Place<'_> {
    /// The path, for a document of that syntax.
    pub(super) fn path(self, syntax: Syntax) -> String {
        let (root, line, cii) = match syntax {
            Syntax::Cii | Syntax::Fatturapa => ("/rsm:CrossIndustryInvoice", "", true),
            Syntax::UblInvoice => ("/Invoice", "cac:InvoiceLine", false),
            Syntax::UblCreditNote => ("/CreditNote", "cac:CreditNoteLine", false),
        };
        let settlement = |rest: &str, i: usize| format!("{root}/{TRANSACTION}/ram:ApplicableHeaderTradeSettlement/{rest}[{}]", i + 1);
        let agreement = |rest: &str, i: usize| format!("{root}/{TRANSACTION}/ram:ApplicableHeaderTradeAgreement/{rest}[{}]", i + 1);
        let plain = |rest: &str, i: usize| format!("{root}/{rest}[{}]", i + 1);
        match self {
            Self::Document => root.to_owned(),
            Self::At(ubl, in_cii) => format!("{root}/{}", if cii { in_cii } else { ubl }),
            Self::Line(i) if cii => format!("{root}/{TRANSACTION}/ram:IncludedSupplyChainTradeLineItem[{}]", i + 1),
            Self::Line(i) => plain(line, i),
            Self::Charge(i) if cii => settlement("ram:SpecifiedTradeAllowanceCharge", i),
            Self::Charge(i) => plain("cac:AllowanceCharge", i),
            Self::LineCharge(i, j) if cii => {
                let line = Place::Line(i).path(syntax);
                format!("{line}/ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge[{}]", j + 1)
            }
            Self::LineCharge(i, j) => format!("{}/cac:AllowanceCharge[{}]", plain(line, i), j + 1),
            Self::TaxTotal(_) if cii => TOTALS.path(syntax) + "/ram:TaxTotalAmount",
            Self::TaxTotal(i) => plain("cac:TaxTotal", i),
            Self::Breakdown(_, j) if cii => settlement("ram:ApplicableTradeTax", j),
            Self::Breakdown(i, j) => format!("{}/cac:TaxSubtotal[{}]", plain("cac:TaxTotal", i), j + 1),
            Self::Payment(i) if cii => settlement("ram:SpecifiedTradeSettlementPaymentMeans", i),
            Self::Payment(i) => plain("cac:PaymentMeans", i),
            Self::Preceding(i) if cii => settlement("ram:InvoiceReferencedDocument", i),
            Self::Preceding(i) => plain("cac:BillingReference", i),
            Self::Attachment(i) if cii => agreement("ram:AdditionalReferencedDocument", i),
            Self::Attachment(i) => plain("cac:AdditionalDocumentReference", i),
            Self::Node(node) => node.path(),
        }
    }
}
