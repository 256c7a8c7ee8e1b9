//! Decoding what the recognizer says for each step along the line (Graves et al., "Connectionist
//! temporal classification", 2006), best path: repeats are one character, blanks part repeats.

/// A character with its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glyph {
    pub character: char,
    /// As the recognizer read it, before any repair.
    pub read: char,
    /// Where its steps are centred along the line, 0 to 1.
    pub at: f32,
    /// The largest probability among its steps.
    pub confidence: f32,
    /// The next likely characters at that step, with their probabilities.
    pub others: [(char, f32); 2],
}

/// Decodes rows of probabilities, one row a step; class 0 is the blank, class `n` is
/// `alphabet[n - 1]`.
pub(super) fn decode(steps: &[f32], alphabet: &[char]) -> Vec<Glyph> {
    let classes = alphabet.len() + 1;
    let count = (steps.len() / classes).max(1) as f32;
    let mut glyphs: Vec<Glyph> = Vec::new();
    let mut last = 0;
    let mut from = 0;
    for (step, row) in steps.chunks_exact(classes).enumerate() {
        let (class, confidence) =
            row.iter().copied().enumerate().fold((0, f32::MIN), |best, next| if next.1 > best.1 { next } else { best });
        if class != 0 {
            if class != last {
                from = step;
                let character = alphabet[class - 1];
                glyphs.push(Glyph { character, read: character, at: 0.0, confidence: 0.0, others: [(' ', 0.0); 2] });
            }
            if let Some(glyph) = glyphs.last_mut() {
                glyph.at = (from + step + 1) as f32 / 2.0 / count;
                if confidence > glyph.confidence {
                    glyph.confidence = confidence;
                    glyph.others = others(row, class, alphabet);
                }
            }
        }
        last = class;
    }
    glyphs
}

/// The two likeliest characters beside `best`.
fn others(row: &[f32], best: usize, alphabet: &[char]) -> [(char, f32); 2] {
    let mut others = [(' ', 0.0); 2];
    for (class, confidence) in row.iter().copied().enumerate().skip(1).filter(|(class, _)| *class != best) {
        if confidence > others[0].1 {
            others = [(alphabet[class - 1], confidence), others[0]];
        } else if confidence > others[1].1 {
            others[1] = (alphabet[class - 1], confidence);
        }
    }
    others
}
