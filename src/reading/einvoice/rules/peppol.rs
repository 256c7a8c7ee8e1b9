//! Peppol BIS Billing 3 (PEPPOL-EN16931-* and PEPPOL-COMMON-*), for UBL documents that claim it.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::tree::Element;
use super::place::{BUYER, Node, Place, SELLER};
use super::report::Report;
use super::walk::{walk, walk_all};
use super::{PEPPOL, coded, codes, identifiers};
use crate::domain::einvoice::Severity;
use crate::domain::money::readable;

const PROFILE: &str = "urn:fdc:peppol.eu:2017:poacc:billing:";
const PREFIX: &str = "PEPPOL-EN16931-";
/// Types that Peppol takes as an invoice and as a credit note.
#[rustfmt::skip]
const INVOICES: &[&str] = &[
    "71", "80", "82", "84", "102", "218", "219", "326", "331", "380", "382", "383", "384", "386", "388", "393", "395", "553", "575", "623",
    "780", "817", "870", "875", "876", "877",
];
const CREDIT_NOTES: &[&str] = &["381", "396", "81", "83", "532"];
/// Currencies that Peppol still takes, though their countries have left them.
const FORMER_CURRENCIES: &[&str] = &["ANG", "BGN"];
/// Schemes of electronic addresses that EN 16931 knows and Peppol does not.
const NO_ADDRESSES: &[&str] = &["0219", "0220", "0242", "0244", "0245", "0246", "0248", "AN", "AQ", "AS", "AU", "EM"];
/// Exemption reasons that belong to one VAT category.
#[rustfmt::skip]
const EXEMPTIONS: &[(&str, &str, &str)] = &[
    ("P0104", "VATEX-EU-G", "G"), ("P0105", "VATEX-EU-O", "O"), ("P0106", "VATEX-EU-IC", "K"), ("P0107", "VATEX-EU-AE", "AE"),
    ("P0108", "VATEX-EU-D", "E"), ("P0109", "VATEX-EU-F", "E"), ("P0110", "VATEX-EU-I", "E"), ("P0111", "VATEX-EU-J", "E"),
];

/// What the rules about single elements need to know of the whole.
struct Whole<'a> {
    root: &'a Element<'a>,
    currency: Option<&'a str>,
    /// Whether it follows the billing process.
    billing: bool,
    german: bool,
    start: Option<Date>,
    end: Option<Date>,
}

pub(super) fn check(root: &Element, report: &mut Report) {
    let country = |party: &str| root.text_at(&[party, "Party", "PostalAddress", "Country", "IdentificationCode"]);
    let is_german = |party: &str| country(party).is_some_and(|code| code.eq_ignore_ascii_case("DE"));
    let date = |name: &str| root.text_at(&["InvoicePeriod", name]).and_then(|text| text.parse().ok());
    let whole = Whole {
        root,
        currency: root.text_at(&["DocumentCurrencyCode"]),
        billing: process(root) == Some("01"),
        german: is_german("AccountingSupplierParty") && is_german("AccountingCustomerParty"),
        start: date("StartDate"),
        end: date("EndDate"),
    };
    document(&whole, report);
    walk(root, &mut |node| element(node, &whole, report));
    walk_all(root, &mut |node| {
        let empty = node.element.children().is_empty() && node.element.text().is_none();
        need(!empty, "R008", Place::Node(node), "The element is empty: what has no value must be left out.", report);
    });
}

/// The two digits of the process, where BT-23 has Peppol's form.
fn process<'a>(root: &'a Element) -> Option<&'a str> {
    let (digits, version) = root.text_at(&["ProfileID"])?.split_once(PROFILE)?.1.split_once(':')?;
    (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()) && version.starts_with("1.0")).then_some(digits)
}

fn need(holds: bool, rule: &str, place: Place, text: &str, report: &mut Report) {
    if !holds {
        report.need(false, &format!("{PREFIX}{rule}"), place, text);
    }
}

fn document(whole: &Whole, report: &mut Report) {
    let (root, at) = (whole.root, Place::Document);
    need(root.has(&["ProfileID"]), "R001", at, "The business process is not named (BT-23).", report);
    need(process(root).is_some(), "R007", at, "The business process (BT-23) is none of Peppol's.", report);
    let notes = root.count(&["Note"]) <= 1 || whole.german;
    need(notes, "R002", at, "There may be one note only (BG-1), except within Germany.", report);
    let reference = root.has(&["BuyerReference"]) || root.has(&["OrderReference", "ID"]);
    need(reference, "R003", at, "A buyer reference (BT-10) or an order number (BT-13) must be given.", report);
    let claim = root.text_at(&["CustomizationID"]).is_some_and(|id| id.starts_with(&format!("{}#compliant#{PEPPOL}", super::EN16931)));
    need(claim, "R004", at, "The specification (BT-24) is not that of Peppol BIS Billing 3.", report);
    let with = root.named("TaxTotal").filter(|total| total.has(&["TaxSubtotal"])).count();
    let without = root.count(&["TaxTotal"]) - with;
    need(with == 1, "R053", at, "There must be one VAT total with a breakdown.", report);
    let accounting = root.has(&["TaxCurrencyCode"]);
    need(
        without == usize::from(accounting),
        "R054",
        at,
        "A VAT total without breakdown belongs to a VAT accounting currency (BT-6), and only to it.",
        report,
    );
    need(!accounting || same_sign(root), "R055", at, "The VAT totals in the two currencies must have the same sign.", report);
    if root.name == "CreditNote" {
        let projects = root.named("AdditionalDocumentReference").filter(|one| one.text_at(&["DocumentTypeCode"]) == Some("50"));
        need(projects.count() <= 1, "R080", at, "There may be one project reference only (BT-11).", report);
    }
}

fn same_sign(root: &Element) -> bool {
    let sign = |name: &str| {
        let currency = root.text_at(&[name]);
        let totals = root.all(&["TaxTotal", "TaxAmount"]);
        totals.into_iter().find(|amount| amount.attribute("currencyID") == currency).and_then(Element::text).and_then(readable)
    };
    let Some((ours, theirs)) = sign("DocumentCurrencyCode").zip(sign("TaxCurrencyCode")) else { return false };
    let zero = Decimal::ZERO;
    (ours <= zero && theirs <= zero) || (ours >= zero && theirs >= zero)
}

fn element(node: &Node, whole: &Whole, report: &mut Report) {
    let (element, place) = (node.element, Place::Node(node));
    let value = element.value();
    match element.name {
        "TaxCurrencyCode" => {
            let other = value != whole.currency.unwrap_or_default();
            need(other, "R005", place, "The VAT accounting currency (BT-6) must differ from the invoice's (BT-5).", report);
        }
        "Party" if node.parent_is("AccountingCustomerParty") => {
            need(element.has(&["EndpointID"]), "R010", BUYER, "The buyer has no electronic address (BT-49).", report);
        }
        "Party" if node.parent_is("AccountingSupplierParty") => {
            need(element.has(&["EndpointID"]), "R020", SELLER, "The seller has no electronic address (BT-34).", report);
        }
        "AllowanceCharge" if node.parent_is("Price") => price_discount(node, report),
        "AllowanceCharge" => charge(node, report),
        "PaymentMeans" if matches!(element.text_at(&["PaymentMeansCode"]), Some("49" | "59")) => {
            let mandate = element.has(&["PaymentMandate", "ID"]);
            need(mandate, "R061", place, "Payment is by direct debit, but its mandate is not named (BT-89).", report);
        }
        "InvoiceLine" | "CreditNoteLine" => line(node, whole, report),
        "BaseQuantity" if node.parent_is("Price") => base_quantity(node, report),
        "StartDate" | "EndDate" if node.parent_is("InvoicePeriod") => period(node, whole, report),
        "TaxCategory" => exemption(node, report),
        "InvoiceTypeCode" | "CreditNoteTypeCode" => type_code(node, whole, report),
        _ => {}
    }
    written(node, whole, report);
    common(node, report);
}

/// R040 to R043: percentage, base and amount of an allowance or charge.
fn charge(node: &Node, report: &mut Report) {
    let (element, place) = (node.element, Place::Node(node));
    let (percent, base) = (element.value_at(&["MultiplierFactorNumeric"]), element.value_at(&["BaseAmount"]));
    let amount = element.value_at(&["Amount"]);
    need(percent.is_none() || base.is_some(), "R041", place, "A percentage is given without the amount that it is of.", report);
    need(base.is_none() || percent.is_some(), "R042", place, "A base amount is given without a percentage.", report);
    if let Some((base, percent)) = base.zip(percent) {
        let reckoned = readable(base).zip(readable(percent)).map(|(base, percent)| base * percent / Decimal::ONE_HUNDRED);
        let told = amount.map_or(Some(Decimal::ZERO), readable);
        let close = reckoned.zip(told).is_some_and(|(reckoned, told)| (reckoned - told).abs() <= Decimal::new(2, 2));
        if !close {
            report
                .need_with(false, "PEPPOL-EN16931-R040", place, || format!("{percent} % of {base} is not {}.", amount.unwrap_or("given")));
        }
    }
    let indicator = matches!(element.text_at(&["ChargeIndicator"]), Some("true" | "false"));
    need(indicator, "R043", place, "Whether it is a charge must be said as `true` or `false`.", report);
}

/// R044, R046.
fn price_discount(node: &Node, report: &mut Report) {
    let (element, place) = (node.element, Place::Node(node));
    let allowance = element.text_at(&["ChargeIndicator"]) == Some("false");
    need(allowance, "R044", place, "A price may have a discount, but no charge.", report);
    let Some(gross) = element.value_at(&["BaseAmount"]) else { return };
    let net = node.parent.and_then(|price| price.element.value_at(&["PriceAmount"]));
    let discount = element.value_at(&["Amount"]);
    let agree = (|| Some(readable(net?)? == readable(gross)? - readable(discount?)?))();
    if agree != Some(true) {
        report.need_with(false, "PEPPOL-EN16931-R046", place, || {
            format!(
                "Gross price {gross} minus discount {} is not the net price {}.",
                discount.unwrap_or("missing"),
                net.unwrap_or("missing")
            )
        });
    }
}

/// R100, R101, R120, R121.
fn line(node: &Node, whole: &Whole, report: &mut Report) {
    let (line, place) = (node.element, Place::Node(node));
    need(line.count(&["DocumentReference"]) <= 1, "R100", place, "A line may have one object only (BT-128).", report);
    let object = line.first(&["DocumentReference"]).is_none_or(|one| one.text_at(&["DocumentTypeCode"]) == Some("130"));
    need(object, "R101", place, "A line may refer to its object only (document type 130).", report);
    let quantity = if whole.root.name == "Invoice" { "InvoicedQuantity" } else { "CreditedQuantity" };
    let or = |path: &[&str], otherwise: Decimal| line.value_at(path).map_or(Some(otherwise), readable);
    let base = or(&["Price", "BaseQuantity"], Decimal::ONE);
    need(
        base.is_none_or(|base| base > Decimal::ZERO),
        "R121",
        place,
        "The quantity that a price is for must be above zero (BT-149).",
        report,
    );
    let side = |indicator: &str| {
        let amounts = line.named("AllowanceCharge").filter(|one| one.text_at(&["ChargeIndicator"]) == Some(indicator));
        let amounts = amounts.filter_map(|one| one.text_at(&["Amount"])).map(readable);
        amounts.sum::<Option<Decimal>>().map(super::totals::cents)
    };
    let reckoned = (|| {
        let price = or(&["Price", "PriceAmount"], Decimal::ZERO)?;
        let base = base.filter(|base| !base.is_zero()).unwrap_or(Decimal::ONE);
        let goods = or(&[quantity], Decimal::ONE)?.checked_mul(price.checked_div(base)?)?;
        goods.checked_add(side("true")?)?.checked_sub(side("false")?)
    })();
    let told = or(&["LineExtensionAmount"], Decimal::ZERO);
    let apart = reckoned.zip(told).and_then(|(reckoned, told)| reckoned.checked_sub(told));
    if apart.is_none_or(|apart| apart.abs() > Decimal::new(2, 2)) {
        report.need_with(false, "PEPPOL-EN16931-R120", place, || {
            let figure = |number: Option<Decimal>| super::totals::figure(number.map(|number| number.round_dp(4).normalize()));
            format!("Quantity times price plus charges minus allowances is {}, the line says {}.", figure(reckoned), figure(told))
        });
    }
}

/// R130: a price is for the unit that is invoiced.
fn base_quantity(node: &Node, report: &mut Report) {
    let Some(unit) = node.element.attribute("unitCode") else { return };
    let line = node.parent.and_then(|price| price.parent).map(|line| line.element);
    let quantity = line.and_then(|line| line.either(&["InvoicedQuantity", "CreditedQuantity"]));
    let same = quantity.is_none_or(|quantity| quantity.attribute("unitCode") == Some(unit));
    need(same, "R130", Place::Node(node), "The price is for another unit than the quantity (BT-150, BT-130).", report);
}

/// R110, R111: a line's period lies within the invoice's.
fn period(node: &Node, whole: &Whole, report: &mut Report) {
    if !(node.within("InvoiceLine") || node.within("CreditNoteLine")) {
        return;
    }
    let Ok(day) = node.element.value().parse::<Date>() else { return };
    let (rule, holds) = match node.element.name {
        "StartDate" => ("R110", whole.start.is_none_or(|start| day >= start)),
        _ => ("R111", whole.end.is_none_or(|end| day <= end)),
    };
    need(holds, rule, Place::Node(node), "A line's period must lie within the invoice's.", report);
}

/// P0104 to P0111.
fn exemption(node: &Node, report: &mut Report) {
    let Some(code) = node.element.text_at(&["TaxExemptionReasonCode"]) else { return };
    for (rule, reason, category) in EXEMPTIONS {
        if code.eq_ignore_ascii_case(reason) && node.element.text_at(&["ID"]) != Some(category) {
            report.need_with(false, &format!("{PREFIX}{rule}"), Place::Node(node), || {
                format!("The exemption reason {reason} belongs to VAT category {category}.")
            });
        }
    }
}

/// P0100, P0101, P0112.
fn type_code(node: &Node, whole: &Whole, report: &mut Report) {
    let (code, place) = (node.element.value(), Place::Node(node));
    if node.element.name == "CreditNoteTypeCode" {
        let known = !whole.billing || CREDIT_NOTES.contains(&code);
        return need(known, "P0101", place, "Peppol does not take this type of credit note (BT-3).", report);
    }
    need(!whole.billing || INVOICES.contains(&code), "P0100", place, "Peppol does not take this type of invoice (BT-3).", report);
    let german = !matches!(code, "326" | "384") || whole.german;
    need(german, "P0112", place, "Types 326 and 384 are for invoices within Germany only (BT-3).", report);
}

/// Code lists, dates and currencies of single elements.
fn written(node: &Node, whole: &Whole, report: &mut Report) {
    let (element, place, value) = (node.element, Place::Node(node), node.element.value());
    match element.name {
        "EmbeddedDocumentBinaryObject" => {
            let known = element.attribute("mimeCode").is_none_or(|mime| codes::ATTACHMENT_TYPES.has(mime));
            need(known, "CL001", place, "An attachment may not be of this media type.", report);
        }
        "AllowanceChargeReasonCode" => {
            let (rule, list) = match node.parent.and_then(|parent| parent.element.text_at(&["ChargeIndicator"])) {
                Some("false") => ("CL002", &codes::ALLOWANCE_REASONS),
                Some("true") => ("CL003", &codes::CHARGE_REASONS),
                _ => return,
            };
            need(list.has(value), rule, place, "The reason code is not of its list.", report);
        }
        "DescriptionCode" if node.parent_is("InvoicePeriod") => {
            need(matches!(value, "3" | "35" | "432"), "CL006", place, "The tax point code (BT-8) is not of its list.", report);
        }
        "EndpointID" => {
            let known = element.attribute("schemeID").is_none_or(|scheme| codes::ADDRESSES.has(scheme) && !NO_ADDRESSES.contains(&scheme));
            need(known, "CL008", place, "The electronic address is of an unknown scheme.", report);
        }
        "IssueDate" | "DueDate" | "TaxPointDate" | "StartDate" | "EndDate" | "ActualDeliveryDate" => {
            let real = value.len() == 10 && value.parse::<Date>().is_ok();
            if !real {
                report.need_with(false, "PEPPOL-EN16931-F001", place, || format!("{value:?} is no date of the form YYYY-MM-DD."));
            }
        }
        name if coded::is_amount(name) => {
            let currency = element.attribute("currencyID").unwrap_or_default();
            let known = codes::CURRENCIES.has(currency) || FORMER_CURRENCIES.contains(&currency);
            need(known, "CL007", place, "The amount's currency is not of ISO 4217.", report);
            let of_accounting = name == "TaxAmount"
                && node.parent.is_some_and(|total| total.element.is("TaxTotal") && !total.element.has(&["TaxSubtotal"]));
            let own = of_accounting || Some(currency) == whole.currency;
            need(own, "R051", place, "The amount is in another currency than the invoice.", report);
        }
        _ => {}
    }
}

/// A rule about identifiers of one scheme: rule, whether it only advises, check, who keeps the register.
type Common = (&'static str, Severity, fn(&str) -> bool, &'static str);

/// PEPPOL-COMMON: identifiers must be what their scheme says.
fn common(node: &Node, report: &mut Report) {
    let element = node.element;
    let endpoint = element.name == "EndpointID";
    let identifier = endpoint || element.name == "CompanyID" || (element.name == "ID" && node.parent_is("PartyIdentification"));
    let Some(scheme) = element.attribute("schemeID").filter(|_| identifier) else { return };
    let danish = |text: &str| {
        let number = if text.len() == 10 { text.strip_prefix("DK").unwrap_or_default() } else { text };
        number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (rule, severity, check, what): Common = match scheme {
        "0088" => ("R040", Severity::Fatal, identifiers::gln, "GLN"),
        "0192" => ("R041", Severity::Fatal, |text| text.len() == 9 && identifiers::mod11(text), "Norwegian organisation number"),
        "0184" => ("R042", Severity::Fatal, danish, "Danish company number"),
        "0208" => ("R043", Severity::Fatal, identifiers::belgian, "Belgian enterprise number"),
        "0201" => ("R044", Severity::Warning, identifiers::italian_office, "Italian public office code"),
        "0210" => ("R045", Severity::Warning, identifiers::italian_fiscal_code, "Italian fiscal code"),
        "9907" if endpoint => ("R046", Severity::Warning, identifiers::italian_fiscal_code, "Italian fiscal code"),
        "0211" => ("R047", Severity::Warning, identifiers::italian_vat, "Italian VAT number"),
        "0007" => ("R049", Severity::Fatal, identifiers::swedish, "Swedish organisation number"),
        "0151" => ("R050", Severity::Fatal, identifiers::abn, "Australian business number"),
        _ => return,
    };
    if !check(element.value()) {
        let text = format!("{:?} is no {what} (scheme {scheme}).", element.value());
        report.add(&format!("PEPPOL-COMMON-{rule}"), severity, Place::Node(node), text);
    }
}
