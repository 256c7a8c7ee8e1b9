//! Everything in an invoice that is no party: payment, allowances and charges, totals, tax, lines.

use super::{Address, Amount, Day, Identifier, Number, Quantity, records};

records! {
    /// BG-1.
    Note {
        /// BT-21, a code of UNTDID 4451.
        subject: Option<String>,
        /// BT-22.
        text: String,
    }
    /// BG-3: an invoice that this one corrects or settles.
    Preceding {
        /// BT-25.
        number: Option<String>,
        /// BT-26.
        issue_date: Option<Day>,
    }
    /// BG-13.
    Delivery {
        /// BT-70.
        name: Option<String>,
        /// BT-71.
        location: Option<Identifier>,
        /// BT-72.
        date: Option<Day>,
        /// BG-15.
        address: Option<Address>,
    }
    /// BG-14, BG-26.
    Period {
        /// BT-73, BT-134.
        start: Option<Day>,
        /// BT-74, BT-135.
        end: Option<Day>,
    }
    /// BG-16: one way to pay.
    PaymentMeans {
        /// BT-81, a code of UNTDID 4461.
        code: Option<String>,
        /// BT-82.
        text: Option<String>,
        /// BT-83.
        remittance: Option<String>,
        /// BG-17.
        credit_transfers: Vec<CreditTransfer>,
        /// BG-18.
        card: Option<Card>,
        /// BG-19.
        direct_debit: Option<DirectDebit>,
    }
    /// BG-17: an account to pay to.
    CreditTransfer {
        /// BT-84.
        account: Option<String>,
        /// BT-85.
        name: Option<String>,
        /// BT-86.
        provider: Option<String>,
    }
    /// BG-18.
    Card {
        /// BT-87: the last digits.
        number: Option<String>,
        /// BT-88.
        holder: Option<String>,
    }
    /// BG-19.
    DirectDebit {
        /// BT-89.
        mandate: Option<String>,
        /// BT-90.
        creditor: Option<String>,
        /// BT-91.
        account: Option<String>,
    }
    /// BG-20, BG-21 on the document; BG-27, BG-28 on a line.
    AllowanceCharge {
        /// `true` for a charge, `false` for an allowance, `None` where the document does not say.
        charge: Option<bool>,
        /// BT-92, BT-99, BT-136, BT-141.
        amount: Option<Amount>,
        /// BT-93, BT-100, BT-137, BT-142.
        base_amount: Option<Amount>,
        /// BT-94, BT-101, BT-138, BT-143.
        percent: Option<Number>,
        /// BT-95 and BT-96, BT-102 and BT-103; none on a line.
        tax: Vec<TaxCategory>,
        /// BT-97, BT-104, BT-139, BT-144.
        reason: Option<String>,
        /// BT-98, BT-105, BT-140, BT-145: UNTDID 5189 or 7161.
        reason_code: Option<String>,
    }
    /// BG-22.
    Totals {
        /// BT-106.
        lines: Option<Amount>,
        /// BT-107.
        allowances: Option<Amount>,
        /// BT-108.
        charges: Option<Amount>,
        /// BT-109.
        without_tax: Option<Amount>,
        /// BT-112.
        with_tax: Option<Amount>,
        /// BT-113.
        paid: Option<Amount>,
        /// BT-114.
        rounding: Option<Amount>,
        /// BT-115.
        payable: Option<Amount>,
    }
    /// BT-110 or BT-111.
    TaxTotal {
        /// The amount, with its currency.
        amount: Option<Amount>,
        /// BG-23.
        breakdown: Vec<TaxBreakdown>,
    }
    /// BG-23.
    TaxBreakdown {
        /// BT-116.
        taxable: Option<Amount>,
        /// BT-117.
        tax: Option<Amount>,
        /// BT-118 to BT-121.
        category: Option<TaxCategory>,
    }
    /// A VAT category with its rate, wherever it stands.
    TaxCategory {
        /// BT-95, BT-102, BT-118, BT-151: UNTDID 5305.
        code: Option<String>,
        /// BT-96, BT-103, BT-119, BT-152, in percent.
        rate: Option<Number>,
        /// `VAT` in a conforming invoice.
        scheme: Option<String>,
        /// BT-120.
        exemption_reason: Option<String>,
        /// BT-121, a VATEX code.
        exemption_code: Option<String>,
    }
    /// BG-24, without its bytes.
    Attachment {
        /// BT-122.
        id: Option<String>,
        /// BT-123.
        description: Option<String>,
        /// BT-124.
        uri: Option<String>,
        /// Of BT-125.
        mime: Option<String>,
        /// Of BT-125.
        filename: Option<String>,
        /// Of BT-125, decoded, in bytes; `None` where nothing is embedded.
        size: Option<usize>,
        /// What the document calls its type (UNTDID 1001).
        type_code: Option<String>,
    }
    /// BG-25.
    Line {
        /// BT-126.
        id: Option<String>,
        /// BT-127.
        note: Option<String>,
        /// BT-128.
        object: Option<Identifier>,
        /// BT-129 with BT-130.
        quantity: Option<Quantity>,
        /// BT-131.
        net_amount: Option<Amount>,
        /// BT-132.
        order_line: Option<String>,
        /// BT-133.
        accounting_reference: Option<String>,
        /// BG-26.
        period: Option<Period>,
        /// BG-27 and BG-28, in document order.
        allowances_and_charges: Vec<AllowanceCharge>,
        /// BG-29.
        price: Option<Price>,
        /// BG-30.
        tax: Vec<TaxCategory>,
        /// BG-31.
        item: Option<Item>,
    }
    /// BG-29.
    Price {
        /// BT-146.
        net: Option<Amount>,
        /// BT-147.
        discount: Option<Amount>,
        /// BT-148.
        gross: Option<Amount>,
        /// BT-149 with BT-150.
        base_quantity: Option<Quantity>,
    }
    /// BG-31.
    Item {
        /// BT-153.
        name: Option<String>,
        /// BT-154.
        description: Option<String>,
        /// BT-155.
        seller_id: Option<String>,
        /// BT-156.
        buyer_id: Option<String>,
        /// BT-157.
        standard_id: Option<Identifier>,
        /// BT-158.
        classifications: Vec<Classification>,
        /// BT-159, ISO 3166-1.
        origin: Option<String>,
        /// BG-32.
        attributes: Vec<Attribute>,
    }
    /// BT-158.
    Classification {
        /// As written.
        code: String,
        /// The list it is of (UNTDID 7143).
        list: Option<String>,
        /// That list's version.
        version: Option<String>,
    }
    /// BG-32.
    Attribute {
        /// BT-160.
        name: Option<String>,
        /// BT-161.
        value: Option<String>,
    }
}

impl TaxCategory {
    /// Whether it is of VAT, the only tax EN 16931 knows.
    #[must_use]
    pub fn is_vat(&self) -> bool {
        self.scheme.as_deref().is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("VAT"))
    }
}
