//! Dates as people print them, in eleven languages, and which of day and month comes first.
//!
//! [`parse`] takes a text that is wholly a date; [`inside`] finds one in a word that a label, a weekday or a
//! time of day has grown to, or in which a reader of pictures took letters for digits. Neither guesses:
//! a text that could as well be a document number is none.

use jiff::civil::Date;

/// Names and abbreviations of the months, folded: English, German, French, Spanish, Italian, Dutch,
/// Portuguese, Polish (both cases), Danish, Norwegian, Swedish.
const MONTHS: [&str; 12] = [
    "january januari janvier januar janner jaenner enero gennaio janeiro stycznia styczen jan ene gen sty janv",
    "february februari februar fevrier febrero febbraio fevereiro lutego luty feb fev fevr lut febr feber",
    "march marz maerz mars marzo maart marco marca marzec mar maa mrt mrz mrc",
    "april avril abril aprile kwietnia kwiecien apr avr abr kwi",
    "may mai mayo maggio mei maio maja maj mag",
    "june juni juin junio giugno junho czerwca czerwiec jun giu cze",
    "july juli juillet julio luglio julho lipca lipiec jul juil lug lip",
    "august aout agosto augustus augusti sierpnia sierpien aug ago sie aou",
    "september septembre septiembre settembre setembro wrzesnia wrzesien sep sept set wrz setiembre",
    "october oktober octobre octubre ottobre outubro pazdziernika pazdziernik oct okt ott out paz",
    "november novembre noviembre novembro listopada listopad nov lis",
    "december dezember decembre diciembre dicembre dezembro desember grudnia grudzien dec dez dic gru des",
];

/// The month that a folded word names. Longer names may have a letter misread.
fn month(word: &str) -> Option<i8> {
    let number = |index: usize| i8::try_from(index + 1).ok();
    if let Some(index) = MONTHS.iter().position(|names| names.split(' ').any(|name| name == word)) {
        return number(index);
    }
    if !(6..=12).contains(&word.len()) {
        return None;
    }
    let close = |name: &str| name.len() > 5 && strsim::levenshtein(name, word) == 1;
    MONTHS.iter().position(|names| names.split(' ').any(close)).and_then(number)
}

/// Whether a folded word names a month.
#[must_use]
pub fn names_month(folded: &str) -> bool {
    month(folded).is_some()
}

/// Words that may stand inside a date without meaning.
const FILLERS: &[&str] = &["de", "of", "the", "th", "st", "nd", "rd", "er", "le", "den", "am", "del", "di", "do", "r"];

/// Words that a date may grow to without a mark between, folded.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "date", "dated", "datum", "fecha", "data", "dato", "dt", "dte", "issued", "printed", "vom", "am", "le", "du", "del", "emissione", "emision",
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "on",
];

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

/// Reads a text that is wholly a date. Years 1990 to 2049, of two digits too.
#[must_use]
pub fn parse(text: &str) -> Option<DateGuess> {
    if text.len() > 40 || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (parts, separators) = split(text)?;
    match parts.as_slice() {
        [Part::Number(a, la), Part::Number(b, lb), Part::Number(c, lc)] => {
            let [first, second] = separators.as_slice() else { return None };
            let marks = |c: &char| matches!(c, '.' | '/' | '-');
            // A reader of pictures may take one mark for another; a full year then says that it is a date.
            let alike = first == second
                || (*lc == 4 && *la <= 2 && *lb == 2)
                    && (marks(first) || marks(second))
                    && [first, second].iter().all(|c| marks(c) || **c == ',');
            if !alike || !(marks(first) || marks(second)) {
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

/// A date in a single word without blanks, or in words that a reader cut: behind a label, before a time of
/// day (`"Date:20/03/201818:13"`, `"2018-03-20T18:13"`), with letters for digits (`"2O/03/2018"`), and
/// eight digits by themselves that can be no date but one (`"20180320"`).
#[must_use]
pub fn inside(text: &str) -> Option<DateGuess> {
    if text.len() > 60 || text.bytes().filter(u8::is_ascii_digit).count() < 3 {
        return None;
    }
    let folded = deunicode::deunicode(text);
    let dash = |c: char| if matches!(c, '~' | '_') { '-' } else { c };
    let chars: Vec<char> = folded.chars().filter(|c| !c.is_whitespace()).map(dash).collect();
    let marks = chars.iter().filter(|c| matches!(c, '.' | '/' | '-' | ',')).count();
    if marks < 2 && chars.len() != 8 && chars.iter().filter(|c| c.is_ascii_alphabetic()).count() < 3 {
        return None;
    }
    within(&chars).or_else(|| within(&digits_for_letters(&chars)?))
}

fn within(chars: &[char]) -> Option<DateGuess> {
    let starts = |at: usize| {
        let before = at.checked_sub(1).map(|i| chars[i]);
        match before {
            None => true,
            Some(c) if c.is_ascii_alphabetic() => chars[at].is_ascii_digit() && labelled(&chars[..at]),
            Some('.' | '/' | '-' | ',') => at == 1 || !chars[at - 2].is_ascii_alphanumeric() || labelled(&chars[..at - 1]),
            Some(c) => !c.is_ascii_digit() && c != '\'',
        }
    };
    (0..chars.len()).filter(|&at| chars[at].is_ascii_alphanumeric() && starts(at)).find_map(|at| longest(&chars[at..]))
}

/// Whether the letters that a text ends with are a label of dates.
fn labelled(before: &[char]) -> bool {
    let letters: String = before.iter().rev().take_while(|c| c.is_ascii_alphabetic()).map(char::to_ascii_lowercase).collect();
    let word: String = letters.chars().rev().collect();
    LABELS.contains(&word.as_str())
}

/// Letters of a date without blanks, at most.
const LONGEST: usize = 20;

/// The longest beginning that is a date and that a time of day, a word or nothing follows.
fn longest(chars: &[char]) -> Option<DateGuess> {
    let printed = |c: &&char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | ',' | '\'');
    let limit = chars.iter().take(LONGEST).take_while(printed).count();
    (6..=limit).rev().filter(|&end| chars[end - 1].is_ascii_digit()).find_map(|end| {
        if !ends(chars, end) {
            return None;
        }
        let head: String = chars[..end].iter().collect();
        parse(&head).or_else(|| eight_digits(&head)).or_else(|| grown(&chars[..end]))
    })
}

/// Whether a date may end before `end`.
fn ends(chars: &[char], end: usize) -> bool {
    let rest = &chars[end..];
    let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let clock = |c: Option<&char>| matches!(c, Some(':' | '.' | 'h' | 'H'));
    match rest.first() {
        None => true,
        Some(c) if c.is_ascii_digit() => {
            matches!(digits, 1 | 2) && clock(rest.get(digits)) && rest.get(digits + 1).is_some_and(char::is_ascii_digit)
        }
        Some('.' | '/' | '-' | ',') => !rest.get(1).is_some_and(char::is_ascii_digit) || rest.iter().take(5).any(|c| *c == ':'),
        // One letter among digits is a digit misread.
        Some('T' | 't') => chars[end - 1].is_ascii_digit(),
        Some(c) => !c.is_ascii_alphabetic() || chars[end - 1].is_ascii_digit() && !rest.get(1).is_some_and(char::is_ascii_digit),
    }
}

/// `20MAR2018` and `20MAR18`: day, month and year without marks.
fn grown(chars: &[char]) -> Option<DateGuess> {
    let day: String = chars.iter().take_while(|c| c.is_ascii_digit()).collect();
    let word: String = chars[day.len()..].iter().take_while(|c| c.is_ascii_alphabetic()).map(char::to_ascii_lowercase).collect();
    let rest: String = chars[day.len() + word.len()..].iter().collect();
    if day.is_empty() || day.len() > 2 || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    date(year(rest.parse().ok()?, rest.len())?, month(&word)?, day.parse().ok()?).map(DateGuess::only)
}

/// `20180320` or `20032018`, of the years 2000 to 2039 only.
fn eight_digits(text: &str) -> Option<DateGuess> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<i32>().ok();
    let likely = |year: i32| (2000..2040).contains(&year);
    let day = |year: i32, month: i32, day: i32| if likely(year) { date(year, i8::try_from(month).ok()?, day) } else { None };
    let year_first = day(number(0, 4)?, number(4, 6)?, number(6, 8)?);
    year_first.or_else(|| day(number(4, 8)?, number(2, 4)?, number(0, 2)?)).map(DateGuess::only)
}

/// The text with the letters that readers of pictures take for digits turned back, where most of it is digits.
fn digits_for_letters(chars: &[char]) -> Option<Vec<char>> {
    let digits = chars.iter().filter(|c| c.is_ascii_digit()).count();
    if digits < 4 || digits * 2 < chars.len() {
        return None;
    }
    let turned: Vec<char> = chars
        .iter()
        .map(|c| match c {
            'O' | 'o' | 'D' | 'Q' => '0',
            'l' | 'I' | 'i' | '|' | '!' => '1',
            'S' | 's' => '5',
            'B' => '8',
            'Z' | 'z' => '2',
            'g' | 'q' => '9',
            other => *other,
        })
        .collect();
    (turned != chars).then_some(turned)
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
                ',' if between == ' ' => between = ',',
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
        2 if value >= 90 => Some(1900 + value),
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
    fn dates_grown_to_other_words_are_found() {
        let found = |text: &str| inside(text).and_then(|g| g.resolve(false)).map_or_else(|| "none".to_owned(), |d| d.to_string());
        for text in [
            "Date:20/03/2018",
            "20/03/201818:13",
            "20/03/1818:13",
            "2018-03-20T18:13:00",
            "20/03/2018Time:18:13",
            "[Sales]2018-03-20",
            "20-MAR-2018",
            "20MAR2018",
            "20Mar18",
            "2O/O3/2018",
            "2018~03-20",
            "20/03/20l8",
            "20/03/2O18",
            "20180320",
            "20032018",
            "Date20.03.2018",
            "20 /03/ 2018",
            "Tue20/03/2018",
            "20-Mar-2018,6:13PM",
        ] {
            assert_eq!(found(text), "2018-03-20", "{text}");
        }
        for text in
            ["INV-20-03-2018", "INV20-03-2018", "1.20.03.2018.5", "203.2018.11", "SO-20180320-7", "12345678", "20/03/20181", "99/99/2018"]
        {
            assert_eq!(found(text), "none", "{text}");
        }
        assert_eq!(inside("20.Marz2018"), parse("20. Marz 2018"));
    }

    #[test]
    fn months_are_known_in_many_languages_and_with_a_letter_misread() {
        for text in [
            "3 września 2021",
            "3 de setembro de 2021",
            "3. september 2021",
            "3 Septemher 2021",
            "3 wrzesień 2021",
            "3 set 2021",
            "le 3 sept. 2021",
        ] {
            assert_eq!(one(text), "2021-09-03", "{text}");
        }
        assert_eq!(one("23-10-92"), "1992-10-23");
        assert_eq!(one("22,02/2014"), "2014-02-22");
        assert_eq!(one("3 Members 2021"), "none");
    }

    #[test]
    fn impossible_readings_decide_the_order() {
        assert!(parse("10/18/18").unwrap().proves_month_first());
        assert!(parse("18/10/2018").unwrap().proves_day_first());
        assert_eq!(parse("03/04/2018").unwrap().resolve(true).unwrap().to_string(), "2018-03-04");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text in "[0-9OlS./, '-]{0,24}|\\PC{0,70}|[0-9]{1,4}[a-zA-Z./ -]{1,10}[0-9]{0,4}[a-zA-Z:]{0,6}") {
            for guess in [parse(&text), inside(&text)].into_iter().flatten() {
                proptest::prop_assert!(guess.resolve(true).is_some() && guess.resolve(false).is_some());
            }
        }

        #[test]
        fn every_date_is_found_as_it_is_printed(days in 0_i32..18_000, time in "|T18:13|18:13|Time:9:05") {
            let date = Date::constant(2000, 1, 1).saturating_add(jiff::ToSpan::days(i64::from(days)));
            let printed = format!("{}{time}", date.strftime("%d/%m/%Y"));
            proptest::prop_assert_eq!(inside(&printed).and_then(|g| g.resolve(false)), Some(date), "{}", printed);
            proptest::prop_assert_eq!(parse(&date.to_string()).and_then(|g| g.resolve(true)), Some(date));
        }
    }
}
