//! Fingerprints of documents: the look of a page and the words on it, so that the same paper is known
//! again when it was scanned twice.
//!
//! Computed once a document, when it has been read; compared when two payables are. The look is a
//! difference hash (each cell of a coarse grid against its right neighbour), which survives scaling,
//! light and compression; the words are a MinHash (Broder 1997) over runs of three words, which survives
//! a misread word. They say that two papers are alike, not that one debt is paid twice: papers of one
//! supplier share their letterhead, so only near equality counts.

use super::hash;

/// Values of a MinHash.
const VALUES: usize = 32;
/// Values of a band: documents that agree in a whole band are compared.
const BAND: usize = 4;
/// Words of a run.
const RUN: usize = 3;
/// Columns and rows of the grid; a row of cells gives one comparison fewer than it has cells.
const GRID: (usize, usize) = (9, 8);

/// What a document looks like and says. The default knows nothing and is like nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// The look of the first page; absent without a picture, or for an even one.
    pub image: Option<u64>,
    /// MinHash of the words, 32 values; empty where there are fewer than three words.
    pub shingles: Vec<u32>,
}

impl Fingerprint {
    /// From the grey values of the first page (row by row, `width` a row) and the words of all pages.
    #[must_use]
    pub fn of<'a>(page: Option<(usize, &[u8])>, words: impl IntoIterator<Item = &'a str>) -> Self {
        Self { image: page.and_then(|(width, grey)| image_hash(width, grey)), shingles: shingles(words) }
    }

    /// How alike two documents are, 0 to 1: the words where both have them, else the look; 0 where nothing
    /// can be compared.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        self.words_alike(other).or_else(|| self.look_alike(other)).unwrap_or(0.0)
    }

    /// Share of the runs of words that both have, estimated; `None` where one has none.
    #[must_use]
    pub fn words_alike(&self, other: &Self) -> Option<f32> {
        let known = !self.shingles.is_empty() && self.shingles.len() == other.shingles.len();
        let equal = self.shingles.iter().zip(&other.shingles).filter(|(x, y)| x == y).count();
        known.then(|| equal as f32 / self.shingles.len() as f32)
    }

    /// Share of the grid's comparisons beyond chance that agree; `None` where one has no picture.
    #[must_use]
    pub fn look_alike(&self, other: &Self) -> Option<f32> {
        let apart = (self.image? ^ other.image?).count_ones();
        Some((1.0 - apart as f32 / 32.0).max(0.0))
    }

    /// Blocking keys: documents that share one are compared. At most 12.
    #[must_use]
    pub fn block_keys(&self) -> Vec<u64> {
        let mut keys: Vec<u64> = self
            .shingles
            .chunks_exact(BAND)
            .enumerate()
            .map(|(band, values)| hash(8, &[&band.to_string(), &format!("{values:?}")]))
            .collect();
        if let Some(image) = self.image {
            // Of four quarters one stays whole where up to three bits differ.
            keys.extend((0..4).map(|part| hash(9, &[&part.to_string(), &(image >> (16 * part) & 0xffff).to_string()])));
        }
        keys
    }
}

/// A difference hash; `None` for a page too small or without any contrast.
fn image_hash(width: usize, grey: &[u8]) -> Option<u64> {
    let height = grey.len().checked_div(width)?;
    if width < GRID.0 || height < GRID.1 {
        return None;
    }
    let cell = |column: usize, row: usize| -> f64 {
        let (left, right) = (column * width / GRID.0, (column + 1) * width / GRID.0);
        let (top, bottom) = (row * height / GRID.1, (row + 1) * height / GRID.1);
        let sum: u64 = (top..bottom).flat_map(|y| &grey[y * width + left..y * width + right]).map(|value| u64::from(*value)).sum();
        sum as f64 / ((right - left) * (bottom - top)) as f64
    };
    let (mut bits, mut contrast) = (0_u64, 0.0_f64);
    for row in 0..GRID.1 {
        for column in 0..GRID.0 - 1 {
            let difference = cell(column, row) - cell(column + 1, row);
            contrast = contrast.max(difference.abs());
            bits = bits << 1 | u64::from(difference > 0.0);
        }
    }
    (contrast >= 1.0).then_some(bits)
}

/// The least hash of all runs of words, under each of [`VALUES`] hash functions.
fn shingles<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<u32> {
    let folded: Vec<String> = words.into_iter().map(crate::domain::text::fold).filter(|word| !word.is_empty()).collect();
    if folded.len() < RUN {
        return Vec::new();
    }
    let mut least = vec![u32::MAX; VALUES];
    for run in folded.windows(RUN) {
        let parts: Vec<&str> = run.iter().map(String::as_str).collect();
        let mut state = hash(10, &parts);
        for value in &mut least {
            // A step of SplitMix64 gives the next function's value.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *value = (*value).min((mixed >> 32) as u32);
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> Fingerprint {
        Fingerprint::of(None, words.split(' '))
    }

    fn shares(a: &Fingerprint, b: &Fingerprint) -> bool {
        let keys = a.block_keys();
        b.block_keys().iter().any(|key| keys.contains(key))
    }

    const INVOICE: &str = "Kraxi GmbH Hauptstrasse 7 Wien Rechnung RE-48213 vom 6. Mai 2024 Kunde 10077 zwei Kisten Schrauben M8 \
        verzinkt 40,00 eine Kiste Muttern M8 verzinkt 19,00 Lieferung frei Haus Netto 99,16 Umsatzsteuer 19,84 Gesamt 119,00 EUR zahlbar \
        in 14 Tagen ohne Abzug auf unser Konto";

    #[test]
    fn a_misread_word_changes_little_and_another_paper_is_another() {
        let (first, again) = (text(INVOICE), text(&INVOICE.replace("Schrauben", "5chrauben")));
        assert!(first.similarity(&first) == 1.0 && first.similarity(&again) > 0.75, "{}", first.similarity(&again));
        assert!(shares(&first, &again));
        let other =
            text("Dorn AG Lagerweg 3 Bern Gutschrift 77 Miete Juni Halle 2 Betrag CHF 4000 zahlbar sofort an die Verwaltung dankend");
        assert!(first.similarity(&other) < 0.1 && !shares(&first, &other));
    }

    #[test]
    fn the_look_survives_scale_and_light() {
        let page = |width: usize, height: usize, light: f64| -> Vec<u8> {
            let value = |x: usize, y: usize| {
                let (u, v) = (x as f64 / width as f64, y as f64 / height as f64);
                (120.0 + 60.0 * (u * 17.0 + v * 5.0).sin() + 30.0 * (v * 29.0).cos() * (u * 8.0).sin()) * light
            };
            (0..height).flat_map(|y| (0..width).map(move |x| value(x, y) as u8)).collect()
        };
        let (a, b) = (image_hash(180, &page(180, 240, 1.0)).unwrap(), image_hash(97, &page(97, 131, 0.8)).unwrap());
        let prints = [a, b, !a].map(|image| Fingerprint { image: Some(image), shingles: Vec::new() });
        assert!(prints[0].similarity(&prints[1]) > 0.8, "{a:x} {b:x}");
        assert_eq!(prints[0].similarity(&prints[2]), 0.0);
        assert_eq!(image_hash(180, &[255; 180 * 240]), None);
        assert_eq!(image_hash(0, &[]), None);
    }

    #[test]
    fn nothing_known_is_like_nothing() {
        let nothing = Fingerprint::default();
        assert_eq!(nothing.similarity(&text(INVOICE)), 0.0);
        assert!(nothing.block_keys().is_empty() && text("two words").shingles.is_empty());
    }
}
