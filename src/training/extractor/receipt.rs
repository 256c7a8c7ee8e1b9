//! Till receipts: shops, restaurants, petrol stations, taxis, hotels and parking, on a narrow roll or as a
//! photograph of one.
//!
//! Runs in place of the invoice's layout for documents of kind receipt, with wording, taxes and formats
//! of its own ([`wording`], [`land`]). What is handed over in cash and what comes back are never the total.

pub mod body;
pub mod land;
pub mod paper;
pub mod sale;
pub mod wording;
mod wording_europe;
mod wording_more;

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rust_decimal::Decimal;

use super::canvas::Piece;
use super::entities::{self, Rng, digits, letter, pick};
use super::language::LANGUAGES;
use super::names;
use super::page::Draft;
use crate::domain::FieldName;
use land::{Land, Print};
use paper::Paper;
use sale::Sale;
use wording::Till;

/// One of the entries of a list that is written with bars between them.
pub fn choose(rng: &mut Rng, list: &'static str) -> &'static str {
    let entries: Vec<&str> = list.split('|').collect();
    pick::<&str>(rng, &entries)
}

/// A receipt being printed.
struct Job<'a> {
    draft: &'a mut Draft,
    paper: Paper,
    land: &'static Land,
    till: &'static Till,
    print: Print,
    sale: Sale,
    /// Behind labels.
    colon: &'static str,
    /// Whether the rows of the head stand in the middle.
    centred: bool,
    /// Whether rows of dashes are read as words.
    rules: bool,
    /// What goes below the sums instead of into the head.
    late: Vec<Vec<Piece>>,
}

/// Prints a receipt on the draft's canvas.
pub fn lay_out(draft: &mut Draft) {
    let land = land::draw(&mut draft.rng);
    let till = wording::till(land.language);
    let print = Print::draw(&mut draft.rng, land);
    let sale = Sale::draw(&mut draft.rng, land, till);
    let paper = Paper::new(&mut draft.rng);
    draft.truth.insert(FieldName::Currency, land.currency.to_owned());
    let colon = *pick(&mut draft.rng, &[":", ":", ":", " :", "", ""]);
    let (centred, rules) = (draft.chance(0.8), draft.chance(0.25));
    let mut job = Job { draft, paper, land, till, print, sale, colon, centred, rules, late: Vec::new() };
    job.head();
    job.meta();
    job.items();
    job.sums();
    job.paid();
    job.foot();
    let Job { draft, paper, .. } = job;
    draft.canvas = paper.cut(&mut draft.rng);
}

impl Job<'_> {
    fn chance(&mut self, p: f64) -> bool {
        self.draft.chance(p)
    }

    fn choose(&mut self, list: &'static str) -> &'static str {
        choose(&mut self.draft.rng, list)
    }

    fn rule(&mut self) {
        self.paper.rule(&mut self.draft.rng, self.rules);
    }

    /// A label with this till's colon.
    fn label(&mut self, list: &'static str) -> String {
        let text = self.choose(list);
        if text.is_empty() || text.ends_with([':', '#']) { text.to_owned() } else { format!("{text}{}", self.colon) }
    }

    /// A row of the head.
    fn row(&mut self, pieces: &[Piece]) {
        let style = self.paper.style();
        self.paper.head(self.centred, style, pieces);
    }

    /// An amount that is a field's value.
    fn amount(&mut self, field: Option<FieldName>, minor: i64, printed: String) -> Piece {
        match field {
            Some(field) => self.draft.value(field, printed, Decimal::new(minor, self.land.decimals).to_string()),
            None => Piece::plain(printed),
        }
    }

    /// A label and a value, now and then grown together as readers and tills make them.
    fn labelled(&mut self, label: String, value: Piece) -> Vec<Piece> {
        if label.ends_with([':', '#']) && self.chance(0.12) {
            return vec![Piece { text: format!("{label}{}", value.text), field: value.field }];
        }
        vec![Piece::plain(label), value]
    }

    /// Who sells: name, register number, branch, address, telephone, tax number.
    fn head(&mut self) {
        let name = land::company(&mut self.draft.rng, self.land, self.till.trades);
        let scale = if self.chance(0.5) { 1.0 } else { self.draft.rng.random_range(1.1..1.8) };
        let bold = self.chance(0.4);
        let style = self.paper.scaled(scale, bold);
        if self.chance(0.12) {
            let brand = entities::word(&mut self.draft.rng);
            let large = self.paper.scaled(self.draft.rng.random_range(1.4..2.6), true);
            self.paper.head(self.centred, large, &[Piece::plain(brand)]);
        }
        if self.chance(0.06) {
            // A number stamped or written on the slip.
            let n = self.draft.rng.random_range(5..9);
            let number = digits(&mut self.draft.rng, n);
            let style = self.paper.style();
            self.paper.left(style, &[Piece::plain(number)]);
        }
        let title_first = self.chance(0.12);
        if title_first {
            self.title();
        }
        let mut name = vec![self.draft.value(FieldName::SupplierName, name.clone(), name)];
        let register = land::register(&mut self.draft.rng, self.land);
        let beside = register.is_some() && self.chance(0.2);
        if let (Some(register), true) = (&register, beside) {
            name.push(Piece::plain(register.clone()));
        }
        if self.centred && self.chance(0.12) {
            let loose = self.draft.rng.random_range(1.5..3.5);
            self.paper.spread(style, &name, loose);
        } else {
            self.paper.head(self.centred, style, &name);
        }
        if let (Some(register), false) = (register, beside) {
            self.row(&[Piece::plain(register)]);
        }
        if self.chance(0.2) {
            let branch = self.choose(self.till.branch);
            let n = self.draft.rng.random_range(1..5);
            let number = digits(&mut self.draft.rng, n);
            let text =
                if self.chance(0.5) { format!("({} {branch})", entities::word(&mut self.draft.rng)) } else { format!("{branch} {number}") };
            self.row(&[Piece::plain(text)]);
        }
        if self.chance(0.88) {
            for line in self.address() {
                self.row(&[Piece::plain(line)]);
            }
        }
        if self.chance(0.65) {
            let label = self.choose(self.till.phone);
            let phone = land::phone(&mut self.draft.rng, self.land);
            let mut text = format!("{label} {phone}");
            if self.chance(0.15) {
                text = format!("{text} Fax {}", land::phone(&mut self.draft.rng, self.land));
            }
            self.row(&[Piece::plain(text)]);
        }
        if self.chance(0.15) {
            let site = format!("www.{}.com", entities::word(&mut self.draft.rng).to_lowercase());
            self.row(&[Piece::plain(site)]);
        }
        self.tax_number();
        if !title_first {
            self.title();
        }
    }

    fn tax_number(&mut self) {
        let Some((label, id)) = land::tax_id(&mut self.draft.rng, self.land) else {
            return;
        };
        let label = format!("{label}{}", self.colon);
        let value = self.draft.value(FieldName::SupplierTaxId, id.clone(), id);
        let pieces = self.labelled(label, value);
        let bracketed = self.chance(0.06);
        let pieces = if bracketed {
            let mut all = vec![Piece::plain("(")];
            all.extend(pieces);
            all.push(Piece::plain(")"));
            all
        } else {
            pieces
        };
        if self.chance(0.8) { self.row(&pieces) } else { self.late.push(pieces) }
    }

    fn title(&mut self) {
        let title = self.choose(self.till.title);
        if title.is_empty() {
            return;
        }
        let gap = self.draft.rng.random_range(0.0..1.2);
        self.paper.skip(gap);
        let bold = self.chance(0.5);
        let style = self.paper.scaled(self.draft.rng.random_range(1.0..1.5), bold);
        if self.chance(0.15) {
            let loose = self.draft.rng.random_range(1.5..4.0);
            self.paper.spread(style, &[Piece::plain(title)], loose);
        } else {
            self.paper.centred(style, &[Piece::plain(title)]);
        }
    }

    /// Street and place, in one row or more.
    fn address(&mut self) -> Vec<String> {
        let land = self.land;
        let rng = &mut self.draft.rng;
        let word = entities::word(rng);
        let lines = match land.country {
            "MY" => vec![
                format!(
                    "{}{}, {} {word} {}/{},",
                    pick::<&str>(rng, &["No. ", "NO ", "Lot ", "", "G-"]),
                    rng.random_range(1..180),
                    pick::<&str>(rng, &["Jalan", "Jln", "Lorong", "Persiaran", "Jalan Taman"]),
                    rng.random_range(1..30),
                    rng.random_range(1..30)
                ),
                format!("{} {word}, {}{}.", digits(rng, 5), entities::word(rng), pick::<&str>(rng, &["", ", Utara", ", Selatan"])),
            ],
            "SG" => vec![
                format!(
                    "Blk {} {word} {} #0{}-{}",
                    digits(rng, 3),
                    pick::<&str>(rng, &["Ave 3", "Road", "St 21"]),
                    digits(rng, 1),
                    digits(rng, 2)
                ),
                format!("Singapore {}", digits(rng, 6)),
            ],
            "ID" => vec![format!("Jl. {word} No. {}", rng.random_range(1..200)), format!("{} {}", entities::word(rng), digits(rng, 5))],
            country => {
                let language = LANGUAGES.iter().find(|l| l.code == land.language).copied().unwrap_or(LANGUAGES[0]);
                entities::party(rng, language, country).address
            }
        };
        let capitals = self.chance(0.4);
        let lines = if self.chance(0.12) { vec![lines.join(" ")] } else { lines };
        lines.into_iter().map(|l| if capitals { l.to_uppercase() } else { l }).collect()
    }

    /// The receipt's number in one of the shapes of tills.
    fn number(&mut self) -> String {
        let rng = &mut self.draft.rng;
        let n = rng.random_range(1..9);
        let number = digits(rng, n);
        match rng.random_range(0..12) {
            0..4 => number,
            4 => format!("{}{}{number}", letter(rng), letter(rng)),
            5 => format!("{}{}-{number}", letter(rng), letter(rng)),
            6 => format!("{}-{}-{number}", digits(rng, 2), digits(rng, 2)),
            7 => format!("{}/{number}", digits(rng, 4)),
            8 => format!("{}{}", digits(rng, 6), digits(rng, 8)),
            9 => format!("{}{}{}{}/{number}", letter(rng), letter(rng), letter(rng), digits(rng, 2)),
            10 => format!("#{number}"),
            _ => format!("0{}{number}", digits(rng, 2)),
        }
    }

    /// Number, date, time and what else tills say, in rows of one or two.
    fn meta(&mut self) {
        let mut facts: Vec<Vec<Piece>> = Vec::new();
        if self.chance(0.82) {
            let (label, number) = (self.label(self.till.number), self.number());
            let value = self.draft.value(FieldName::InvoiceNumber, number.clone(), number.trim_start_matches('#'));
            facts.push(self.labelled(label, value));
        }
        let others = *pick(&mut self.draft.rng, &[0, 1, 1, 2, 2, 3, 4]);
        for _ in 0..others {
            let label = self.label(self.till.other);
            let value = match self.draft.rng.random_range(0..4) {
                0 => names::person(&mut self.draft.rng, self.draft.facts.language.code),
                1 => format!("{}{}", letter(&mut self.draft.rng), digits(&mut self.draft.rng, 2)),
                _ => {
                    let n = self.draft.rng.random_range(1..5);
                    digits(&mut self.draft.rng, n)
                }
            };
            facts.push(self.labelled(label, Piece::plain(value)));
        }
        let date = self.date();
        if self.chance(0.14) {
            self.late.push(date);
        } else {
            facts.push(date);
        }
        if self.chance(0.7) {
            facts.shuffle(&mut self.draft.rng);
        }
        if self.chance(0.05) {
            let (label, name) = (self.label(self.till.customer), land::company(&mut self.draft.rng, self.land, self.till.trades));
            let value = self.draft.value(FieldName::BuyerName, name.clone(), name);
            facts.push(vec![Piece::plain(label), value]);
        }
        if self.chance(0.4) {
            self.rule();
        } else {
            self.paper.skip(0.5);
        }
        let style = self.paper.style();
        match self.draft.rng.random_range(0..7) {
            0 | 1 => facts.iter().for_each(|fact| self.paper.left(style, fact)),
            2 => {
                for pair in facts.chunks(2) {
                    match pair {
                        [a, b] => self.paper.ends(style, a, b),
                        rest => rest.iter().for_each(|fact| self.paper.left(style, fact)),
                    }
                }
            }
            3 => facts.iter().for_each(|fact| self.paper.ends(style, &fact[..fact.len() - 1], &fact[fact.len() - 1..])),
            4 => facts.iter().for_each(|fact| self.paper.centred(style, fact)),
            _ => facts.iter().for_each(|fact| self.column(fact)),
        }
    }

    /// A label, and its colon and value in a column of their own.
    fn column(&mut self, fact: &[Piece]) {
        let style = self.paper.style();
        let Some((label, values)) = fact.split_first().filter(|(label, values)| label.field.is_none() && !values.is_empty()) else {
            return self.paper.left(style, fact);
        };
        let name = label.text.trim_end_matches([':', ' ', '.']);
        if name.chars().count() > self.paper.columns * 3 / 10 {
            return self.paper.left(style, fact);
        }
        self.paper.cells(style, &[(0.0, false, Piece::plain(name)), (0.32, false, Piece::plain(":"))], values);
    }

    /// The date, with or without label, the time behind, before or grown to it.
    fn date(&mut self) -> Vec<Piece> {
        let date = self.draft.facts.date;
        let mut printed = self.print.date(date, months(self.land.language));
        let time = self.print.time(&mut self.draft.rng);
        let with_time = self.chance(0.75);
        if with_time && self.chance(0.07) {
            let mark = *pick(&mut self.draft.rng, &["", "T", "-", ","]);
            printed = format!("{printed}{mark}{}", time.replace(' ', ""));
            return vec![self.draft.value(FieldName::IssueDate, printed, date.to_string())];
        }
        let value = self.draft.value(FieldName::IssueDate, printed, date.to_string());
        let mut pieces = if self.chance(0.62) {
            let label = self.label(self.till.date);
            self.labelled(label, value)
        } else {
            vec![value]
        };
        if with_time {
            if self.chance(0.3) {
                let label = self.label(self.till.time);
                pieces.push(Piece::plain(label));
            }
            let before = self.chance(0.1);
            pieces.insert(if before { 0 } else { pieces.len() }, Piece::plain(time));
        }
        pieces
    }
}

/// Names of the months in a till's language.
fn months(language: &str) -> &'static [&'static str; 12] {
    MONTHS.iter().find(|m| m.0 == language).map_or(&MONTHS[0].1, |m| &m.1)
}

#[rustfmt::skip]
const MONTHS: &[(&str, [&str; 12])] = &[
    ("en", ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]),
    ("de", ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"]),
    ("fr", ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]),
    ("es", ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"]),
    ("it", ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"]),
    ("nl", ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"]),
    ("pt", ["janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"]),
    ("pl", ["stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia"]),
];
