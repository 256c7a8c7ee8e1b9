//! Words that name a paper in its title, folded (lower-case ASCII), by language. A title is looked for as
//! words that stand together in one segment; the longest that begins first counts.

use crate::domain::PaperKind::{
    self, CreditNote, DeliveryNote, Invoice, Order, OrderConfirmation, Payslip, Proforma, Quotation, Receipt, Reminder, RemittanceAdvice,
    Statement, Terms, Timesheet,
};

/// Titles by kind. English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, then Swedish,
/// Danish, Norwegian and Finnish.
pub(super) const TITLES: &[(PaperKind, &str)] = &[
    (
        Invoice,
        "invoice, tax invoice, vat invoice, sales invoice, commercial invoice, bill, self billing invoice, rechnung, \
         teilrechnung, abrechnung, faktura, facture, factura, fattura, fattura accompagnatoria, parcella, factuur, nota \
         fiscal, fatura, fatura recibo, nota de honorarios, note d honoraires, faktura vat, rachunek, lasku, regning",
    ),
    (
        CreditNote,
        "credit note, credit memo, credit memorandum, credit invoice, credit advice, tax credit note, gutschrift, \
         rechnungskorrektur, korrekturrechnung, stornorechnung, storno rechnung, rechnungsstorno, gutschriftsanzeige, avoir, \
         facture d avoir, facture avoir, note de credit, nota de credito, factura de abono, abono, factura rectificativa, \
         nota de abono, nota di credito, nota di accredito, nota credito, creditnota, credit nota, creditfactuur, faktura \
         korygujaca, korekta faktury, nota kredytowa, korekta, kreditnota, kreditfaktura, kreditering, hyvityslasku",
    ),
    (
        Receipt,
        "receipt, sales receipt, cash receipt, official receipt, payment receipt, cash bill, till receipt, quittung, \
         kassenbon, kassenbeleg, kassenzettel, bewirtungsbeleg, ticket, ticket de caisse, recu, ticket de compra, recibo, \
         factura simplificada, ricevuta, ricevuta fiscale, scontrino, scontrino fiscale, documento commerciale, kassabon, \
         kassaticket, kwitantie, talao, paragon, paragon fiskalny, kvitto, kassakvitto, kvittering, kuitti",
    ),
    (
        Reminder,
        "reminder, payment reminder, invoice reminder, friendly reminder, first reminder, second reminder, final reminder, \
         final notice, final demand, overdue notice, past due notice, overdue invoice, overdue payment, dunning letter, \
         dunning notice, collection notice, demand for payment, mahnung, zahlungserinnerung, mahnschreiben, mahnbescheid, \
         erinnerung, letzte mahnung, rappel, lettre de rappel, rappel de paiement, rappel de facture, relance, lettre de \
         relance, mise en demeure, sommation, recordatorio, recordatorio de pago, requerimiento de pago, aviso de impago, \
         reclamacion de pago, reclamacion de deuda, sollecito, sollecito di pagamento, diffida, ultimo sollecito, aanmaning, \
         betalingsherinnering, herinnering, ingebrekestelling, lembrete de pagamento, lembrete, carta de cobranca, aviso de \
         cobranca, aviso de atraso, wezwanie do zaplaty, upomnienie, przypomnienie, przypomnienie o platnosci, \
         betalningspaminnelse, paminnelse, kravbrev, betalingspaminnelse, betalingsrykker, rykker, rykkerskrivelse, purring, \
         betalingspurring, inkassovarsel, maksumuistutus, maksukehotus",
    ),
    (
        Statement,
        "statement, statement of account, account statement, customer statement, statement of accounts, monthly statement, \
         open items, open item list, aged balance, kontoauszug, saldenbestatigung, saldenbestaetigung, offene posten, offene \
         posten liste, kontenblatt, saldenliste, releve de compte, releve, releve de factures, releve client, situation de \
         compte, extracto de cuenta, estado de cuenta, extracto, extracto de cliente, estratto conto, situazione contabile, \
         partite aperte, rekeningoverzicht, rekeningafschrift, openstaande posten, saldo overzicht, extrato de conta, \
         extrato, conta corrente, wyciag, wyciag z konta, zestawienie sald, potwierdzenie salda, kontoutdrag, kontoudtog, \
         kontoutskrift, kontoudskrift, tiliote",
    ),
    (
        Proforma,
        "proforma, pro forma, proforma invoice, pro forma invoice, proformarechnung, proforma rechnung, pro forma rechnung, \
         facture proforma, facture pro forma, factura proforma, factura pro forma, fattura proforma, fattura pro forma, \
         proforma factuur, pro forma factuur, fatura proforma, fatura pro forma, faktura proforma, faktura pro forma, \
         proformafaktura, proformalasku",
    ),
    (
        Quotation,
        "quotation, quote, price quote, sales quote, estimate, cost estimate, job estimate, angebot, kostenvoranschlag, \
         preisangebot, offerte, devis, devis estimatif, offre de prix, presupuesto, cotizacion, oferta, preventivo, offerta, \
         preventivo di spesa, prijsopgave, prijsofferte, orcamento, cotacao, proposta comercial, wycena, oferta handlowa, \
         kosztorys, offert, prisoffert, tilbud, pristilbud, tarjous",
    ),
    (
        Order,
        "purchase order, order form, bestellung, bestellschein, bon de commande, commande, orden de compra, pedido, pedido de \
         compra, hoja de pedido, ordine, ordine di acquisto, ordine d acquisto, inkooporder, bestelbon, bestelling, ordem de \
         compra, nota de encomenda, encomenda, zamowienie, inkopsorder, bestallning, indkobsordre, innkjopsordre, ostotilaus",
    ),
    (
        OrderConfirmation,
        "order confirmation, sales order, order acknowledgement, order acknowledgment, auftragsbestatigung, \
         auftragsbestaetigung, bestellbestatigung, bestellbestaetigung, confirmation de commande, accuse de reception de \
         commande, confirmacion de pedido, conferma d ordine, conferma ordine, orderbevestiging, opdrachtbevestiging, \
         confirmacao de encomenda, confirmacao de pedido, potwierdzenie zamowienia, orderbekraftelse, orderbekraeftelse, \
         ordrebekraeftelse, ordrebekreftelse, tilausvahvistus",
    ),
    (
        DeliveryNote,
        "delivery note, delivery slip, delivery receipt, delivery docket, delivery order, packing list, packing slip, \
         dispatch note, despatch note, despatch advice, goods received note, proof of delivery, bill of lading, waybill, \
         lieferschein, packzettel, packliste, ladeschein, frachtbrief, warenbegleitschein, bon de livraison, bordereau de \
         livraison, liste de colisage, lettre de voiture, albaran, albaran de entrega, nota de entrega, lista de empaque, \
         documento di trasporto, bolla di consegna, bolla, d d t, ddt, lista imballo, pakbon, leverbon, afleverbon, \
         vrachtbrief, guia de remessa, guia de transporte, nota de remessa, wydanie zewnetrzne, dowod dostawy, list \
         przewozowy, dokument dostawy, foljesedel, folgeseddel, pakkseddel, fraktsedel, lahete",
    ),
    (
        RemittanceAdvice,
        "remittance advice, payment advice, zahlungsavis, zahlungsanzeige, avis de paiement, avis de virement, aviso de pago, \
         aviso de transferencia, avviso di bonifico, betalingsadvies, betaalspecificatie, aviso de pagamento, awizo \
         platnosci, betalningsavi, betalingsadvis",
    ),
    (
        Timesheet,
        "timesheet, time sheet, work report, service report, stundenzettel, stundennachweis, leistungsnachweis, \
         tatigkeitsnachweis, taetigkeitsnachweis, arbeitsbericht, regiebericht, feuille de temps, releve d heures, rapport d \
         intervention, bon d intervention, parte de trabajo, parte de horas, rapportino, foglio ore, rapporto di lavoro, \
         urenstaat, urenbriefje, werkbon, folha de horas, relatorio de servico, karta pracy, ewidencja czasu pracy, \
         tidrapport, timeseddel, timeliste, tuntilista",
    ),
    (
        Terms,
        "terms and conditions, general terms and conditions, terms conditions, terms of sale, conditions of sale, terms of \
         service, allgemeine geschaftsbedingungen, allgemeine geschaeftsbedingungen, geschaftsbedingungen, \
         verkaufsbedingungen, lieferbedingungen, widerrufsbelehrung, conditions generales, conditions generales de vente, \
         condiciones generales, condiciones generales de venta, condizioni generali, condizioni generali di vendita, algemene \
         voorwaarden, algemene verkoopvoorwaarden, condicoes gerais, condicoes gerais de venda, ogolne warunki, ogolne \
         warunki sprzedazy, regulamin, allmanna villkor, almindelige betingelser, salgsbetingelser, yleiset ehdot",
    ),
    (
        Payslip,
        "payslip, pay slip, pay stub, wage slip, earnings statement, gehaltsabrechnung, lohnabrechnung, entgeltabrechnung, \
         verdienstabrechnung, bezugeabrechnung, abrechnung der brutto netto bezuge, bulletin de paie, bulletin de salaire, \
         fiche de paie, nomina, recibo de nomina, busta paga, cedolino, cedolino paga, loonstrook, salarisstrook, \
         loonspecificatie, salarisspecificatie, recibo de vencimento, recibo de salario, pasek wyplaty, lonespecifikation, \
         lonebesked, lonseddel, lonnsslipp, palkkalaskelma",
    ),
];

/// Ends of compound words that are a title by themselves (`Schlussrechnung`, `verzamelfactuur`), where no
/// title above is the whole word.
pub(super) const COMPOUND_ENDS: &[(&str, PaperKind)] = &[
    ("zahlungserinnerung", Reminder),
    ("lieferschein", DeliveryNote),
    ("gutschrift", CreditNote),
    ("gehaltsabrechnung", Payslip),
    ("lohnabrechnung", Payslip),
    ("entgeltabrechnung", Payslip),
    ("creditnota", CreditNote),
    ("creditfactuur", CreditNote),
    ("kreditfaktura", CreditNote),
    ("rechnung", Invoice),
    ("factuur", Invoice),
    ("faktura", Invoice),
    ("lasku", Invoice),
];

/// Words of a title that are no part of its name: they neither make a line a title nor spoil it.
pub(super) const NEUTRAL: &str = "nr, no, n, num, number, nummer, numero, nro, numer, id, date, datum, fecha, data, vom, from, du, del, of, de, di, van, \
     do, z, dnia, fur, for, pour, the, original, originale, copy, kopie, copie, copia, duplicate, duplicata, duplikat, \
     duplicaat, oryginal, page, seite, erste, zweite, dritte, letzte, first, second, third, final, your, ihre, votre, su, \
     our, unsere, notre";

/// Words that say that a name before them labels a number or date of that paper.
pub(super) const NUMBER_WORDS: &str = "nr, no, num, number, nummer, numero, nro, numer, id, date, datum, fecha, data, ref";
