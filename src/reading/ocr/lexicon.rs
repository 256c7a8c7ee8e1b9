//! Words that invoices and receipts of six languages have in common, written down from general
//! knowledge of the trade: they confirm a doubtful letter, never a digit, a name or a code.

use std::collections::HashSet;
use std::sync::LazyLock;

const ENGLISH: &str = "about account accounts accepted address adjustment after agreement all allowance also american amount amounts and \
any apply approval approved april are area attention august authorized available balance bank banking bar barcode bath batch before \
bill billed billing bonus bottle box branch business buyer cafe calculator call card care cash cashier change charge charges check \
checkout chicken city claim code coffee com combo commercial company complete computer condition conditions confirmation contact \
contract cost count counter country coupon credit currency custom customer customers daily date day days dealer debit december \
decimal declaration deduction delivered delivery department deposit description desk detail details diesel dinner dine direct \
discount discounts distribution document dollar double drink due duplicate duty each earned eat electronic email employee end \
enterprise entity equipment error estimate euro evening exchange excl exclusive exempt expires expiry export extra family farm fax \
february fee fees file final financial first food for form free freight from fruit fuel garden gas general gift goods grand gratuity \
green gross group gst guest guests hardware have head help home hotel hour hours house how identification import inc incl included \
inclusive income information installation instruction insurance interest international invoice invoiced invoices iron issue issued \
item items january july june kitchen label large last late length less level license limit limited line lot lunch machine main \
management manager march market mart material materials may meal medium member membership memo menu merch merchandise merchant message \
meter metres mile miles milk mini minute mobile model monday money month monthly morning name national net new next night note notes \
notice november number numbers october offer office online only open operator option order orders original other our outlet outstanding \
overdue package page paid paper park parking part parts party payable payment payments penalty per percent period permit person petrol \
phone photo piece pieces place places plaza platter please point points policy postage postal price prices print printed private product products professional \
program project promo promotion public pump purchase quantity quality rate reading reason receipt received recipient reference refund \
register registered registration regular remark remarks remittance rent rental repair report request required reservation restaurant \
retail return returned returns room round rounding road safety sale sales salesman saturday save saved saving savings schedule seafood \
seal second section security see seller send september serial server service services settlement shell ship shipment shipped shipping \
shop shopping signature size small snack software some special standard state statement station status stay stock store street stamp \
sub subject subtotal sum summary sunday supermarket supplier supplies supply support surcharge system table take takeaway tax taxable \
taxes team tel telephone temporary tender tendered term terminal terms thank thanks that the them there these this thursday ticket time \
times tip title today token toll total totals town trade trading transaction transfer transport travel trip tuesday type unit units \
unleaded until upon usage use used valid value variance vat vehicle vendor verified version visa visit voucher waiter warehouse warranty \
waste water wednesday week weekly weight welcome when will wine wire with within without wholesale work world year yearly you your zero zone \
mastercard amex visa debit cheque website www http https gmail yahoo hotmail computers medical pharmacy mall jalan taman \
kilometres millimetres remaining summer winter minimum maximum premium optimum comment comments commission commitment consumer consumption \
consulting marketing maintenance monitor memory motor music number implement improvement management environment assignment assessment";
const GERMAN: &str = "rechnung rechnungsnummer rechnungsdatum rechnungsbetrag kundennummer kunde kunden datum betrag gesamtbetrag gesamt \
summe zwischensumme netto nettobetrag brutto bruttobetrag mehrwertsteuer umsatzsteuer steuer steuernummer steuersatz mwst ust ustid \
menge einzelpreis preis gesamtpreis artikel artikelnummer bezeichnung beschreibung position lieferung lieferdatum lieferschein \
leistung leistungszeitraum zahlung zahlungsziel zahlbar zahlungsbedingungen zahlungsempfänger bankverbindung konto kontonummer \
bankleitzahl überweisung fällig fälligkeit rabatt skonto versand versandkosten bestellung bestellnummer auftrag auftragsnummer \
straße postfach telefon telefax geschäftsführer amtsgericht handelsregister sitz gmbh stück stunden monat monate nummer seite vielen \
dank für und der die das mit ohne von bis bitte bei nach unter innerhalb tagen übertrag größe höhe gebühr gebühren können \
möchten gemäß erhöhung köln behörde lösung frühstück öffnungszeiten montag dienstag mittwoch donnerstag freitag samstag sonntag januar \
februar märz mai juni juli oktober dezember kommission stammdaten firma herrn frau bemerkung zusammen vermerk nehmen";
const FRENCH: &str = "facture numéro date client adresse montant total hors taxe taxes ttc tva net payer payé règlement paiement échéance \
quantité prix unitaire désignation description remise commande livraison banque virement société siège capital référence téléphone \
merci votre notre pour avec dans sous reçu français façon dû août bâtiment contrôle hôtel côté être prêt coût coûts intérêt intérêts \
fournisseur acompte solde janvier février mars avril juin juillet septembre octobre novembre décembre dimanche samedi immatriculation \
commerce communication somme remboursement consommation comptant commande maximum minimum";
const OTHERS: &str = "factuur factuurnummer factuurdatum bedrag bedragen totaal subtotaal btw klant klantnummer datum omschrijving aantal prijs \
betaling betalen vervaldatum bestelling levering rekening rekeningnummer nummer maand fattura numero importo imponibile totale iva cliente \
data descrizione quantità prezzo pagamento scadenza sconto ordine consegna banca partita codice fiscale indirizzo somma factura número \
fecha importe base imponible total cliente descripción cantidad precio unidad pago vencimiento descuento pedido entrega banco dirección \
teléfono año señor españa compañía diseño mañana enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre \
gennaio maggio giugno luglio settembre ottobre dicembre comune compenso domanda impresa nome cognome mese";

static WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| [ENGLISH, GERMAN, FRENCH, OTHERS].iter().flat_map(|list| list.split_whitespace()).collect());

/// Words with letters that the recognizer's alphabet lacks, by their bare form.
static ACCENTED: LazyLock<Vec<(String, &'static str)>> = LazyLock::new(|| {
    let lacking = |word: &&&str| word.chars().any(|letter| "öçêôîûñâœßïë".contains(letter));
    let bare = WORDS.iter().filter(lacking).map(|word| (deunicode::deunicode(word), *word));
    bare.filter(|(bare, _)| !WORDS.contains(bare.as_str())).collect()
});

/// Whether a lower-case word is known.
pub(super) fn knows(word: &str) -> bool {
    WORDS.contains(word)
}

/// The spelling with its accents of a lower-case word that lost them.
pub(super) fn accented(word: &str) -> Option<&'static str> {
    ACCENTED.iter().find(|(bare, _)| bare == word).map(|(_, word)| *word)
}
