//! What tills print, by language. Written for the generator from general knowledge; nothing here is
//! taken from a document.

/// One language's wording of receipts; every list is non-empty and drawn from at random.
#[derive(Debug)]
pub struct Till {
    /// ISO 639-1.
    pub code: &'static str,
    /// Titles, none included as an empty text.
    pub title: &'static str,
    /// Labels of the receipt's number.
    pub number: &'static str,
    /// Labels of the date.
    pub date: &'static str,
    /// Labels of the time.
    pub time: &'static str,
    /// Labels of other short facts: till, cashier, table, guests, member, terminal.
    pub other: &'static str,
    /// Heads of the item columns: quantity, item, price, amount.
    pub heads: [&'static str; 4],
    /// Labels of the sum of items.
    pub subtotal: &'static str,
    /// Labels of a discount.
    pub discount: &'static str,
    /// Labels of a service charge; `{}` stands for the rate.
    pub service: &'static str,
    /// Labels of the rounding adjustment.
    pub rounding: &'static str,
    /// Labels of a tax that is included; `{}` stands for its name with the rate.
    pub included: &'static str,
    /// Labels of the total; `{}` stands for the name of the tax.
    pub total: &'static str,
    /// Labels of the total where the tax is in the prices.
    pub total_with_tax: &'static str,
    /// Labels of cash received.
    pub cash: &'static str,
    /// Labels of the change.
    pub change: &'static str,
    /// Labels of a card payment.
    pub card: &'static str,
    /// Lines of a card slip; `#` stands for a digit.
    pub slip: &'static str,
    /// Labels of the number of items.
    pub count: &'static str,
    /// Heads of the tax summary: tax and rate, net, tax, gross.
    pub summary: [&'static str; 4],
    /// Last lines.
    pub thanks: &'static str,
    /// Labels of a telephone.
    pub phone: &'static str,
    /// Labels of a customer.
    pub customer: &'static str,
    /// What is eaten and drunk.
    pub food: &'static str,
    /// What shops sell.
    pub shop: &'static str,
    /// Fuel, fares, nights, parking.
    pub service_items: &'static str,
    /// What a shop calls itself, behind or before its name.
    pub trades: &'static str,
    /// Words of a branch.
    pub branch: &'static str,
}

/// The wording of a language, English where there is none.
pub fn till(code: &str) -> &'static Till {
    ALL.iter().find(|t| t.code == code).copied().unwrap_or(&ENGLISH)
}

const ALL: &[&Till] = &[
    &ENGLISH,
    &super::wording_europe::GERMAN,
    &super::wording_europe::FRENCH,
    &super::wording_europe::SPANISH,
    &super::wording_europe::ITALIAN,
    &super::wording_more::DUTCH,
    &super::wording_more::PORTUGUESE,
    &super::wording_more::POLISH,
];

const ENGLISH: Till = Till {
    code: "en",
    title: "|||RECEIPT|TAX INVOICE|Tax Invoice|SIMPLIFIED TAX INVOICE|SALES RECEIPT|CASH RECEIPT|Guest Check|INVOICE|\
        OFFICIAL RECEIPT|CASH SALES|*** RECEIPT ***|Customer Copy|Take Away|Dine In|BILL|Sale|CASH BILL",
    number: "Receipt No|Receipt #|Bill No|Invoice No|Inv No|Inv#|Trn|Trans|Transaction|Doc No|Document No|Check #|Order #|Order|\
        Ticket|Receipt|Slip No.|Ref|Rcpt No|CS No|Trans. ID|Bill#|Invoice|TXN|OR No.|Chk",
    date: "Date|Date|DATE|Dt|Bill Date|Invoice Date|Date/Time|Trans Date|Printed|Issued|Sale Date",
    time: "Time|TIME|Tm|At",
    other: "Cashier|Server|Table|Till|Terminal|Counter|Guests|Pax|Clerk|Station|Register|Operator|Store|Member|Points|Shift|Covers|\
        Host|Lane|POS|Staff|Salesperson|Pump|Party|Seat|Member ID|Terms|Queue No",
    heads: [
        "Qty|QTY|Qty.|Quantity|Pcs",
        "Item|Description|Items|Product|DESCRIPTION|Item Name|Particulars",
        "Price|Unit Price|U.Price|Rate|Each|@",
        "Amount|Total|Amt|AMOUNT|Amount ({})|Total({})",
    ],
    subtotal: "Subtotal|Sub Total|SUBTOTAL|SUB TOTAL|Sub-Total|Total Before Tax|Food & Bev Total|Net Sales|Sub total:|SubTtl|\
        Total Excl. Tax|Taxable|Total Sales (Excluding Tax)|Gross|Amount Before Tax|Items Total",
    discount: "Discount|DISC|Less Discount|Member Discount|Promo|Coupon|Voucher|Savings|Total Discount|Disc 10%",
    service: "Service Charge {}%|Svc Chg {}%|S.Charge ({}%)|SERVICE CHARGE|Svc {}%|Gratuity {}%|Serv. Chrg {}%",
    rounding: "Rounding|Rounding Adj|Rounding Adjustment|Round Off|ROUNDING|Rnd Adj|Cash Rounding|Adj.",
    included: "Incl. {}|Includes {}|{} included|{} Incl.|Total {}|Total includes {}|Inclusive {}|of which {}|{}",
    total: "TOTAL|Total|TOTAL|Total|Grand Total|GRAND TOTAL|Amount Due|AMOUNT DUE|Balance Due|Net Total|Nett Total|Total Due|\
        BALANCE|Amount Payable|To Pay|Total Payable|NET AMOUNT|Total Amount|Bill Total|Total Amt|Payment Due",
    total_with_tax: "Total (Incl. {})|Total Sales (Inclusive of {})|Total Incl {}|TOTAL INCL. {}|Total Amount Incl {}|Total With {}|\
        Total inclusive {}|Total (incl {})|Grand Total (Inc {})",
    cash: "Cash|CASH|Cash Tendered|Tendered|Amount Tendered|Paid|Cash Received|Payment|Amount Paid|CASH TEND|Tender",
    change: "Change|CHANGE|Change Due|CHANGE DUE|Balance|Your Change|Chg",
    card: "VISA|Mastercard|Credit Card|Debit|AMEX|Card|EFTPOS|Contactless|Visa Card|DEBIT TEND|e-Wallet|QR Pay",
    slip: "Approval Code ######|AID: A000000003####|TID ########|Card ************####|Auth: ######|APPROVED|Entry Method: Chip|\
        Ref No ############|PIN Verified|Merchant ID #########|Account XXXXXXXXXXXX####|Tip: ________|Total: ________|\
        Signature: _________|Batch ######|Invoice ######|SALE",
    count: "Items|Total Items|Item Count|Total Qty|No. of Items|Items Sold|Qty Total|# ITEMS SOLD|Total Quantity",
    summary: [
        "Tax Summary|Summary|Tax Code|Tax|Rate|Code",
        "Amount|Net|Amt|Taxable|Amount ({})|Excl.",
        "Tax|Tax ({})|Tax Amt|VAT",
        "Gross|Total|Incl.",
    ],
    thanks: "Thank You|THANK YOU|Thank you for your visit|Please come again|Goods sold are not returnable|THANK YOU, COME AGAIN|\
        Have a nice day|Keep this receipt for exchange within 7 days|Exchange with receipt only|Customer service 1800 ### ###|\
        Tell us how we did and win|Valued customer, please call again|Goods sold are not refundable|\
        Prices include tax where applicable|This is a computer generated receipt, no signature is required|\
        Please retain for your records|Served with care|See you soon|Join our club and save|Powered by our till|\
        No refund without receipt|Suggested tip 15% 18% 20%|WiFi code ########",
    phone: "Tel|Tel:|TEL :|Phone|Ph:|Tel No|Contact|T:|Hotline|",
    customer: "Customer|Sold To|Bill To|Member|Customer Name|Name|Guest",
    food: "Coffee|Iced Tea|Fried Rice|Chicken Burger|Side Salad|Green Tea|Noodle Soup|Garlic Bread|Fish & Chips|Caesar Salad|Latte|\
        Cappuccino|Pancakes|Club Sandwich|House Wine|Draft Beer|Mineral Water|Orange Juice|Grilled Salmon|Beef Curry|\
        Steamed Rice|Spring Rolls|Cheesecake|Ice Cream|French Fries|Soup of the Day|Lemonade|Set Lunch A|Hot Chocolate|\
        Prawn Pasta|Veg Wrap|Ribeye 250g|Extra Cheese|Kids Meal|Mushroom Omelette|Diet Soda|BBQ Ribs|Roti|Milk Tea (L)",
    shop: "Milk 1L|White Bread|AA Batteries 4s|Light Bulb 9W|Ball Pen Blue|A4 Paper 80gsm|Shampoo 400ml|Bananas|Eggs 10s|\
        Cable Tie 200mm|PVC Pipe 20mm|Paint Brush 2in|Toothpaste|Cotton T-Shirt|Notebook A5|Detergent 2kg|Rice 5kg|Tape Clear|\
        USB Cable|Wall Plug|Gloves M|Tissue 5x80|Dish Soap|Screws 4x40|Plastic Bag|Yoghurt|Apples|Cheese Slices|Vitamin C 30s|\
        Plaster|Greeting Card|Phone Case|Socks 3pk|Extension Lead 3m|Hammer|Hinge 3in|Sugar 1kg|Candle",
    service_items: "Unleaded|Diesel|Fare|Extras|Room Charge|City Tax|Parking Fee|Premium 95|Car Wash|Toll|Airport Surcharge|Breakfast|\
        Entry Ticket|Haircut|Regular|Night Charge|Minibar|Lost Ticket",
    trades: "Mart|Cafe|Restaurant|Hardware|Trading|Stationery|Pharmacy|Bakery|Store|Supermarket|Grill|Diner|Bistro|Books|Motors|\
        Enterprise|Electrical|Kitchen|Minimarket|Foods|Pizza|Station|Hotel|Parking|Taxi|Furniture|Fashion|Gifts|Steakhouse|\
        Coffee House|Marketing|Home Centre|Bar & Grill|Seafood|Noodle House|Tea Room|Salon",
    branch: "Branch|Store #|Outlet|Store|Unit|Shop|Branch No.|Terminal 2|Mall",
};
