//! The standard fonts of PDF: their names, their widths, and the codes of their letters.

/// A family of the standard fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Helvetica.
    Sans,
    /// Times.
    Serif,
    /// Courier.
    Fixed,
}

/// Widths from blank (32) to `~` (126) in thousandths of the size, as Adobe's metrics give them.
type Widths = [u16; 95];

#[rustfmt::skip] // One row of the code page a line.
const HELVETICA: Widths = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
#[rustfmt::skip] // One row of the code page a line.
const HELVETICA_BOLD: Widths = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];
#[rustfmt::skip] // One row of the code page a line.
const TIMES: Widths = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
    921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
    333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];
#[rustfmt::skip] // One row of the code page a line.
const TIMES_BOLD: Widths = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500,
    930, 722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722, 722, 667, 333, 278, 333, 581, 500,
    333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];

/// Letters that the standard code page lacks, with the names that fonts have for them.
const NAMED: &[(char, &str)] = &[
    ('ą', "aogonek"),
    ('ć', "cacute"),
    ('ę', "eogonek"),
    ('ł', "lslash"),
    ('ń', "nacute"),
    ('ś', "sacute"),
    ('ź', "zacute"),
    ('ż', "zdotaccent"),
    ('Ą', "Aogonek"),
    ('Ć', "Cacute"),
    ('Ę', "Eogonek"),
    ('Ł', "Lslash"),
    ('Ń', "Nacute"),
    ('Ś', "Sacute"),
    ('Ź', "Zacute"),
    ('Ż', "Zdotaccent"),
];

/// The code of a letter in `WinAnsiEncoding`.
pub fn win_ansi(c: char) -> Option<u8> {
    let mut buffer = [0; 4];
    let (bytes, _, missing) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
    match (bytes.as_ref(), missing) {
        ([code], false) if *code >= 32 && !c.is_control() => Some(*code),
        _ => None,
    }
}

/// The name of a letter's glyph: of the usual ones, else by its code point.
pub fn glyph_name(c: char) -> String {
    NAMED.iter().find(|n| n.0 == c).map_or_else(|| format!("uni{:04X}", u32::from(c)), |n| n.1.to_owned())
}

impl Family {
    /// The font's name.
    pub fn name(self, bold: bool) -> &'static str {
        match (self, bold) {
            (Self::Sans, false) => "Helvetica",
            (Self::Sans, true) => "Helvetica-Bold",
            (Self::Serif, false) => "Times-Roman",
            (Self::Serif, true) => "Times-Bold",
            (Self::Fixed, false) => "Courier",
            (Self::Fixed, true) => "Courier-Bold",
        }
    }

    /// A letter's width in thousandths of the size; of a letter with a mark, its base letter's.
    pub fn width(self, bold: bool, c: char) -> f32 {
        let table = match (self, bold) {
            (Self::Fixed, _) => return 600.0,
            (Self::Sans, false) => &HELVETICA,
            (Self::Sans, true) => &HELVETICA_BOLD,
            (Self::Serif, false) => &TIMES,
            (Self::Serif, true) => &TIMES_BOLD,
        };
        let base = if c.is_ascii() { c } else { deunicode::deunicode_char(c).and_then(|s| s.chars().next()).unwrap_or('n') };
        let place = u32::from(base).checked_sub(32).and_then(|i| usize::try_from(i).ok());
        f32::from(place.and_then(|i| table.get(i)).copied().unwrap_or(556))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_codes_names_and_widths() {
        assert_eq!(
            [win_ansi('A'), win_ansi('€'), win_ansi('ü'), win_ansi('ł'), win_ansi('\t')],
            [Some(65), Some(128), Some(252), None, None]
        );
        assert_eq!((glyph_name('ł').as_str(), glyph_name('₹').as_str()), ("lslash", "uni20B9"));
        assert_eq!((Family::Sans.width(false, 'ä'), Family::Serif.width(true, '0'), Family::Fixed.width(true, 'i')), (556.0, 500.0, 600.0));
    }
}
