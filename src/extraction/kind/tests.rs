use super::*;
use crate::domain::{BBox, Page, Word};
use crate::extraction::layout::Doc;

/// A page from lines of text: `#` at the beginning is large print, `*` bold; `@50` goes on at half the width.
fn page(lines: &[&str]) -> Page {
    let mut words = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let (large, bold) = (line.starts_with('#'), line.starts_with('*'));
        let size = if large { 1.8 } else { 1.0 };
        let mut x = 0.06;
        for text in line.trim_start_matches(['#', '*']).split(' ').filter(|t| !t.is_empty()) {
            if let Some(at) = text.strip_prefix('@').and_then(|at| at.parse::<f32>().ok()) {
                x = at / 100.0;
                continue;
            }
            let w = 0.009 * size * text.chars().count() as f32;
            let bbox = BBox { x, y: 0.05 + 0.02 * row as f32 - 0.003 * (size - 1.0), w, h: 0.012 * size };
            words.push(Word { text: text.to_owned(), bbox, level: None, line: row as u32, bold, confidence: 1.0 });
            x += w + 0.005;
        }
    }
    Page { number: 1, width: 595.0, height: 842.0, words, ..Page::default() }
}

/// A letter's head, the lines given, and the foot of a business letter.
fn letter(lines: &[&str]) -> PaperKind {
    let head = ["Nordwind Handel @55 Hafenstrasse 12 20457 Hamburg", "", "Muster AG", "Ringweg 1", "8001 Zuerich", ""];
    let foot = ["", "Nordwind Handel @30 IBAN DE44 5001 0517 5407 3249 31 @70 BIC INGDDEFF", "www.nordwind.example @60 Tel. 040 123456"];
    of(&Doc::new(&[page(&[&head[..], lines, &foot[..]].concat())]), true)
}

#[test]
fn reminders_are_told_in_every_language() {
    let reminders: &[&[&str]] = &[
        &[
            "#Zahlungserinnerung",
            "Unsere Rechnung Nr. 4711 vom 03.02.2026 ist seit dem 03.03.2026 überfällig.",
            "Offener Betrag 119,00 EUR",
        ],
        &["*2. Mahnung", "Rechnung 4711 vom 03.02.2026 @70 119,00", "Mahngebühr @70 5,00", "Bitte zahlen Sie bis 01.04.2026"],
        &[
            "#Payment reminder",
            "Our invoice INV-77 dated 3 February 2026 is now overdue.",
            "If you have already paid, please disregard this letter.",
        ],
        &["#FINAL NOTICE", "Invoice INV-77 of 02/03/2026 for 119.00 is past due. A late fee of 5.00 was added."],
        &["*Lettre de relance", "Sauf erreur de notre part, la facture n° 4711 du 03/02/2026 reste impayée.", "Montant dû 119,00 EUR"],
        &["#Recordatorio de pago", "La factura 4711 de fecha 03/02/2026 está vencida. No hemos recibido su pago de 119,00 EUR."],
        &["#Sollecito di pagamento", "La fattura n. 4711 del 03/02/2026 risulta scaduta. Importo 119,00 EUR"],
        &["#Aanmaning", "Factuur 4711 van 03-02-2026 is nog niet ontvangen en achterstallig: 119,00 EUR"],
        &["*Lembrete de pagamento", "A fatura 4711 de 03/02/2026 está em atraso: 119,00 EUR"],
        &["#Wezwanie do zapłaty", "Faktura nr 4711 z dnia 03.02.2026 jest przeterminowana: 119,00 PLN"],
        &["#Betalningspåminnelse", "Faktura 4711 är förfallen. Påminnelseavgift 60,00 SEK", "påminnelseavgift"],
    ];
    for lines in reminders {
        assert_eq!(letter(lines), PaperKind::Reminder, "{lines:?}");
    }
}

#[test]
fn statements_list_papers_with_their_balance() {
    let rows = [
        "01.01.2026 @25 Saldovortrag @80 500,00",
        "03.02.2026 @25 Rechnung 4711 @65 119,00 @80 619,00",
        "15.02.2026 @25 Zahlung 8842 @65 500,00 @80 119,00",
        "01.03.2026 @25 Rechnung 4790 @65 81,00 @80 200,00",
    ];
    for title in
        ["#Kontoauszug", "#Statement of account", "#Relevé de compte", "#Estado de cuenta", "#Estratto conto", "*Rekeningoverzicht"]
    {
        let lines = [&[title, "Datum @25 Beleg @65 Betrag @80 Saldo"][..], &rows[..]].concat();
        assert_eq!(letter(&lines), PaperKind::Statement, "{title}");
    }
    // A bill of one amount is a bill, whatever it calls itself.
    let bill = ["#STATEMENT", "Invoice number: 4711 @60 Date 02/03/2026", "Hosting, March @80 99.00", "Amount due @80 99.00"];
    assert_eq!(letter(&bill), PaperKind::Invoice);
}

#[test]
fn papers_around_an_invoice_are_told_from_it() {
    let others: &[(PaperKind, &[&str])] = &[
        (
            PaperKind::DeliveryNote,
            &["#Lieferschein", "Nr. 881 @50 Datum 03.02.2026", "Pos @20 Artikel @70 Menge", "1 @20 Schrauben @70 100"],
        ),
        (PaperKind::DeliveryNote, &["#Bon de livraison", "N° 881 du 03/02/2026", "Vis @70 100"]),
        (PaperKind::Quotation, &["#Angebot", "Nr. 2026-17 @50 gültig bis 03.03.2026", "Gesamt @80 119,00"]),
        (PaperKind::Quotation, &["#DEVIS", "N° 2026-17 du 03/02/2026", "Total TTC @80 119,00"]),
        (PaperKind::Quotation, &["#Quotation", "Quote no 17 @50 valid until 02/03/2026", "Total @80 119.00"]),
        (PaperKind::OrderConfirmation, &["#Auftragsbestätigung", "Auftrag 77 vom 03.02.2026", "Gesamt @80 119,00"]),
        (PaperKind::Order, &["#PURCHASE ORDER", "PO 4500012 @50 02/03/2026", "Total @80 119.00"]),
        (PaperKind::Order, &["#Bestelbon", "Nummer 4500012", "Totaal @80 119,00"]),
        (PaperKind::Proforma, &["#Proforma-Rechnung", "Nr. 17 vom 03.02.2026", "Gesamt @80 119,00"]),
        (PaperKind::Proforma, &["#PRO FORMA INVOICE", "No. 17 of 02/03/2026", "Total @80 119.00"]),
        (PaperKind::Payslip, &["#Gehaltsabrechnung", "Februar 2026", "Auszahlung @80 2.119,00"]),
        (PaperKind::Timesheet, &["#Stundennachweis", "Februar 2026", "03.02.2026 @50 8,00", "04.02.2026 @50 7,50"]),
        (
            PaperKind::Terms,
            &["#Allgemeine Geschäftsbedingungen", "1. Geltung Diese Bedingungen gelten für alle Rechnungen und Lieferungen."],
        ),
        (PaperKind::RemittanceAdvice, &["#Remittance advice", "We paid invoice INV-77 today.", "Total @80 119.00"]),
        (PaperKind::CreditNote, &["#Gutschrift", "zu Rechnung 4711 vom 03.02.2026", "Gesamt @80 119,00"]),
        (PaperKind::CreditNote, &["#Facture d'avoir", "N° 17 du 03/02/2026", "Total @80 119,00"]),
        (PaperKind::CreditNote, &["#Faktura korygująca", "Nr 17 z dnia 03.02.2026", "Razem @80 119,00"]),
    ];
    for (kind, lines) in others {
        assert_eq!(letter(lines), *kind, "{lines:?}");
    }
}

#[test]
fn an_invoice_that_names_other_papers_is_an_invoice() {
    let invoices: &[&[&str]] = &[
        &["#Rechnung", "Rechnungsnummer: 4711", "Lieferschein Nr. 881 vom 01.02.2026", "Bei Zahlungsverzug berechnen wir Mahngebühren."],
        &["*Rechnung Nr. 4711", "Ihre Bestellung: 4500012 @50 Auftragsbestätigung: 77", "Gesamtbetrag @80 119,00"],
        &["#INVOICE", "Invoice no 77 @50 Quotation no 17", "Purchase order 4500012", "Overdue invoices bear interest.", "Total @80 119.00"],
        &["#Facture", "N° 4711 @50 Devis n° 17", "Bon de commande : 4500012", "Total TTC @80 119,00", "Pénalités de retard: 10 %"],
        &["*Fattura n. 4711", "DDT n. 881 del 01/02/2026", "Totale @80 119,00"],
        &["Schlussrechnung", "Nr. 4711 vom 03.02.2026", "Lieferschein: 881", "Gesamt @80 119,00"],
        &["R E C H N U N G", "Nr. 4711 vom 03.02.2026", "Gesamt @80 119,00"],
        &["Number 4711 @50 Date 02/03/2026", "Consulting @80 119.00", "Total @80 119.00"],
    ];
    for lines in invoices {
        assert_eq!(letter(lines), PaperKind::Invoice, "{lines:?}");
    }
}

#[test]
fn a_receipt_is_told_by_its_till() {
    let roll = |lines: &[&str]| of(&Doc::new(&[page(lines)]), true);
    let lines = [
        "CORNER SHOP",
        "12 High Street",
        "02/03/2026 12:44",
        "Milk @30 1.20",
        "Bread @30 2.10",
        "TOTAL @30 3.30",
        "CASH @30 5.00",
        "CHANGE @30 1.70",
    ];
    assert_eq!(roll(&lines), PaperKind::Receipt);
    let titled = [&["TAX INVOICE"][..], &lines[..]].concat();
    assert_eq!(roll(&titled), PaperKind::Receipt, "a till may call it so");
    let letter_of_a_shop = ["#Quittung", "Wir haben von Muster AG 119,00 EUR erhalten. @70 bar", "Hamburg, 03.02.2026 @70 Kasse 2"];
    assert_eq!(letter(&letter_of_a_shop), PaperKind::Receipt);
}

#[test]
fn an_invoice_behind_its_delivery_note_is_an_invoice() {
    let note = page(&["#Lieferschein", "Nr. 881"]);
    let mut invoice = page(&["#Rechnung", "Nr. 4711 vom 03.02.2026", "Gesamt @80 119,00"]);
    invoice.number = 2;
    assert_eq!(of(&Doc::new(&[note.clone(), invoice]), true), PaperKind::Invoice);
    assert_eq!(of(&Doc::new(&[note]), false), PaperKind::DeliveryNote);
    assert_eq!(of(&Doc::new(&[page(&["Sehr geehrte Damen und Herren,", "anbei unser Katalog."])]), false), PaperKind::Other);
}
