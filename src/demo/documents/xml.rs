//! Sample invoices as UBL and CII.

use quick_xml::escape::escape;
use rust_decimal::Decimal;

use super::{Party, SampleInvoice, SampleLine, tax_on};

const GUIDELINE: &str = "urn:cen.eu:en16931:2017";

/// Writes elements, indented by depth.
struct Xml {
    out: String,
    open: Vec<&'static str>,
}

impl Xml {
    fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// An element with its attributes written out, around what `inside` writes.
    fn within(&mut self, name: &'static str, attributes: &str, inside: impl FnOnce(&mut Self)) {
        self.out += &format!("{}<{name}{attributes}>\n", "  ".repeat(self.open.len()));
        self.open.push(name);
        inside(self);
        self.open.pop();
        self.out += &format!("{}</{name}>\n", "  ".repeat(self.open.len()));
    }

    fn group(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) {
        self.within(name, "", inside);
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, "", text);
    }

    fn leaf_with(&mut self, name: &str, attributes: &str, text: &str) {
        self.out += &format!("{}<{name}{attributes}>{}</{name}>\n", "  ".repeat(self.open.len()), escape(text));
    }
}

/// Tax category of UNCL 5305: standard or zero rate.
fn category(rate: Decimal) -> &'static str {
    if rate.is_zero() { "Z" } else { "S" }
}

pub(super) fn ubl(invoice: &SampleInvoice) -> Vec<u8> {
    let (root, line_name, quantity_name) = if invoice.credit_note {
        ("CreditNote", "cac:CreditNoteLine", "cbc:CreditedQuantity")
    } else {
        ("Invoice", "cac:InvoiceLine", "cbc:InvoicedQuantity")
    };
    let namespaces = format!(
        " xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:{root}-2\" \
         xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" \
         xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\""
    );
    let currency = format!(" currencyID=\"{}\"", invoice.currency);
    let mut xml = Xml::new();
    xml.within(root, &namespaces, |xml| {
        xml.leaf("cbc:CustomizationID", GUIDELINE);
        xml.leaf("cbc:ID", &invoice.number);
        xml.leaf("cbc:IssueDate", &invoice.issue_date.to_string());
        if let Some(due) = invoice.due_date.filter(|_| !invoice.credit_note) {
            xml.leaf("cbc:DueDate", &due.to_string());
        }
        if invoice.credit_note {
            xml.leaf("cbc:CreditNoteTypeCode", "381");
        } else {
            xml.leaf("cbc:InvoiceTypeCode", "380");
        }
        xml.leaf("cbc:DocumentCurrencyCode", &invoice.currency);
        if let Some(order) = &invoice.purchase_order {
            xml.group("cac:OrderReference", |xml| xml.leaf("cbc:ID", order));
        }
        xml.group("cac:AccountingSupplierParty", |xml| ubl_party(xml, &invoice.supplier));
        xml.group("cac:AccountingCustomerParty", |xml| ubl_party(xml, &invoice.buyer));
        if let Some(iban) = &invoice.iban {
            xml.group("cac:PaymentMeans", |xml| {
                xml.leaf("cbc:PaymentMeansCode", "58");
                xml.group("cac:PayeeFinancialAccount", |xml| xml.leaf("cbc:ID", iban));
            });
        }
        ubl_totals(xml, invoice, &currency);
        for (line, number) in invoice.lines.iter().zip(1..) {
            xml.group(line_name, |xml| ubl_line(xml, line, number, quantity_name, &currency));
        }
    });
    xml.out.into_bytes()
}

fn ubl_party(xml: &mut Xml, party: &Party) {
    xml.group("cac:Party", |xml| {
        xml.group("cac:PostalAddress", |xml| {
            xml.leaf("cbc:StreetName", &party.street);
            xml.leaf("cbc:CityName", &party.city);
            xml.leaf("cbc:PostalZone", &party.post_code);
            xml.group("cac:Country", |xml| xml.leaf("cbc:IdentificationCode", &party.country));
        });
        xml.group("cac:PartyTaxScheme", |xml| {
            xml.leaf("cbc:CompanyID", &party.vat_id);
            xml.group("cac:TaxScheme", |xml| xml.leaf("cbc:ID", "VAT"));
        });
        xml.group("cac:PartyLegalEntity", |xml| xml.leaf("cbc:RegistrationName", &party.name));
    });
}

fn ubl_totals(xml: &mut Xml, invoice: &SampleInvoice, currency: &str) {
    xml.group("cac:TaxTotal", |xml| {
        xml.leaf_with("cbc:TaxAmount", currency, &invoice.tax().to_string());
        for (rate, net) in invoice.taxable() {
            xml.group("cac:TaxSubtotal", |xml| {
                xml.leaf_with("cbc:TaxableAmount", currency, &net.to_string());
                xml.leaf_with("cbc:TaxAmount", currency, &tax_on(net, rate).to_string());
                xml.group("cac:TaxCategory", |xml| ubl_category(xml, rate));
            });
        }
    });
    xml.group("cac:LegalMonetaryTotal", |xml| {
        xml.leaf_with("cbc:LineExtensionAmount", currency, &invoice.net().to_string());
        xml.leaf_with("cbc:TaxExclusiveAmount", currency, &invoice.net().to_string());
        xml.leaf_with("cbc:TaxInclusiveAmount", currency, &invoice.total().to_string());
        xml.leaf_with("cbc:PayableAmount", currency, &invoice.total().to_string());
    });
}

fn ubl_category(xml: &mut Xml, rate: Decimal) {
    xml.leaf("cbc:ID", category(rate));
    xml.leaf("cbc:Percent", &rate.to_string());
    xml.group("cac:TaxScheme", |xml| xml.leaf("cbc:ID", "VAT"));
}

fn ubl_line(xml: &mut Xml, line: &SampleLine, number: u32, quantity_name: &str, currency: &str) {
    xml.leaf("cbc:ID", &number.to_string());
    xml.leaf_with(quantity_name, &format!(" unitCode=\"{}\"", line.unit), &line.quantity.to_string());
    xml.leaf_with("cbc:LineExtensionAmount", currency, &line.amount().to_string());
    xml.group("cac:Item", |xml| {
        xml.leaf("cbc:Name", &line.description);
        xml.group("cac:ClassifiedTaxCategory", |xml| ubl_category(xml, line.tax_rate));
    });
    xml.group("cac:Price", |xml| xml.leaf_with("cbc:PriceAmount", currency, &line.unit_price.to_string()));
}

pub(super) fn cii(invoice: &SampleInvoice) -> Vec<u8> {
    let namespaces = " xmlns:rsm=\"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100\" \
         xmlns:ram=\"urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100\" \
         xmlns:udt=\"urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100\"";
    let mut xml = Xml::new();
    xml.within("rsm:CrossIndustryInvoice", namespaces, |xml| {
        xml.group("rsm:ExchangedDocumentContext", |xml| {
            xml.group("ram:GuidelineSpecifiedDocumentContextParameter", |xml| xml.leaf("ram:ID", GUIDELINE));
        });
        xml.group("rsm:ExchangedDocument", |xml| {
            xml.leaf("ram:ID", &invoice.number);
            xml.leaf("ram:TypeCode", if invoice.credit_note { "381" } else { "380" });
            cii_date(xml, "ram:IssueDateTime", invoice.issue_date);
        });
        xml.group("rsm:SupplyChainTradeTransaction", |xml| {
            for (line, number) in invoice.lines.iter().zip(1..) {
                xml.group("ram:IncludedSupplyChainTradeLineItem", |xml| cii_line(xml, line, number));
            }
            xml.group("ram:ApplicableHeaderTradeAgreement", |xml| {
                xml.group("ram:SellerTradeParty", |xml| cii_party(xml, &invoice.supplier));
                xml.group("ram:BuyerTradeParty", |xml| cii_party(xml, &invoice.buyer));
                if let Some(order) = &invoice.purchase_order {
                    xml.group("ram:BuyerOrderReferencedDocument", |xml| xml.leaf("ram:IssuerAssignedID", order));
                }
            });
            xml.group("ram:ApplicableHeaderTradeDelivery", |xml| {
                xml.group("ram:ActualDeliverySupplyChainEvent", |xml| cii_date(xml, "ram:OccurrenceDateTime", invoice.issue_date));
            });
            xml.group("ram:ApplicableHeaderTradeSettlement", |xml| cii_settlement(xml, invoice));
        });
    });
    xml.out.into_bytes()
}

fn cii_date(xml: &mut Xml, name: &'static str, date: jiff::civil::Date) {
    let digits = date.to_string().replace('-', "");
    xml.group(name, |xml| xml.leaf_with("udt:DateTimeString", " format=\"102\"", &digits));
}

fn cii_party(xml: &mut Xml, party: &Party) {
    xml.leaf("ram:Name", &party.name);
    xml.group("ram:PostalTradeAddress", |xml| {
        xml.leaf("ram:PostcodeCode", &party.post_code);
        xml.leaf("ram:LineOne", &party.street);
        xml.leaf("ram:CityName", &party.city);
        xml.leaf("ram:CountryID", &party.country);
    });
    xml.group("ram:SpecifiedTaxRegistration", |xml| xml.leaf_with("ram:ID", " schemeID=\"VA\"", &party.vat_id));
}

fn cii_line(xml: &mut Xml, line: &SampleLine, number: u32) {
    xml.group("ram:AssociatedDocumentLineDocument", |xml| xml.leaf("ram:LineID", &number.to_string()));
    xml.group("ram:SpecifiedTradeProduct", |xml| xml.leaf("ram:Name", &line.description));
    xml.group("ram:SpecifiedLineTradeAgreement", |xml| {
        xml.group("ram:NetPriceProductTradePrice", |xml| xml.leaf("ram:ChargeAmount", &line.unit_price.to_string()));
    });
    xml.group("ram:SpecifiedLineTradeDelivery", |xml| {
        xml.leaf_with("ram:BilledQuantity", &format!(" unitCode=\"{}\"", line.unit), &line.quantity.to_string());
    });
    xml.group("ram:SpecifiedLineTradeSettlement", |xml| {
        xml.group("ram:ApplicableTradeTax", |xml| {
            xml.leaf("ram:TypeCode", "VAT");
            xml.leaf("ram:CategoryCode", category(line.tax_rate));
            xml.leaf("ram:RateApplicablePercent", &line.tax_rate.to_string());
        });
        xml.group("ram:SpecifiedTradeSettlementLineMonetarySummation", |xml| xml.leaf("ram:LineTotalAmount", &line.amount().to_string()));
    });
}

fn cii_settlement(xml: &mut Xml, invoice: &SampleInvoice) {
    xml.leaf("ram:InvoiceCurrencyCode", &invoice.currency);
    if let Some(iban) = &invoice.iban {
        xml.group("ram:SpecifiedTradeSettlementPaymentMeans", |xml| {
            xml.leaf("ram:TypeCode", "58");
            xml.group("ram:PayeePartyCreditorFinancialAccount", |xml| xml.leaf("ram:IBANID", iban));
        });
    }
    for (rate, net) in invoice.taxable() {
        xml.group("ram:ApplicableTradeTax", |xml| {
            xml.leaf("ram:CalculatedAmount", &tax_on(net, rate).to_string());
            xml.leaf("ram:TypeCode", "VAT");
            xml.leaf("ram:BasisAmount", &net.to_string());
            xml.leaf("ram:CategoryCode", category(rate));
            xml.leaf("ram:RateApplicablePercent", &rate.to_string());
        });
    }
    if let Some(due) = invoice.due_date {
        xml.group("ram:SpecifiedTradePaymentTerms", |xml| cii_date(xml, "ram:DueDateDateTime", due));
    }
    xml.group("ram:SpecifiedTradeSettlementHeaderMonetarySummation", |xml| {
        xml.leaf("ram:LineTotalAmount", &invoice.net().to_string());
        xml.leaf("ram:TaxBasisTotalAmount", &invoice.net().to_string());
        xml.leaf_with("ram:TaxTotalAmount", &format!(" currencyID=\"{}\"", invoice.currency), &invoice.tax().to_string());
        xml.leaf("ram:GrandTotalAmount", &invoice.total().to_string());
        xml.leaf("ram:DuePayableAmount", &invoice.total().to_string());
    });
}
