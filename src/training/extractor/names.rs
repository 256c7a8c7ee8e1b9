//! Invented names of companies and people: common surnames, towns and brand words in many patterns,
//! so that no single shape of a name is learned.

use rand::RngExt as _;

use super::entities::{Rng, chance, letter, pick, word};
use super::language::Language;

/// Given names of the generator's languages.
const GIVEN: &str = "Anna Peter Maria John Lena Marc Julia Thomas Sofia David Eva Paul Clara Jan Laura Simon Irene Hugo Petra Luis Nora \
    Karl Alice Bruno Emma Oliver James Grace Noah Mia Liam Ruth Daniel Lucy Adam Helen Victor Jane Max Erika Stefan Sabine Jürgen Monika \
    Uwe Birgit Pierre Claire Jean Sophie Michel Camille Antoine Giulia Marco Chiara Luca Paolo Elena Carlos Carmen Javier Pilar Sanne \
    Pieter Willem Femke João Inês Tiago Rita Piotr Katarzyna Tomasz Agnieszka Mei Wei Ahmad Siti Raj Priya Sanjay Fatima Omar Kenji";
/// Surnames of the generator's languages.
const SURNAMES: &str = "Smith Jones Brown Taylor Wilson Davies Evans Walker Wright Hughes Green Hall Clarke Turner Parker Cooper Ward \
    Morris Bailey Bell Kelly Murphy Ryan Byrne Miller Davis Garcia Martin Lopez Moore Young Allen Scott Hill Baker Carter Price Quinn \
    Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Hoffmann Schulz Koch Bauer Richter Klein Wolf Neumann Schwarz Zimmermann \
    Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler Huber Gruber Moser Steiner Berger Keller Frei Brunner Dupont Durand \
    Bernard Petit Robert Richard Moreau Simon Laurent Lefebvre Michel Leroy Roux Fontaine Rossi Russo Ferrari Esposito Bianchi Romano \
    Colombo Ricci Marino Greco Bruno Gallo Conti Costa Fernández Rodríguez González Martínez Sánchez Pérez Gómez Ruiz Díaz Moreno Muñoz \
    Jansen Vries Bakker Visser Smit Mulder Bos Vos Peters Hendriks Dekker Silva Santos Ferreira Pereira Oliveira Almeida Carvalho Ribeiro \
    Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Larsson Nilsson Hansen Olsen Nguyen Kim Lee Chan Tan Wong Lim Singh \
    Patel Kumar Sharma Khan Ali Cohen Novak Horvath";
/// Towns where parties live.
const TOWNS: &str = "Berlin Hamburg München Köln Frankfurt Stuttgart Bremen Leipzig Dresden Hannover Nürnberg Kassel Mainz Ulm Kiel Wien \
    Graz Linz Salzburg Zürich Basel Bern Luzern London Manchester Leeds Bristol York Oxford Norwich Dublin Cork Galway Paris Lyon Lille \
    Nantes Bordeaux Toulouse Nice Strasbourg Rennes Dijon Bruxelles Gent Antwerpen Amsterdam Rotterdam Utrecht Eindhoven Groningen Madrid \
    Barcelona Valencia Sevilla Bilbao Zaragoza Málaga Milano Roma Torino Bologna Firenze Napoli Verona Lisboa Porto Braga Coimbra Warszawa \
    Kraków Gdańsk Poznań Wrocław Boston Denver Austin Dallas Portland Seattle Chicago Atlanta Phoenix Houston Miami Toronto Vancouver \
    Calgary Ottawa Sydney Melbourne Perth Brisbane Adelaide Auckland Wellington Mumbai Chennai Delhi Bangalore Pune Singapore Penang";
/// Words that brands are made of.
const STEMS: &str = "North Blue Green Alpha Delta Prime Royal City Star Global First Nova Sun River Metro Silver Oak Stone Euro Inter \
    Omega Central Red Fresh Bright Golden Summit Harbour Horizon Pioneer Vista Beacon Falcon Quartz Maple Cedar Granite Orion Atlas Vertex \
    Zenith Apex Pinnacle Coastal Urban Alpine Baltic Nordic Pacific Atlantic Terra Aqua Solar Lunar Crystal Emerald Amber Iris Lotus Phoenix \
    Titan Vega Zephyr Cobalt Indigo Copper Iron Steel Timber Meadow Valley Hill Lake Forest Bridge Tower Castle Crown Eagle Lion Wolf Bear \
    Swift Rapid Smart Clever True Pure Open Next Future Digital Data Cloud Net Web Logic Micro Macro Poly Multi Omni Uni Trans Pro Max Ultra \
    Quick Easy Happy Lucky Sunny Wild Grand Old New Little Big Twin Triple Seven Nine";
/// Ends of made-up brands.
const ENDS: &[&str] = &["tech", "soft", "tec", "med", "plan", "net", "works", "line", "lab", "dent", "flex", "ware", "ix", "on", "ia", "o"];
/// Words for "the supplier", "the customer" or nobody, as sample documents use them, by language.
const PLACEHOLDERS: &[(&str, &[&str])] = &[
    ("en", &["Sample Company", "Your Company", "Example", "Company Name", "Acme", "Customer", "Client", "Supplier", "Vendor"]),
    ("de", &["Muster", "Beispiel", "Musterfirma", "Lieferant", "Kunde", "Verkäufer", "Musterkunde", "Mustermann"]),
    ("fr", &["Exemple", "Fournisseur", "Client", "Société Exemple", "Mon Entreprise", "Vendeur"]),
    ("es", &["Ejemplo", "Proveedor", "Cliente", "Empresa Ejemplo"]),
    ("it", &["Esempio", "Fornitore", "Cliente", "Azienda Esempio"]),
    ("nl", &["Voorbeeld", "Leverancier", "Klant", "Voorbeeldbedrijf"]),
    ("pt", &["Exemplo", "Fornecedor", "Cliente", "Empresa Exemplo"]),
    ("pl", &["Przykład", "Dostawca", "Klient", "Firma Przykładowa"]),
];
/// What some kinds of business put before their name.
const KINDS: &[&str] = &[
    "Hotel",
    "Restaurant",
    "Café",
    "Studio",
    "Praxis Dr.",
    "Kanzlei",
    "Autohaus",
    "Bäckerei",
    "Apotheke",
    "Garage",
    "Boulangerie",
    "Atelier",
    "Cabinet",
    "Trattoria",
    "Officina",
    "Talleres",
    "Bodegas",
    "Bar",
    "Clínica",
    "Farmácia",
    "Drukkerij",
    "Garagebedrijf",
    "Hurtownia",
    "Sklep",
    "Pharmacy",
    "Clinic",
    "The",
    "Maison",
    "Casa",
    "Stadtwerke",
    "Gemeinde",
    "Verein",
    "University of",
    "Institut",
];

fn one(rng: &mut Rng, list: &'static str) -> &'static str {
    let words: Vec<&'static str> = list.split_whitespace().collect();
    pick::<&'static str>(rng, &words)
}

/// Ends of family names and of towns, by language.
const ENDINGS: &[(&str, &[&str], &[&str])] = &[
    ("en", &["son", "ton", "field", "man", "well", "worth", "ley"], &["ville", "ton", "ford", "field", "bury", "burgh", "mouth", "dale"]),
    ("de", &["mann", "er", "berger", "bach", "huber", "meier", "ke"], &["burg", "stadt", "heim", "hausen", "berg", "furt", "dorf", "au"]),
    ("fr", &["ard", "eau", "ier", "ois", "et", "elle", "ot"], &["ville", "court", "sur-Mer", "ac", "ières", "y", "mont"]),
    ("es", &["ez", "ero", "ales", "ada", "ano", "illo"], &["ejo", "ales", "edo", "illa", "ena", "ares"]),
    ("it", &["ini", "etti", "ucci", "ari", "one", "ello", "otti"], &["ano", "ena", "ello", "asco", "ia", "ate"]),
    ("nl", &["sen", "stra", "ema", "mans", "ink", "huis"], &["dam", "hoven", "recht", "veen", "burg", "wijk", "drecht"]),
    ("pt", &["eira", "ães", "ões", "ado", "eiro", "inho"], &["eira", "ães", "elos", "ada", "al", "osa"]),
    ("pl", &["ski", "cki", "czyk", "wicz", "ak", "iak", "owska"], &["owice", "ów", "sko", "yn", "awa", "no", "owa Wola"]),
];

/// A made-up family name or town with an end as the language has them.
fn ended(rng: &mut Rng, language: &str, towns: bool) -> String {
    let stem = word(rng);
    let Some((_, names, places)) = ENDINGS.iter().find(|e| e.0 == language).filter(|_| chance(rng, 0.6)) else {
        return stem;
    };
    let ending = pick(rng, if towns { places } else { names });
    format!("{}{ending}", stem.trim_end_matches(['a', 'e', 'i', 'o', 'u']))
}

/// A surname: mostly a common one, else made up.
pub fn surname(rng: &mut Rng, language: &str) -> String {
    if chance(rng, 0.6) { one(rng, SURNAMES).to_owned() } else { ended(rng, language, false) }
}

/// A person's name.
pub fn person(rng: &mut Rng, language: &str) -> String {
    let given = if chance(rng, 0.12) { format!("{}.", letter(rng)) } else { one(rng, GIVEN).to_owned() };
    let middle = if chance(rng, 0.1) { format!(" {}.", letter(rng)) } else { String::new() };
    let family = if chance(rng, 0.06) { format!("{}-{}", surname(rng, language), surname(rng, language)) } else { surname(rng, language) };
    match rng.random_range(0..30) {
        0 => format!("Dr. {given} {family}"),
        1 => format!("{family}, {given}"),
        2 => format!("{family} {given}"),
        _ => format!("{given}{middle} {family}"),
    }
}

/// A town: half of them real.
pub fn town(rng: &mut Rng, language: &str) -> String {
    if chance(rng, 0.55) { one(rng, TOWNS).to_owned() } else { ended(rng, language, true) }
}

/// A brand word.
fn stem(rng: &mut Rng, language: &str) -> String {
    match rng.random_range(0..10) {
        0..3 => one(rng, STEMS).to_owned(),
        3 => format!("{}{}", one(rng, STEMS), one(rng, STEMS).to_lowercase()),
        4 => format!("{}{}", one(rng, STEMS), pick(rng, ENDS)),
        5 => format!("{}{}", word(rng), pick(rng, ENDS)),
        6 => (0..rng.random_range(2..5)).map(|_| letter(rng)).collect(),
        7 => town(rng, language),
        _ => word(rng),
    }
}

/// A company's name, and the words that its domain is made of.
#[derive(Debug, Clone)]
pub struct Company {
    /// Name with legal form.
    pub name: String,
    /// What the domain says.
    pub host: String,
}

/// Invents a company.
pub fn company(rng: &mut Rng, language: &Language) -> Company {
    let trade = *pick(rng, language.trades);
    let brand = match rng.random_range(0..24) {
        0..5 => format!("{} {trade}", stem(rng, language.code)),
        5 | 6 => format!("{} {trade}", surname(rng, language.code)),
        7 => format!("{} & {}", surname(rng, language.code), surname(rng, language.code)),
        8 => format!("{}, {} & {}", surname(rng, language.code), surname(rng, language.code), surname(rng, language.code)),
        9 | 10 => stem(rng, language.code),
        11 => surname(rng, language.code),
        12 => format!("{} {} {trade}", stem(rng, language.code), stem(rng, language.code)),
        13 => format!("{trade} {}", stem(rng, language.code)),
        14 => format!("{trade} {}", town(rng, language.code)),
        15 | 16 => {
            format!("{} {}", pick(rng, KINDS), if chance(rng, 0.5) { stem(rng, language.code) } else { surname(rng, language.code) })
        }
        17 => person(rng, language.code),
        18 => format!("{}'s {trade}", surname(rng, language.code)),
        19 => format!("{} {} & {}", stem(rng, language.code), trade, pick::<&str>(rng, language.trades)),
        20 => format!("{}.{}", stem(rng, language.code).to_lowercase(), pick(rng, &["com", "net", "eu", "io", language.code])),
        21 => format!(
            "{} {trade} {}",
            stem(rng, language.code),
            pick(rng, &["Deutschland", "International", "Europe", "France", "UK", "Italia", "Group", "Holding"])
        ),
        22 => {
            let own = PLACEHOLDERS.iter().find(|p| p.0 == language.code).map_or(PLACEHOLDERS[0].1, |p| p.1);
            let name = *pick(rng, own);
            if chance(rng, 0.3) { format!("{name} {}", rng.random_range(1..10)) } else { name.to_owned() }
        }
        _ => format!(
            "{} {} {trade} {}",
            stem(rng, language.code),
            pick(rng, &["Advanced", "General", "United", "National", "Regional", "Union"]),
            town(rng, language.code)
        ),
    };
    let form = *pick(rng, language.forms);
    let name = match rng.random_range(0..20) {
        _ if form.is_empty() || brand.contains('.') => brand.clone(),
        0 if matches!(language.code, "fr" | "it" | "es") => format!("{form} {brand}"),
        1 => format!("{brand}, {form}"),
        _ => format!("{brand} {form}"),
    };
    let (name, brand) = match rng.random_range(0..30) {
        0..4 => (name.to_uppercase(), brand.to_uppercase()),
        4 => (name.to_lowercase(), brand.to_lowercase()),
        _ => (name, brand),
    };
    let plain = deunicode::deunicode(&brand).to_lowercase();
    let words: Vec<String> = plain.split(' ').map(|w| w.chars().filter(char::is_ascii_alphanumeric).collect()).collect();
    let host = match rng.random_range(0..6) {
        0 => words.iter().find(|w| w.len() > 2).cloned().unwrap_or_default(),
        1 => words.join("-"),
        _ => words.concat(),
    };
    Company { name, host: if host.len() < 3 { word(rng).to_lowercase() } else { host } }
}
