//! Decoding what the recognizer says for each step along the line (Graves et al., "Connectionist
//! temporal classification", 2006), best path: repeats are one character, blanks part repeats.

/// A character with its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glyph {
    pub character: char,
    /// Where its steps are centred along the line, 0 to 1.
    pub at: f32,
    /// The largest probability among its steps.
    pub confidence: f32,
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
        let middle = |from: usize| (from + step + 1) as f32 / 2.0 / count;
        match class {
            0 => {}
            class if class == last => {
                if let Some(glyph) = glyphs.last_mut() {
                    glyph.at = middle(from);
                    glyph.confidence = glyph.confidence.max(confidence);
                }
            }
            class => {
                from = step;
                glyphs.push(Glyph { character: alphabet[class - 1], at: middle(from), confidence });
            }
        }
        last = class;
    }
    glyphs
}
