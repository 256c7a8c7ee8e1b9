//! Dates as people print them, in eight languages, and which of day and month comes first.

use jiff::civil::Date;

/// Months by the first letters of their names, folded; longer prefixes first where they clash.
const MONTHS: &[(&str, i8)] = &[
    ("januari", 1),
    ("janvier", 1),
    ("january", 1),
    ("januar", 1),
    ("janner", 1),
    ("jaenner", 1),
    ("enero", 1),
    ("gennaio", 1),
    ("janeiro", 1),
    ("stycznia", 1),
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("sty", 1),
    ("janv", 1),
    ("februari", 2),
    ("february", 2),
    ("februar", 2),
    ("fevrier", 2),
    ("febrero", 2),
    ("febbraio", 2),
    ("fevereiro", 2),
    ("lutego", 2),
    ("feb", 2),
    ("fev", 2),
    ("fevr", 2),
    ("lut", 2),
    ("marzo", 3),
    ("march", 3),
    ("marz", 3),
    ("maerz", 3),
    ("maart", 3),
    ("mars", 3),
    ("marco", 3),
    ("marca", 3),
    ("mar", 3),
    ("mrt", 3),
    ("mrz", 3),
    ("april", 4),
    ("avril", 4),
    ("abril", 4),
    ("aprile", 4),
    ("kwietnia", 4),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("mai", 5),
    ("may", 5),
    ("mei", 5),
    ("mayo", 5),
    ("maggio", 5),
    ("maio", 5),
    ("maja", 5),
    ("mag", 5),
    ("maj", 5),
    ("juni", 6),
    ("june", 6),
    ("juin", 6),
    ("junio", 6),
    ("giugno", 6),
    ("junho", 6),
    ("czerwca", 6),
    ("jun", 6),
    ("giu", 6),
    ("cze", 6),
    ("juli", 7),
    ("july", 7),
    ("juillet", 7),
    ("julio", 7),
    ("luglio", 7),
    ("julho", 7),
    ("lipca", 7),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("lip", 7),
    ("augustus", 8),
    ("august", 8),
    ("aout", 8),
    ("agosto", 8),
    ("sierpnia", 8),
    ("aug", 8),
    ("ago", 8),
    ("sie", 8),
    ("september", 9),
    ("septembre", 9),
    ("septiembre", 9),
    ("settembre", 9),
    ("setembro", 9),
    ("wrzesnia", 9),
    ("sep", 9),
    ("sept", 9),
    ("set", 9),
    ("wrz", 9),
    ("oktober", 10),
    ("october", 10),
    ("octobre", 10),
    ("octubre", 10),
    ("ottobre", 10),
    ("outubro", 10),
    ("pazdziernika", 10),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paz", 10),
    ("november", 11),
    ("novembre", 11),
    ("noviembre", 11),
    ("novembro", 11),
    ("listopada", 11),
    ("nov", 11),
    ("lis", 11),
    ("dezember", 12),
    ("december", 12),
    ("decembre", 12),
    ("diciembre", 12),
    ("dicembre", 12),
    ("dezembro", 12),
    ("grudnia", 12),
    ("dec", 12),
    ("dez", 12),
    ("dic", 12),
    ("gru", 12),
];

/// Words that may stand inside a date without meaning.
const FILLERS: &[&str] = &["de", "of", "the", "th", "st", "nd", "rd", "er", "le", "den", "am", "del"];

/// A date as printed: one reading, or two where day and month can be swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateGuess {
    /// Reading with the day first (or the only one).
    pub day_first: Option<Date>,
    /// Reading with the month first (or the only one).
    pub month_first: Option<Date>,
}

impl DateGuess {
    fn only(date: Date) -> Self {
        Self { day_first: Some(date), month_first: Some(date) }
    }

    /// The reading under a document's convention, else the other.
    #[must_use]
    pub fn resolve(&self, month_first: bool) -> Option<Date> {
        if month_first { self.month_first.or(self.day_first) } else { self.day_first.or(self.month_first) }
    }

    /// Whether only one reading is possible, and it is the one with the month first.
    #[must_use]
    pub fn proves_month_first(&self) -> bool {
        self.day_first.is_none() && self.month_first.is_some()
    }

    /// Whether only one reading is possible, and it is the one with the day first.
    #[must_use]
    pub fn proves_day_first(&self) -> bool {
        self.month_first.is_none() && self.day_first.is_some()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Number(i32, usize),
    Word(String),
}

/// Reads a text that is wholly a date. Years 1990 to 2049; two-digit years are of this century.
#[must_use]
pub fn parse(text: &str) -> Option<DateGuess> {
    if text.len() > 40 || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (parts, separators) = split(text)?;
    let month = |word: &str| MONTHS.iter().find(|(name, _)| *name == word).map(|m| m.1);
    match parts.as_slice() {
        [Part::Number(a, la), Part::Number(b, lb), Part::Number(c, lc)] => {
            let separator = separators.first()?;
            if !separators.iter().all(|s| s == separator) || !matches!(separator, '.' | '/' | '-') {
                return None;
            }
            numeric((*a, *la), (*b, *lb), (*c, *lc))
        }
        [Part::Number(a, la), Part::Word(m), Part::Number(c, lc)] if *la == 4 && *lc <= 2 => date(*a, month(m)?, *c).map(DateGuess::only),
        [Part::Number(a, la), Part::Word(m), Part::Number(c, lc)] if *la <= 2 => date(year(*c, *lc)?, month(m)?, *a).map(DateGuess::only),
        [Part::Word(m), Part::Number(a, la), Part::Number(c, lc)] if *la <= 2 => date(year(*c, *lc)?, month(m)?, *a).map(DateGuess::only),
        _ => None,
    }
}

/// Cuts into numbers and words; the separators between numbers are kept. `None` where the text has
/// anything that no date has.
fn split(text: &str) -> Option<(Vec<Part>, Vec<char>)> {
    let ascii = deunicode::deunicode(text).to_ascii_lowercase();
    let mut parts = Vec::new();
    let mut separators = Vec::new();
    let mut between = ' ';
    let bytes: Vec<char> = ascii.trim_matches([' ', ',', ';', ':']).chars().collect();
    let mut i = 0;
    while i < bytes.len() {
        let start = i;
        if bytes[i].is_ascii_digit() {
            while i < bytes.len() && bytes[i].is_ascii_digit() {
                i += 1;
            }
            let digits: String = bytes[start..i].iter().collect();
            if digits.len() > 4 {
                return None;
            }
            if matches!(parts.last(), Some(Part::Number(..))) {
                separators.push(between);
            }
            parts.push(Part::Number(digits.parse().ok()?, digits.len()));
            between = ' ';
        } else if bytes[i].is_ascii_alphabetic() {
            while i < bytes.len() && bytes[i].is_ascii_alphabetic() {
                i += 1;
            }
            let word: String = bytes[start..i].iter().collect();
            if !FILLERS.contains(&word.as_str()) {
                parts.push(Part::Word(word));
            }
        } else {
            match bytes[i] {
                c @ ('.' | '/' | '-') => between = c,
                ' ' | ',' | '\'' => {}
                _ => return None,
            }
            i += 1;
        }
        if parts.len() > 3 {
            return None;
        }
    }
    Some((parts, separators))
}

fn numeric(a: (i32, usize), b: (i32, usize), c: (i32, usize)) -> Option<DateGuess> {
    if a.1 == 4 {
        return date(a.0, i8::try_from(b.0).ok()?, c.0).map(DateGuess::only);
    }
    if a.1 > 2 || b.1 > 2 {
        return None;
    }
    let year = year(c.0, c.1)?;
    let guess = DateGuess {
        day_first: i8::try_from(b.0).ok().and_then(|month| date(year, month, a.0)),
        month_first: i8::try_from(a.0).ok().and_then(|month| date(year, month, b.0)),
    };
    (guess.day_first.is_some() || guess.month_first.is_some()).then_some(guess)
}

fn year(value: i32, digits: usize) -> Option<i32> {
    match digits {
        4 => Some(value),
        2 => Some(2000 + value),
        _ => None,
    }
}

fn date(year: i32, month: i8, day: i32) -> Option<Date> {
    if !(1990..2050).contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, month, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        parse(text).and_then(|g| g.resolve(false)).map_or_else(|| "none".to_owned(), |d| d.to_string())
    }

    #[test]
    fn printed_dates_are_read() {
        for text in [
            "11.07.2014",
            "11. Juli 2014",
            "11 juillet 2014",
            "July 11, 2014",
            "2014-07-11",
            "11-Jul-14",
            "11/07/14",
            "11 de julio de 2014",
            "le 11 juillet 2014",
            "11th July 2014",
            "11. 07. 2014",
        ] {
            assert_eq!(one(text), "2014-07-11", "{text}");
        }
        for text in ["1 234 56", "12.50", "31.02.2014", "2014", "11.07", "1.2.3.4", "99/99/2014", "INV-11-07-2014", "12 345 2014"] {
            assert_eq!(one(text), "none", "{text}");
        }
    }

    #[test]
    fn impossible_readings_decide_the_order() {
        assert!(parse("10/18/18").unwrap().proves_month_first());
        assert!(parse("18/10/2018").unwrap().proves_day_first());
        assert_eq!(parse("03/04/2018").unwrap().resolve(true).unwrap().to_string(), "2018-03-04");
    }
}
