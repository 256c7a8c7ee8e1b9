//! Codes of e-invoices in words. A code that is not listed here stands as it is.

/// UNTDID 1001: what kind of document it is (BT-3).
pub(super) fn document_type(code: &str) -> Option<&'static str> {
    Some(match code {
        "71" => "Request for payment",
        "81" | "381" => "Credit note",
        "261" => "Self-billed credit note",
        "325" => "Pro-forma invoice",
        "326" => "Partial invoice",
        "380" => "Invoice",
        "383" => "Debit note",
        "384" => "Corrected invoice",
        "386" => "Prepayment invoice",
        "389" => "Self-billed invoice",
        "393" => "Factored invoice",
        "396" => "Factored credit note",
        "751" => "Invoice for accounting only",
        "875" => "Partial construction invoice",
        "876" => "Partial final construction invoice",
        "877" => "Final construction invoice",
        _ => return None,
    })
}

/// UNTDID 4461: how to pay (BT-81).
pub(super) fn payment_means(code: &str) -> Option<&'static str> {
    Some(match code {
        "10" => "Cash",
        "20" => "Cheque",
        "30" => "Credit transfer",
        "31" => "Debit transfer",
        "42" => "Payment to a bank account",
        "48" => "Bank card",
        "49" => "Direct debit",
        "54" => "Credit card",
        "55" => "Debit card",
        "57" => "Standing agreement",
        "58" => "SEPA credit transfer",
        "59" => "SEPA direct debit",
        "68" => "Online payment service",
        "97" => "Clearing between partners",
        _ => return None,
    })
}

/// UNTDID 5305: the VAT category (BT-118, BT-151).
pub(super) fn tax_category(code: &str) -> Option<&'static str> {
    Some(match code {
        "S" => "Taxed",
        "Z" => "Zero rated",
        "E" => "Exempt",
        "AE" => "Reverse charge",
        "K" => "Supply within the Union",
        "G" => "Export",
        "O" => "Outside the scope of tax",
        "L" => "Canary Islands tax (IGIC)",
        "M" => "Ceuta and Melilla tax (IPSI)",
        "B" => "Split payment",
        _ => return None,
    })
}

/// UN/ECE Recommendation 20 and 21: the unit of a quantity (BT-130).
pub(super) fn unit(code: &str) -> &str {
    match code {
        "C62" | "H87" | "EA" | "NAR" | "PCE" | "XPP" => "pcs",
        "HUR" => "h",
        "MIN" => "min",
        "DAY" => "days",
        "WEE" => "weeks",
        "MON" => "months",
        "ANN" => "years",
        "KGM" => "kg",
        "GRM" => "g",
        "TNE" => "t",
        "MTR" => "m",
        "KMT" => "km",
        "MTK" => "m²",
        "MTQ" => "m³",
        "LTR" => "l",
        "KWH" => "kWh",
        "SET" => "sets",
        "PR" => "pairs",
        "LS" => "lump sum",
        "P1" => "%",
        other => other,
    }
}

/// A country's name where its code stands for a frequent partner, else the code.
pub(super) fn country(code: &str) -> &str {
    match code {
        "AT" => "Austria",
        "BE" => "Belgium",
        "CH" => "Switzerland",
        "CZ" => "Czechia",
        "DE" => "Germany",
        "DK" => "Denmark",
        "ES" => "Spain",
        "FI" => "Finland",
        "FR" => "France",
        "GB" => "United Kingdom",
        "IE" => "Ireland",
        "IT" => "Italy",
        "LU" => "Luxembourg",
        "NL" => "Netherlands",
        "NO" => "Norway",
        "PL" => "Poland",
        "PT" => "Portugal",
        "SE" => "Sweden",
        "US" => "United States",
        other => other,
    }
}
