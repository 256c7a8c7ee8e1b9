//! The codes of FatturaPA in words. Codes that nobody listed here stand as they are.

/// `TipoDocumento`.
pub(super) fn document_type(code: &str) -> Option<&'static str> {
    Some(match code {
        "TD01" => "Invoice",
        "TD02" => "Advance on an invoice",
        "TD03" => "Advance on a fee",
        "TD04" => "Credit note",
        "TD05" => "Debit note",
        "TD06" => "Fee note",
        "TD07" => "Simplified invoice",
        "TD08" => "Simplified credit note",
        "TD09" => "Simplified debit note",
        "TD16" => "Integration of an invoice under internal reverse charge",
        "TD17" => "Self-invoice for services bought abroad",
        "TD18" => "Integration for goods bought in the Union",
        "TD19" => "Self-invoice for goods under article 17(2)",
        "TD20" => "Self-invoice for regularisation",
        "TD21" => "Self-invoice for exceeding the ceiling",
        "TD22" => "Withdrawal of goods from a VAT warehouse",
        "TD23" => "Withdrawal of goods from a VAT warehouse, with tax",
        "TD24" => "Deferred invoice",
        "TD25" => "Deferred invoice of a triangular sale",
        "TD26" => "Sale of depreciable goods or internal transfer",
        "TD27" => "Invoice for own use or gifts",
        "TD28" => "Purchases from San Marino with tax",
        _ => return None,
    })
}

/// `ModalitaPagamento`.
pub(super) fn payment_means(code: &str) -> Option<&'static str> {
    Some(match code {
        "MP01" => "Cash",
        "MP02" => "Cheque",
        "MP03" => "Banker's draft",
        "MP04" => "Cash at the treasury",
        "MP05" => "Bank transfer",
        "MP06" => "Promissory note",
        "MP07" => "Bank payment slip",
        "MP08" => "Payment card",
        "MP09" => "Direct debit (RID)",
        "MP10" => "Utilities direct debit (RID)",
        "MP11" => "Fast direct debit (RID)",
        "MP12" => "Collection order (RIBA)",
        "MP13" => "Payment slip (MAV)",
        "MP14" => "Receipt from the tax office",
        "MP15" => "Transfer between special accounts",
        "MP16" => "Bank direct debit",
        "MP17" => "Postal direct debit",
        "MP18" => "Postal payment slip",
        "MP19" => "SEPA direct debit",
        "MP20" => "SEPA direct debit CORE",
        "MP21" => "SEPA direct debit B2B",
        "MP22" => "Deduction from sums already collected",
        "MP23" => "PagoPA",
        _ => return None,
    })
}

/// `CondizioniPagamento`.
pub(super) fn payment_terms(code: &str) -> Option<&'static str> {
    Some(match code {
        "TP01" => "Payment in instalments",
        "TP02" => "Payment in full",
        "TP03" => "Advance payment",
        _ => return None,
    })
}

/// `EsigibilitaIVA`.
pub(super) fn collectability(code: &str) -> Option<&'static str> {
    Some(match code {
        "I" => "Tax due at once",
        "D" => "Tax due when paid",
        "S" => "Split payment: the buyer pays the tax to the treasury",
        _ => return None,
    })
}
