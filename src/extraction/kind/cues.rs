//! Evidence beside the title, told from the whole paper: how wide it prints, what its till says, whether it
//! lists other papers with their balance, whether it asks for what is overdue.

use std::collections::HashSet;

use super::super::layout::{Doc, Row};
use crate::domain::text::fold;

/// Words of a till, a card terminal and a counter, folded; several groups are needed, since an invoice may
/// name one of them. A word with a space stands in neighbouring tokens.
const TILL: &[&str] = &[
    "cash, bar, gegeben, especes, efectivo, contanti, contante, contant, dinheiro, gotowka, kontant, kateinen, cash tendered, \
     tendered, amount tendered, numerario",
    "change, change due, ruckgeld, rueckgeld, wechselgeld, zuruck, zurueck, rendu, monnaie, cambio, resto, wisselgeld, troco, \
     reszta, vaxel, byttepenge, veksel",
    "visa, mastercard, maestro, amex, debit, vpay, girocard, contactless, kontaktlos, sans contact, credit card, \
     kartenzahlung, carte bancaire, tarjeta, carta di credito, pinbetaling, multibanco, karta platnicza",
    "terminal, approval, approved, auth code, auth, aid, merchant, kundenbeleg, cardholder, trace, tid, mid, genehmigungs, \
     autorisation, autorizacion, batch",
    "cashier, till, register, kasse, kassierer, bediener, caisse, caissier, caja, cajero, cassa, cassiere, kassa, kassier, \
     caixa, kasa, kasjer, server, waiter, waitress, bon, bonnr, tse, table, tisch, guests, covers, pax, operator, pos, \
     counter, station, chk, check, mesa, tavolo, tafel",
    "thank you, thanks, come again, vielen dank, danke, merci, gracias, grazie, bedankt, dank u, obrigado, dziekujemy, tack, \
     welkommen, goods sold, exchange, refundable, tot ziens, auf wiedersehen, bitte beehren",
    "tip, gratuity, trinkgeld, pourboire, propina, mancia, fooi, rounding, round, rundung, member, points, punkte",
];

/// How much a paper is like a till's receipt.
pub(super) struct Till {
    /// Groups of till words found.
    pub groups: usize,
    /// Characters of the usual width that fit beside each other in what is printed.
    pub columns: f32,
    /// Words on the first page.
    pub words: usize,
}

/// The words that a paper says.
pub(super) struct Said {
    words: HashSet<String>,
    running: String,
}

impl Said {
    /// Of the first `pages` pages.
    pub(super) fn of(doc: &Doc, pages: usize) -> Self {
        let mut running = String::from(" ");
        for token in doc.tokens.iter().take_while(|token| token.page < pages) {
            running.push_str(&fold(&token.text));
            running.push(' ');
        }
        Self { words: running.split(' ').map(str::to_owned).collect(), running }
    }

    /// Whether the words of `phrase` stand side by side somewhere.
    pub(super) fn has(&self, phrase: &str) -> bool {
        phrase.split(' ').all(|word| self.words.contains(word)) && (!phrase.contains(' ') || self.running.contains(&format!(" {phrase} ")))
    }

    /// Whether it asks to be paid later or by transfer, which no till does.
    pub(super) fn asks(&self) -> bool {
        list(ASKING).any(|phrase| self.has(phrase))
    }

    /// How many of the groups have a phrase that is said.
    fn groups(&self, groups: &[&'static str]) -> usize {
        groups.iter().filter(|group| list(group).any(|phrase| self.has(phrase))).count()
    }
}

/// The entries of a list.
pub(super) fn list(entries: &'static str) -> impl Iterator<Item = &'static str> {
    entries.split(", ")
}

pub(super) fn till(doc: &Doc, said: &Said) -> Till {
    let words = doc.tokens.iter().take_while(|token| token.page == 0).count();
    Till { groups: said.groups(TILL), columns: columns(doc), words }
}

/// The width of what is printed on the first page, in characters of the median width: 30 to 50 on a roll of
/// paper, about 100 on a letter, whatever the resolution.
fn columns(doc: &Doc) -> f32 {
    let tokens = || doc.tokens.iter().filter(|token| token.page == 0);
    let mut widths: Vec<f32> =
        tokens().filter(|t| t.text.chars().count() > 1).map(|t| (t.x1 - t.x0) / t.text.chars().count() as f32).collect();
    let mut left: Vec<f32> = tokens().map(|t| t.x0).collect();
    let mut right: Vec<f32> = tokens().map(|t| t.x1).collect();
    for list in [&mut widths, &mut left, &mut right] {
        list.sort_by(f32::total_cmp);
    }
    let (Some(width), Some(left), Some(right)) =
        (widths.get(widths.len() / 2), left.get(left.len() / 50), right.get(right.len() * 49 / 50))
    else {
        return 0.0;
    };
    (right - left) / width.max(0.1)
}

/// Terms of payment and bank details, folded.
const ASKING: &str = "due date, payment due, amount due, pay by, payment terms, net 30, iban, bic, swift, zahlbar, fallig, falligkeit, zahlungsziel, echeance, \
     date d echeance, vencimiento, fecha de vencimiento, scadenza, bonifico, vervaldatum, betaaltermijn, vencimento, termin platnosci, \
     forfallodatum, forfaldsdato, forfallsdato, erapaiva, bank account, sort code, bsb, bpay";

/// Phrases of dunning, folded, by what they say; each group counts once.
const DUNNING: &[&str] = &[
    "overdue, past due, uberfallig, ueberfaellig, in verzug, zahlungsverzug, en retard, impaye, impayee, impayees, echue, \
     vencida, vencidas, pendiente de pago, scaduta, scadute, insoluta, insolute, achterstallig, openstaande, em atraso, \
     vencidos, zalegla, zaleglosc, przeterminowana, forfallen, forfalden, forfallna, eraantynyt",
    "mahngebuhr, mahngebuhren, mahnkosten, mahngebuehr, mahngebuehren, verzugszinsen, reminder fee, late fee, late payment \
     fee, dunning fee, frais de rappel, frais de relance, penalites de retard, intereses de demora, interessi di mora, spese \
     di sollecito, aanmaningskosten, incassokosten, juros de mora, odsetki, paminnelseavgift, rykkergebyr, purregebyr, \
     muistutusmaksu",
    "not yet received, not received your payment, have not received, noch keine zahlung, noch nicht beglichen, noch nicht \
     eingegangen, keinen zahlungseingang, kein zahlungseingang, sauf erreur, n avons pas recu, pas encore recu, no hemos \
     recibido, aun no hemos, non abbiamo ricevuto, non ci risulta, nog niet ontvangen, geen betaling, nao recebemos, ainda \
     nao, nie otrzymalismy, inte mottagit, ikke modtaget, ikke mottatt",
    "already paid, payment has crossed, disregard this, ignore this, bereits bezahlt, gegenstandslos, uberschnitten, \
     zwischenzeitlich, dans l intervalle, entre temps, ya ha realizado, haga caso omiso, nel frattempo, inmiddels, reeds \
     betaald, entretanto, w miedzyczasie, redan betalat, allerede betalt",
];

/// How many things that only a dunning letter says all at once this one says.
pub(super) fn dunning(said: &Said) -> usize {
    said.groups(DUNNING)
}

/// Words over or in a column of balances, or that stand for the ages of debts.
const BALANCE: &str = "balance, running balance, opening balance, closing balance, balance forward, balance brought forward, previous balance, \
     saldo, anfangssaldo, endsaldo, saldovortrag, solde, solde anterieur, nouveau solde, saldo anterior, saldo precedente, \
     saldo inicial, saldo iniziale, beginsaldo, openstaand, 90 days, 60 days, over 90, soll, haben, debit, debe, haber, dare, \
     avere, debet, wn, ma, winien, zobowiazania";

/// What a list of papers with their balance shows.
pub(super) struct Ledger {
    /// Rows with a date and an amount.
    pub dated: usize,
    /// Rows that have a number of a paper beside these.
    pub numbered: usize,
    /// Words of balances, each counted once.
    pub balance: usize,
}

pub(super) fn ledger(doc: &Doc, said: &Said) -> Ledger {
    let rows: Vec<&Row> = doc.rows.iter().filter(|row| has_date(doc, row) && has_amount(doc, row)).collect();
    let numbered = rows.iter().filter(|row| has_number(doc, row)).count();
    Ledger { dated: rows.len(), numbered, balance: list(BALANCE).filter(|phrase| said.has(phrase)).count() }
}

fn has_date(doc: &Doc, row: &Row) -> bool {
    doc.tokens[row.first..row.end].iter().any(|token| is_date(&token.text))
}

/// `31.12.2025`, `2025-12-31`, `12/31/25`: digits in three groups of a date's lengths.
pub fn is_date(text: &str) -> bool {
    if text.chars().any(char::is_alphabetic) {
        return false;
    }
    let text = text.trim_matches(|c: char| !c.is_ascii_digit());
    let groups: Vec<&str> = text.split(['.', '/', '-']).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit())) && matches!(lengths[..], [1 | 2, 1 | 2, 2 | 4] | [4, 1 | 2, 1 | 2])
}

fn has_amount(doc: &Doc, row: &Row) -> bool {
    doc.tokens[row.first..row.end].iter().any(|token| is_amount(&token.text))
}

/// A number with two decimals.
pub fn is_amount(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_ascii_digit());
    let Some((whole, cents)) = text.rsplit_once(['.', ',']) else { return false };
    cents.len() == 2
        && cents.bytes().all(|b| b.is_ascii_digit())
        && !whole.is_empty()
        && whole.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'\''))
        && !is_date(text)
}

fn has_number(doc: &Doc, row: &Row) -> bool {
    doc.tokens[row.first..row.end].iter().any(|token| {
        let digits = token.text.bytes().filter(u8::is_ascii_digit).count();
        digits >= 3 && !is_date(&token.text) && !is_amount(&token.text) && !token.text.contains('%')
    })
}
