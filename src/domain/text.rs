//! Folding of names and numbers, so that what people take for the same compares equal.

use std::borrow::Cow;

/// Lower-case ASCII letters, digits and single spaces: accents and case folded, punctuation gone.
#[must_use]
pub fn fold(text: &str) -> String {
    let ascii = plain(text).to_ascii_lowercase();
    let mut out = String::with_capacity(ascii.len());
    for c in ascii.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The text in ASCII; borrowed where it is ASCII already, as most is.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(deunicode::deunicode(text)) }
}

/// Legal forms that say nothing about who a company is.
const LEGAL_FORMS: &[&str] = &[
    "gmbh",
    "ag",
    "kg",
    "ohg",
    "ug",
    "gbr",
    "mbh",
    "co",
    "inc",
    "llc",
    "ltd",
    "limited",
    "plc",
    "corp",
    "corporation",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "sl",
    "bv",
    "nv",
    "oy",
    "ab",
    "as",
    "aps",
    "sp",
    "zoo",
    "lda",
    "company",
    "ev",
    "eg",
    "se",
    "bhd",
    "berhad",
    "pte",
    "pty",
    "llp",
    "eurl",
    "snc",
    "ltda",
];

/// Whether a folded word is a company's legal form.
#[must_use]
pub fn is_legal_form(folded: &str) -> bool {
    LEGAL_FORMS.contains(&folded)
}

/// A company's name without legal form, folded: `"Kraxi GmbH"` and `"KRAXI"` give `"kraxi"`.
#[must_use]
pub fn company_key(name: &str) -> String {
    let folded = fold(name);
    let kept: Vec<&str> = folded.split(' ').filter(|word| !LEGAL_FORMS.contains(word)).collect();
    if kept.is_empty() { folded } else { kept.join(" ") }
}

/// The canonical key of a document number: letters and digits only, upper case, each run of digits
/// without leading zeros, so that `"RE-003411"`, `"re 3411"` and `"RE/3411"` meet.
#[must_use]
pub fn number_key(number: &str) -> String {
    let ascii = plain(number).to_ascii_uppercase();
    let mut out = String::with_capacity(ascii.len());
    let mut in_digits = false;
    let mut zeros = false;
    for c in ascii.chars() {
        match c {
            '0' if !in_digits => zeros = true,
            '0'..='9' => {
                in_digits = true;
                zeros = false;
                out.push(c);
            }
            'A'..='Z' => {
                if zeros {
                    out.push('0');
                }
                (in_digits, zeros) = (false, false);
                out.push(c);
            }
            _ => {
                if zeros {
                    out.push('0');
                }
                (in_digits, zeros) = (false, false);
            }
        }
    }
    if zeros {
        out.push('0');
    }
    out
}

/// A stricter key: runs of letters and runs of digits (without leading zeros) kept apart, so that
/// `"2024-1-11"` and `"2024-11-1"` differ while `"RE-003411"` and `"re 3411"` meet.
#[must_use]
pub fn number_runs(number: &str) -> String {
    let ascii = deunicode::deunicode(number).to_ascii_uppercase();
    let mut runs: Vec<String> = Vec::new();
    let mut last = None;
    for c in ascii.chars() {
        let sort = match c {
            '0'..='9' => Some(true),
            'A'..='Z' => Some(false),
            _ => None,
        };
        match (sort, runs.last_mut()) {
            (Some(_), Some(run)) if sort == last => run.push(c),
            (Some(_), _) => runs.push(c.to_string()),
            (None, _) => {}
        }
        last = sort;
    }
    let bare = |run: &String| match run.trim_start_matches('0') {
        "" => "0".to_owned(),
        rest => rest.to_owned(),
    };
    runs.iter().map(bare).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_meet_without_form_case_or_accent() {
        assert_eq!(company_key("Kraxi GmbH"), company_key("KRAXI"));
        assert_eq!(company_key("Société Générale S.A.S."), "societe generale s a s");
        assert_eq!(company_key("Müller & Söhne GmbH & Co. KG"), "muller sohne");
        assert_eq!(company_key("AG"), "ag");
    }

    #[test]
    fn runs_of_digits_stay_apart_in_the_stricter_key() {
        assert_eq!(number_runs("RE-003411"), number_runs("re 3411"));
        assert_ne!(number_runs("2024-1-11"), number_runs("2024-11-1"));
        assert_ne!(number_runs("1/11"), number_runs("11/1"));
        assert_eq!(number_runs("00"), "0");
        assert_eq!(number_runs("–"), "");
    }

    #[test]
    fn numbers_meet_without_punctuation_or_leading_zeros() {
        for same in ["RE-003411", "re 3411", "RE/3411", "RE3411"] {
            assert_eq!(number_key(same), "RE3411");
        }
        assert_eq!(number_key("2014-03"), "20143");
        assert_eq!(number_key("000"), "0");
        assert_ne!(number_key("1001"), number_key("11"));
    }
}
