//! Repairs of what the recognizer confuses or cannot write: a letter that a known word confirms, a
//! zero among letters, a letter among digits, lost accents, the euro sign it has no character for.
//!
//! A digit is never replaced by another digit, and a string of digits never changes.

use super::ctc::Glyph;
use super::{Line, lexicon};

/// Pairs that look alike in thin, narrow or dotted print.
const ALIKE: [&str; 9] = ["mhn", "wuv", "ti1l", "gcq", "o0", "l1it", "s5", "b8", "z2"];
/// Cost of a likeness for which the recognizer itself gave no sign.
const UNSEEN: f32 = 3.5;
/// The dearest repair of one letter, as the logarithm of how much surer the recognizer was.
const DEAREST: f32 = 4.6;
/// The dearest repair of two letters of a word.
const DEAREST_TWO: f32 = 7.0;

/// Repairs the characters of one word in place.
pub(super) fn word(glyphs: &mut [Glyph]) {
    let mut from = 0;
    while from < glyphs.len() {
        let length = glyphs[from..].iter().take_while(|glyph| glyph.character.is_alphanumeric()).count();
        if length > 0 {
            run(&mut glyphs[from..from + length]);
        }
        from += length.max(1);
    }
}

/// Repairs letters and digits that stand together.
fn run(glyphs: &mut [Glyph]) {
    let count = |is: fn(char) -> bool| glyphs.iter().filter(|glyph| is(glyph.character)).count();
    let (letters, digits, zeros) = (count(char::is_alphabetic), count(|c| c.is_ascii_digit()), count(|c| c == '0'));
    let round = count(|c| c == 'O' || c == 'o');
    if letters >= 3 && digits * 3 <= letters && confirm(glyphs) {
        return;
    }
    if digits > 0 && letters > 0 && letters == round {
        // Digits and the letter O: a number.
        glyphs.iter_mut().filter(|glyph| glyph.character.is_alphabetic()).for_each(|glyph| glyph.character = '0');
    } else if zeros > 0 && zeros == digits && (letters > zeros || reads_no(glyphs)) {
        let small = glyphs.iter().filter(|glyph| glyph.character.is_lowercase()).count() * 2 > letters;
        let letter = if small { 'o' } else { 'O' };
        glyphs.iter_mut().filter(|glyph| glyph.character == '0').for_each(|glyph| glyph.character = letter);
    }
}

/// `N0`, for number.
fn reads_no(glyphs: &[Glyph]) -> bool {
    matches!(glyphs, [first, second] if matches!(first.character, 'N' | 'n') && second.character == '0')
}

pub(super) fn lower(glyphs: &[Glyph]) -> String {
    glyphs.iter().flat_map(|glyph| glyph.character.to_lowercase()).collect()
}

/// Looks for the known word that differs in one or two letters at the least cost and writes it;
/// `true` where the word is known, as it was or now.
fn confirm(glyphs: &mut [Glyph]) -> bool {
    let spelled: Vec<char> = lower(glyphs).chars().collect();
    if spelled.len() != glyphs.len() {
        return false;
    }
    if lexicon::knows(&spelled.iter().collect::<String>()) {
        return true;
    }
    let changes: Vec<(usize, char, f32)> = glyphs
        .iter()
        .enumerate()
        .flat_map(|(index, glyph)| choices(glyph, spelled.len()).into_iter().map(move |(c, cost)| (index, c, cost)))
        .collect();
    let mut best: Option<(f32, Vec<(usize, char)>)> = None;
    let mut attempt = |cost: f32, made: &[(usize, char)]| {
        let mut word = spelled.clone();
        made.iter().for_each(|(index, character)| word[*index] = *character);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) && lexicon::knows(&word.iter().collect::<String>()) {
            best = Some((cost, made.to_vec()));
        }
    };
    for (number, first) in changes.iter().enumerate() {
        attempt(first.2, &[(first.0, first.1)]);
        if spelled.len() >= 5 {
            for second in changes[number + 1..].iter().filter(|second| second.0 != first.0) {
                if first.2 + second.2 <= DEAREST_TWO {
                    attempt(first.2 + second.2, &[(first.0, first.1), (second.0, second.1)]);
                }
            }
        }
    }
    let Some((_, made)) = best else { return restore_accents(glyphs, &spelled) };
    let capitals = glyphs.iter().filter(|glyph| glyph.character.is_uppercase()).count() * 2 > glyphs.len();
    for (index, character) in made {
        let upper = capitals || (index == 0 && glyphs[0].character.is_uppercase());
        glyphs[index].character = if upper { character.to_uppercase().next().unwrap_or(character) } else { character };
    }
    true
}

/// What a character may be instead, lower case, with the cost.
fn choices(glyph: &Glyph, length: usize) -> Vec<(char, f32)> {
    let read = glyph.character.to_lowercase().next().unwrap_or(glyph.character);
    let mut choices: Vec<(char, f32)> = Vec::new();
    for &(other, confidence) in &glyph.others {
        let cost = (glyph.confidence / confidence.max(1e-6)).ln();
        let other = other.to_lowercase().next().unwrap_or(other);
        if other.is_alphabetic() && other != read && cost <= DEAREST {
            choices.push((other, cost));
        }
    }
    // Short words have too many neighbours to trust a mere likeness.
    if length >= 4 {
        let alike = ALIKE.iter().filter(|group| group.contains(read)).flat_map(|group| group.chars());
        for other in alike.filter(|other| other.is_alphabetic() && *other != read) {
            if choices.iter().all(|(known, _)| *known != other) {
                choices.push((other, UNSEEN));
            }
        }
    }
    choices
}

fn restore_accents(glyphs: &mut [Glyph], spelled: &[char]) -> bool {
    let Some(word) = lexicon::accented(&spelled.iter().collect::<String>()) else { return false };
    if word.chars().count() != glyphs.len() {
        return false;
    }
    for (glyph, accented) in glyphs.iter_mut().zip(word.chars()) {
        glyph.character = if glyph.character.is_uppercase() { accented.to_uppercase().next().unwrap_or(accented) } else { accented };
    }
    true
}

/// Whether two neighbours are one known word that was torn apart.
pub(super) fn torn(left: &[Glyph], right: &[Glyph]) -> bool {
    let (left, right) = (lower(left), lower(right));
    left.len() + right.len() >= 4 && lexicon::knows(&format!("{left}{right}")) && !(lexicon::knows(&left) && lexicon::knows(&right))
}

/// Repairs that look at neighbouring words and at the whole page: signs and codes of
/// currencies beside amounts, `PM` and `AM` after times.
pub(super) fn page(lines: &mut [Line]) {
    for line in lines {
        for index in 0..line.words.len() {
            let next = line.words.get(index + 1).is_some_and(|word| comma_amount(&word.text));
            let previous = index > 0 && comma_amount(&line.words[index - 1].text);
            let amount = |at: Option<usize>| at.and_then(|at| line.words.get(at)).is_some_and(|word| decimals(&word.text).is_some());
            let beside_amount = amount(Some(index + 1)) || amount(index.checked_sub(1));
            let after_time = index > 0 && is_time(&line.words[index - 1].text);
            let word = &mut line.words[index];
            if let Some(repaired) = euro(&word.text, next || previous) {
                word.text = repaired;
            } else if let Some(repaired) = ringgit(&word.text, beside_amount) {
                word.text = repaired;
            } else if let Some(repaired) = noon(&word.text, after_time) {
                word.text = repaired;
            }
        }
    }
}

/// An amount with two decimals: digits, separators, and the point or comma before the last two.
pub(super) fn decimals(text: &str) -> Option<char> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let point = text.len().checked_sub(3).and_then(|at| text.as_bytes().get(at)).filter(|byte| matches!(byte, b'.' | b','))?;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) && text.as_bytes()[0].is_ascii_digit();
    (digits >= 3 && plain).then_some(char::from(*point))
}

fn comma_amount(text: &str) -> bool {
    decimals(text) == Some(',')
}

/// `E12,50`, `C12.50`, `12,50E`, and `E` or `C` alone beside an amount with a comma.
fn euro(text: &str, beside_amount: bool) -> Option<String> {
    let sign = ['E', 'C'];
    if let Some(amount) = text.strip_prefix(sign) {
        if amount.is_empty() && beside_amount {
            return Some("€".to_owned());
        }
        return decimals(amount).map(|_| format!("€{amount}"));
    }
    let amount = text.strip_suffix(sign)?;
    comma_amount(amount).then(|| format!("{amount}€"))
}

/// `RH` or `RN` beside an amount or in brackets: `RM`, the ringgit.
fn ringgit(text: &str, beside_amount: bool) -> Option<String> {
    if beside_amount && matches!(text, "RH" | "RN" | "RK") {
        return Some("RM".to_owned());
    }
    let before = ["(RH)", "(RN)", "(RK)"].iter().find_map(|code| text.strip_suffix(code))?;
    Some(format!("{before}(RM)"))
}

fn is_time(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

/// `10:52PH` and `PH` after a time.
fn noon(text: &str, after_time: bool) -> Option<String> {
    let (time, half) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let repaired = match half {
        "PH" | "PN" => "PM",
        "AH" | "AN" => "AM",
        "pn" | "ph" => "pm",
        "an" | "ah" => "am",
        _ => return None,
    };
    ((time.is_empty() && after_time) || is_time(time)).then(|| format!("{time}{repaired}"))
}
