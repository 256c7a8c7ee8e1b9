//! The words of tables: column heads by role, what begins the sums below a table, units.
//!
//! General knowledge of business documents in English, German, French, Spanish, Italian, Dutch,
//! Portuguese, Polish, Danish, Swedish and Norwegian. Phrases are folded and stand without spaces, so
//! that `Unit price`, `UNITPRICE` and `Unit-Price` are one.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::domain::text::fold;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Nothing that a line item tells.
    Other,
    /// The line's number.
    Position,
    /// BT-155.
    Article,
    /// BT-153, BT-154.
    Description,
    /// BT-129.
    Quantity,
    /// BT-130.
    Unit,
    /// BT-146, or the price before a discount.
    Price,
    /// A discount of the line, as a percentage or an amount.
    Discount,
    /// BT-152.
    Rate,
    /// The line's tax as an amount.
    Tax,
    /// BT-131.
    Amount,
    /// The line's amount with tax.
    Gross,
}

const HEADS: &[(Role, &str)] = &[
    (Role::Other, "date dates datum fecha data dato servicedate leistungsdatum lieferdatum period zeitraum account balancedue"),
    (
        Role::Position,
        "pos position positionen posnr lfdnr lfd line lineno linenumber ligne nolinea linea lineanum riga regel \
         no nr num lp poz posicion posicao rad sno srno slno sl nrdordine",
    ),
    (
        Role::Article,
        "article articleno articlenumber artnr artno artikelnr artikelnummer artikelno art itemno itemnumber itemcode \
         itemid itemnr item# productcode productno productid prodno partno partnumber part sku code codigo codice cod \
         codart codearticle ref refs reference referencia riferimento reffournisseur bestellnr materialnr material \
         codigoarticulo codicearticolo artikelkode varenr varenummer artnummer indeks kodtowaru hsn hsncode hsnsac id \
         model modelno modele isbn ean gtin productnummer produktnr produktnummer matnr sachnummer warennummer upc",
    ),
    (
        Role::Description,
        "description descriptions itemdescription productdescription servicedescription descriptionofgoods \
         descriptionofservices descriptionofservice productservice productorservice productsservices itemname \
         productname product products service services item items itemdetails details particulars goods \
         material work activity task project memo nature \
         bezeichnung beschreibung artikelbezeichnung artikelbeschreibung leistung leistungen leistungsbeschreibung \
         produkt produkte produktbezeichnung artikel dienstleistung gegenstand warenbezeichnung text position \
         positionsbezeichnung leistungsart benennung ware tatigkeit \
         designation designationarticle libelle prestation prestations produit produits intitule objet descriptif \
         detail natureprestation descriptiondesprestations \
         descripcion concepto conceptos producto productos servicio articulo articulos detalle \
         descrizione prodotto prodotti servizio servizi articolo descrizionearticolo descrizioneprodotto \
         omschrijving beschrijving dienst diensten \
         descricao produto servico designacao artigo \
         nazwa opis usluga towar nazwatowaru nazwauslugi nazwatowaruuslugi nazwatowarulubuslugi \
         beskrivelse varebeskrivelse ydelse vare beskrivning benamning vara tjanst betegnelse tekst produktnavn",
    ),
    (
        Role::Quantity,
        "qty qtys quantity quantities qtyhr qtyhrs qtyhrrate hrsqty hoursqty quantityhours qtyhours hours hrs nights \
         days units numberof pcs orderqty qtyordered qtyshipped shipped \
         menge anzahl mge stunden std stuck stk stückzahl stuckzahl anz tage \
         quantite qte qtes nombre nbre nb heures jours \
         cantidad cant uds unidades unids horas \
         quantita qta qnt \
         aantal hoeveelheid uren aant \
         quantidade qtd quant qtde \
         ilosc antal antall mangd timer timmar",
    ),
    (
        Role::Unit,
        "unit uom um einheit einh me mengeneinheit unite unidad unid unita eenheid unidade jm jednostka enhed enhet baseunit unitofmeasure",
    ),
    (
        Role::Price,
        "price unitprice unitcost priceperunit priceunit priceeach amounteach costperunit rate unitrate hourlyrate ratehr cost each \
         itemprice listprice perunit netprice unitnetprice unitpricenet priceexvat pricenet fee perhour costhr \
         einzelpreis epreis ep einzel preis stuckpreis preisproeinheit nettopreis netto/einheit preiseinheit \
         einzelpreisnetto nettoeinzelpreis epnetto einheitspreis stundensatz satz vkpreis listenpreis \
         pu puht punit prixunitaire prix prixunitaireht prixunit prixht tarif prixunithtva \
         precio preciounitario preciounit puunitario precioud tarifa \
         prezzo prezzounitario prezzounit prezzoun \
         prijs stukprijs eenheidsprijs tarief prijspereenheid prijsperstuk stuksprijs \
         preco precounitario precounit valorunitario vlunit \
         cena cenajedn cenajednostkowa cenanetto cenajednnetto cenajednostkowanetto \
         pris enhedspris stykpris apris enhetspris styckpris prisprenhet prisst",
    ),
    (
        Role::Discount,
        "discount disc discounts rabatt rab nachlass abschlag remise rem reduction descuento dto sconto scontoperc korting \
         desconto desc rabat off",
    ),
    (
        Role::Rate,
        "vat vatrate taxrate tax taxes vatpercent taxpercent gst gstrate salestax mwst mwstsatz ust ustsatz steuer steuersatz \
         tva tauxtva tauxdetva iva aliquota aliquotaiva tipoiva iva% btw btwtarief btw% btwpercentage stawkavat stawka moms momssats mva \
         vatcode taxcode taxed sst igst cgst sgst",
    ),
    (
        Role::Tax,
        "vatamount taxamount amountoftax taxamt vatamt gstamount mwstbetrag ustbetrag steuerbetrag montanttva montantdetva \
         importeiva cuotaiva importoiva imposta btwbedrag kwotavat momsbelob valoriva",
    ),
    (
        Role::Amount,
        "amount amounts total totals linetotal lineamount totalprice totalamount extendedprice extended extension subtotal \
         netamount nettotal totalnet amountnet amountexclvat amountexvat totalexvat totalexcl taxablevalue taxableamount value sum \
         linevalue netvalue charges charge price$ amountdue amountusd amounteur \
         gesamt betrag summe gesamtpreis gesamtbetrag nettobetrag betragnetto gesamtnetto nettogesamt positionsbetrag \
         zeilenbetrag gp gpreis gespreis positionssumme wert netto nettosumme nettowert beitrag einzelbetrag gesamteur betrageur \
         montant montantht totalht prixtotal total ht prixtotalht mtht montanthorstaxe montantligne \
         importe importetotal importeneto subtotal baseimponible totallinea preciototal \
         importo totale prezzototale importototale imponibile totaleriga totaleimponibile \
         bedrag totaal totaalbedrag totaalprijs bedragexcl totaalexcl subtotaal regeltotaal nettobedrag \
         valor valortotal precototal montante totalliquido vltotal \
         wartosc wartoscnetto kwota suma kwotanetto \
         belob balance saldo ialt belobexmoms belop belopp nettobelopp summa sum nettobelop totalt",
    ),
    (
        Role::Gross,
        "gross grossamount amountinclvat totalinclvat totalincl totalincltax amountincvat brutto bruttobetrag gesamtbrutto \
         bruttopreis ttc totalttc montantttc prixttc importeconiva totalconiva totaleivato importoivato totaalincl bedragincl \
         wartoscbrutto kwotabrutto belobinklmoms totalcomiva",
    ),
];

/// Words within a head that go on with the same column (`price per unit`, `amount excl. VAT`).
const LINKS: &str = "per pro par por pr excl exc excluding incl inc including ex exkl inkl ohne zzgl hors sans sin con senza \
                     without with of de du des di der in im and und et y e en or w o bez z za da do";

/// First words of the rows that sum a table up or come after it.
const SUMS: &str = "subtotal total totals totaal totale totali totalt sous soustotal zwischensumme summe summen gesamt gesamtsumme netto \
    gesamtbetrag gesamtbeitrag nettobetrag nettosumme net nett imponibile subtotaal subtotale base rechnungsbetrag rechnungssumme suma \
    vat tax taxes mwst ust umsatzsteuer mehrwertsteuer versicherungsteuer versicherungssteuer tva iva btw moms mva gst sst sales salestax \
    balance amount endbetrag endsumme grand grandtotal bruttobetrag bruttosumme brutto gross zahlbetrag warenwert positionssumme \
    positionen zuzuglich zzgl plus montant razem wartosc ogolem doplaty zaplaty podsuma importe valor bedrag belob att attbetala \
    sum due invoicetotal taxrate totaltax totaldue amountdue balancedue totalamount zahlungsbetrag gesamtnetto summenetto \
    teilsumme neto tot ttl totl invoice subttl sbtotal stotal tatal taxtotal taxable \
    ht ttc totalht totalttc netapayer neta summa nettobelopp nettobelop delsumma delsum sumexcl subtot";

/// First words of payments and other rows of a receipt that are no goods.
const PAID: &str = "change cash visa mastercard master amex card paid pay payment payments debit credit tender tendered rounding rounded tip \
    tips gratuity service svc bar kartenzahlung gegeben ruckgeld rueckgeld zahlung rendu carte especes cb efectivo cambio entrega \
    contanti carta resto pin contant wisselgeld eft eftpos account acct approved auth amt purchase sale food beverage points saved \
    you your gst hst pst vat cgst sgst tel phone date time table order check chk invoice receipt ref gotowka karta kontant kort \
    round roundoff discounttotal items item qty number no";

/// Beginnings that make a sum's word of a compound (`Gesamtrechnungsbetrag`), and ends.
const SUM_STARTS: &[&str] = &[
    "gesamtbe",
    "gesamtsu",
    "gesamtne",
    "gesamtbr",
    "zwischensu",
    "rechnungsbe",
    "rechnungssu",
    "subtot",
    "substot",
    "totalamo",
    "totaldue",
];
const SUM_ENDS: &[&str] = &["summe", "gesamtbetrag", "steuer", "subtotal", "nettobetrag", "bruttobetrag"];

/// Rows that carry a sum over to or from another page.
const CARRIED: &str = "ubertrag uebertrag carried carriedforward carryforward broughtforward brought forward report areporter \
    reporta transport saldoanterior sumaanterior sumaysigue riporto riportare ariportare overdracht transporteren transportar transporte przeniesienie \
    przeniesienia overfort overforsel zwischensummeseite";

const UNITS: &str = "stk stck stuck st pcs pc piece pieces pce ea each unit units un u ud uds unid std stunde stunden h hr hrs hour hours \
    tag tage day days d monat monate month months mon mt jahr jahre year years yr kg g mg t to l lt ltr liter litre litres litro ml cl \
    m m2 m3 qm cbm lfm cm mm km kwh mwh pkg pack packs pck pkt paket box boxes karton ktn ct ctn set sets paar pair pairs psch pauschal \
    pausch ls lot lots roll rolls rolle rollen flasche bottle bottles dose x pz pza pieza piezas szt kpl godz mies usl kompl heure heures \
    jour jours mois nuit night nights uur dag dagen maand stuks ore giorni ora jm sek timer dage timmar fl sack palette pal doz dz ha \
    c62 hur kgm ltr mtr h87 pcs night room rooms guest ticket kw sqm sqft ft in lb lbs oz gal";

/// Role of every phrase.
static ROLES: LazyLock<HashMap<&'static str, Role>> = LazyLock::new(|| {
    let mut roles = HashMap::new();
    for &(role, phrases) in HEADS {
        for phrase in phrases.split_whitespace() {
            roles.entry(phrase).or_insert(role);
        }
    }
    roles
});

macro_rules! set {
    ($name:ident, $words:ident) => {
        static $name: LazyLock<HashSet<&'static str>> = LazyLock::new(|| $words.split_whitespace().collect());
    };
}
set!(LINK_SET, LINKS);
set!(SUM_SET, SUMS);
set!(CARRIED_SET, CARRIED);
set!(PAID_SET, PAID);
set!(UNIT_SET, UNITS);

/// The folded words of a printed word: `"Preis/Einh."` gives `preis` and `einh`, `"P.U."` gives `pu`.
#[must_use]
pub fn pieces(text: &str) -> Vec<String> {
    if text == "#" || text == "№" {
        return vec!["no".to_owned()];
    }
    text.replace('.', "").split(|c: char| !c.is_alphanumeric()).map(|w| fold(w).replace(' ', "")).filter(|w| !w.is_empty()).collect()
}

/// The longest phrase that begins `words`: its role and how many words it takes.
#[must_use]
pub fn role_at(words: &[&str]) -> Option<(Role, usize)> {
    (1..=words.len().min(4)).rev().find_map(|n| ROLES.get(words[..n].concat().as_str()).map(|role| (*role, n)))
}

/// The role of a column by all words of its head: the longest phrase, the first of equals.
#[must_use]
pub fn role_of(words: &[String]) -> Role {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut best: Option<(usize, Role)> = None;
    for at in 0..words.len() {
        if let Some((role, n)) = role_at(&words[at..])
            && best.is_none_or(|(most, _)| n > most)
        {
            best = Some((n, role));
        }
    }
    let role = best.map_or(Role::Other, |(_, role)| role);
    let taxed = words.iter().any(|w| matches!(*w, "incl" | "inkl" | "inc" | "c" | "ttc" | "brutto" | "gross"));
    if role == Role::Amount && taxed { Role::Gross } else { role }
}

/// Whether a word only links the words of one head.
#[must_use]
pub fn is_link(word: &str) -> bool {
    LINK_SET.contains(word)
}

/// Whether a word only says of which kind the price or amount before it is (`Prix unit. HT`).
#[must_use]
pub fn is_modifier(word: &str) -> bool {
    matches!(word, "ht" | "ttc" | "htva" | "net" | "netto" | "neto" | "brutto" | "bruto" | "gross" | "eur" | "usd" | "gbp" | "chf" | "pln")
}

fn first_words(text: &str) -> (String, String) {
    let mut words = text.split_whitespace().flat_map(pieces).skip_while(|w| w.bytes().all(|b| b.is_ascii_digit()));
    let first = words.next().unwrap_or_default();
    let two = words.next().map(|second| format!("{first}{second}")).unwrap_or_default();
    (first, two)
}

/// Whether a label begins as the sums below a table do.
#[must_use]
pub fn is_sum(text: &str) -> bool {
    let (first, two) = first_words(text);
    SUM_SET.contains(first.as_str())
        || SUM_SET.contains(two.as_str())
        || SUM_STARTS.iter().any(|start| first.starts_with(start))
        || SUM_ENDS.iter().any(|end| first.ends_with(end))
}

/// Whether a label begins as a payment or another row of a receipt does that is no goods.
#[must_use]
pub fn is_paid(text: &str) -> bool {
    PAID_SET.contains(first_words(text).0.as_str())
}

/// Whether a label says that a sum is carried from page to page.
#[must_use]
pub fn is_carried(text: &str) -> bool {
    let (first, two) = first_words(text);
    CARRIED_SET.contains(first.as_str()) || CARRIED_SET.contains(two.as_str())
}

/// Whether a word is a unit of measure.
#[must_use]
pub fn is_unit(text: &str) -> bool {
    let folded = fold(text).replace(' ', "");
    UNIT_SET.contains(folded.as_str()) && text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_have_roles_in_many_languages() {
        for (head, role) in [
            ("Unit Price", Role::Price),
            ("QTY/HR RATE", Role::Quantity),
            ("Montant H.T ligne", Role::Amount),
            ("Taux TVA Ligne", Role::Rate),
            ("Positionsbetrag ohne USt.", Role::Amount),
            ("Preis/Einh €", Role::Price),
            ("P.U. HT", Role::Price),
            ("Wartość brutto", Role::Gross),
            ("VAT amount", Role::Tax),
            ("Art.-Nr.", Role::Article),
            ("Omschrijving", Role::Description),
            ("Total incl. VAT", Role::Gross),
            ("Amount Each", Role::Price),
            ("Ilość", Role::Quantity),
            ("Telephone", Role::Other),
        ] {
            let words: Vec<String> = head.split(' ').flat_map(pieces).collect();
            assert_eq!(role_of(&words), role, "{head}");
        }
    }

    #[test]
    fn labels_of_sums_charges_and_carried_rows_are_known() {
        for (text, sum) in [("Zwischensumme:", true), ("Sub Total", true), ("Gesamtrechnungssumme", true), ("Superdrachen", false)] {
            assert_eq!(is_sum(text), sum, "{text}");
        }
        assert!(is_carried("Übertrag von Seite 1"));
        assert!(is_unit("Stk.") && !is_unit("Drachen") && !is_unit("2"));
    }
}
