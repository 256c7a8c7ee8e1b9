//! One letter on the page: which character it is, where it stands, how large and how bold it is.

use hayro::hayro_interpret::font::{Glyph as Drawn, GlyphRun, PositionedGlyph, Type3Glyph};
use hayro::hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro::hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask};
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape as _};

use super::layout::{ASCENT, CAPITALS, DESCENT};

/// Stands for a letter whose character the file does not tell.
pub(super) const UNKNOWN: char = '\u{FFFD}';

/// One letter (or ligature, or space) on the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    pub(super) text: String,
    /// Where it starts on the baseline, in points from the page's top left.
    pub(super) origin: Point,
    /// How far it reaches along its direction.
    pub(super) advance: f64,
    /// Its direction, a unit vector (y down).
    pub(super) direction: (f64, f64),
    /// Font size in points.
    pub(super) size: f64,
    pub(super) bold: bool,
    /// Drawn in the invisible mode, as recognized text under a scan is.
    pub(super) hidden: bool,
}

impl Glyph {
    /// About its middle.
    pub(super) fn middle(&self) -> Point {
        middle(self.origin, self.direction, self.advance, self.size)
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.text.starts_with(UNKNOWN)
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.chars().all(|c| c.is_whitespace() || c.is_control() || c == '\u{200B}')
    }
}

fn middle(origin: Point, direction: (f64, f64), advance: f64, size: f64) -> Point {
    let (along, up) = (advance / 2.0, size * 0.3);
    Point::new(origin.x + direction.0 * along + direction.1 * up, origin.y + direction.1 * along - direction.0 * up)
}

/// Whether a font says that it is bold, by its weight or its name.
pub(super) fn says_bold(weight: Option<u32>, name: Option<&str>) -> bool {
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["bold", "black", "heavy", "semibold", "demi"].iter().any(|weight| name.contains(weight))
    };
    weight.is_some_and(|weight| weight >= 600) || name.is_some_and(named)
}

/// Mean stroke width, twice the area by the outline's length: about 75 units of 1000 in Helvetica,
/// 105 in its bold.
pub(super) fn looks_heavy(outline: &BezPath) -> bool {
    let length = outline.perimeter(1.0);
    length > 200.0 && 2.0 * outline.area().abs() / length > 92.0
}

/// The character or characters that a letter shows. `western`: the font's codes are ASCII otherwise.
pub(super) fn text_of(glyph: &Drawn<'_>, western: bool) -> Option<String> {
    let text = match glyph.as_unicode() {
        Some(BfString::Char(c)) => c.to_string(),
        Some(BfString::String(s)) => s,
        None => String::new(),
    };
    let known = !text.is_empty() && !text.contains(UNKNOWN);
    if known { Some(text) } else { western_text(glyph, western) }
}

/// Whether the code is the ASCII code of the letter or digit that it shows.
pub(super) fn is_ascii_letter(glyph: &Drawn<'_>) -> bool {
    let code = u8::try_from(glyph.char_code()).ok().filter(u8::is_ascii_alphanumeric);
    code.is_some_and(|code| matches!(glyph.as_unicode(), Some(BfString::Char(c)) if c == char::from(code)))
}

/// Some programs name only the ASCII letters of a font. Where its codes are otherwise ASCII, the rest
/// is Windows-1252 (`ß`, `€`).
fn western_text(glyph: &Drawn<'_>, western: bool) -> Option<String> {
    let code = u8::try_from(glyph.char_code()).ok().filter(|code| western && *code >= 0x80)?;
    let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling_and_without_replacement(&[code])?.into_owned();
    (!text.chars().any(char::is_control)).then_some(text)
}

/// A text string of PDF (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 behind a mark, else taken as Latin-1.
pub(super) fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        rest => rest.iter().copied().map(char::from).collect(),
    }
}

/// The characters of `reads` spread over the stretch that `drawn` takes. `None` where the letters read
/// so already, or do not stand on one line: then their places tell more.
pub(super) fn spread(reads: &str, drawn: &[Glyph]) -> Option<Vec<Glyph>> {
    let (first, last) = (drawn.first()?, drawn.last()?);
    let shown: String = drawn.iter().map(|glyph| glyph.text.as_str()).collect();
    let away = |glyph: &Glyph| (glyph.origin.x - first.origin.x, glyph.origin.y - first.origin.y);
    let (cos, sin) = first.direction;
    let level = |glyph: &Glyph| {
        let (x, y) = away(glyph);
        (y * cos - x * sin).abs() < 0.35 * first.size && x * cos + y * sin >= -0.1 * first.size
    };
    if shown.trim() == reads.trim() || !drawn.iter().all(level) {
        return None;
    }
    let (x, y) = away(last);
    let length = (x * cos + y * sin + last.advance).max(0.0);
    let step = length / reads.chars().count().max(1) as f64;
    let spread = reads.chars().enumerate().map(|(index, c)| {
        let along = step * index as f64;
        Glyph {
            text: c.to_string(),
            origin: Point::new(first.origin.x + along * cos, first.origin.y + along * sin),
            advance: step,
            ..first.clone()
        }
    });
    Some(spread.collect())
}

/// The advance in points: by the horizontal scale, or by the vertical one where a substituted font
/// was stretched to fit. The next letter tells which.
fn advance(width: f64, across: f64, along: f64, to_next: Option<f64>) -> f64 {
    let (stretched, plain) = (width * across, width * along);
    match to_next {
        Some(distance) if (distance - plain).abs() < (distance - stretched).abs() => plain,
        _ => stretched,
    }
}

/// The size of a run in a font drawn by PDF instructions (Type 3), whose nominal size may mean
/// anything: what its tallest letter shows. `None` for other fonts, whose size is true.
pub(super) fn true_size<'a>(run: &GlyphRun<'_, 'a>, props: &DrawProps<'a>) -> Option<f64> {
    /// Looking at more letters finds no taller one.
    const LOOKED_AT: usize = 40;
    let tallest = run.glyphs().iter().take(LOOKED_AT).filter_map(|glyph| match &**glyph {
        Drawn::Type3(drawn) => {
            let bounds = bounds(drawn, glyph.transform(), props)?;
            let [a, b, .., x, y] = (props.transform * glyph.transform()).as_coeffs();
            let length = a.hypot(b);
            // height above the baseline, of all four corners
            let corners = [(bounds.x0, bounds.y0), (bounds.x1, bounds.y0), (bounds.x0, bounds.y1), (bounds.x1, bounds.y1)];
            let above = corners.map(|(left, top)| ((left - x) * b - (top - y) * a) / length);
            Some(above.into_iter().fold(0.0, f64::max))
        }
        Drawn::Outline(_) => None,
    });
    tallest.fold(None, |tallest: Option<f64>, height| Some(tallest.unwrap_or(0.0).max(height))).map(|height| height / CAPITALS)
}

fn bounds<'a>(glyph: &Type3Glyph<'a>, place: Affine, props: &DrawProps<'a>) -> Option<Rect> {
    let mut bounds = Bounds(None);
    glyph.interpret(&mut bounds, props.transform, place, &props.paint);
    bounds.0.filter(|bounds| bounds.is_finite() && bounds.height() > 0.0)
}

/// A device that keeps what box was drawn in.
struct Bounds(Option<Rect>);

impl Bounds {
    fn add(&mut self, rect: Rect) {
        self.0 = Some(self.0.map_or(rect, |bounds| bounds.union(rect)));
    }
}

impl<'a> Device<'a> for Bounds {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.add(props.transform.transform_rect_bbox(path.bounding_box()));
    }
    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let pixels = Rect::from_origin_size(Point::ZERO, (f64::from(image.width()), f64::from(image.height())));
        self.add(props.transform.transform_rect_bbox(pixels));
    }
    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// Where a letter stands.
pub(super) struct Placed {
    pub(super) origin: Point,
    pub(super) advance: f64,
    pub(super) direction: (f64, f64),
    pub(super) size: f64,
}

impl Placed {
    /// `size`: the true font size where the matrix does not tell it. `None` where the letter has no
    /// extent, or stands nowhere.
    pub(super) fn new(
        glyph: &PositionedGlyph<'_>,
        page: Affine,
        next: Option<&PositionedGlyph<'_>>,
        size: Option<f64>,
        writing: WritingMode,
    ) -> Option<Self> {
        let [a, b, c, d, x, y] = (page * glyph.transform()).as_coeffs();
        let (across, along) = (a.hypot(b), c.hypot(d));
        let size = size.unwrap_or(along * 1000.0);
        if ![across, along, x, y].iter().all(|n| n.is_finite()) || across <= 0.0 || size <= 0.01 {
            return None;
        }
        let direction = (a / across, b / across);
        let width = match &**glyph {
            Drawn::Outline(outline) => outline.advance_width(),
            Drawn::Type3(type3) => type3.advance_width(),
        };
        let next = next.map(|next| {
            let [.., next_x, next_y] = (page * next.transform()).as_coeffs();
            (next_x - x, next_y - y)
        });
        // No letter is five times as wide as its font is high.
        let width = f64::from(width.unwrap_or(500.0)).clamp(0.0, 5.0 * size / across);
        if matches!(writing, WritingMode::Vertical) {
            return Some(Self::downwards(Point::new(x, y), direction, size));
        }
        let to_next = next.map(|(dx, dy)| dx * direction.0 + dy * direction.1);
        Some(Self { origin: Point::new(x, y), advance: advance(width, across, along, to_next), direction, size })
    }

    /// A letter of vertical writing: it stands upright, and the next one stands below. It is told as
    /// if it lay on a baseline that runs down at its left.
    fn downwards(origin: Point, (cos, sin): (f64, f64), size: f64) -> Self {
        let (right, up) = (DESCENT * size, ASCENT * size);
        let origin = Point::new(origin.x + right * cos + up * sin, origin.y + right * sin - up * cos);
        Self { origin, advance: size, direction: (-sin, cos), size }
    }

    pub(super) fn middle(&self) -> Point {
        middle(self.origin, self.direction, self.advance, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings_are_read_by_their_marks() {
        assert_eq!(text_string(b"\xFE\xFF\x20\xAC\x00 \x001"), "\u{20AC} 1");
        assert_eq!(text_string("\u{FEFF}\u{e9}".as_bytes()), "\u{e9}");
        assert_eq!(text_string(b"caf\xE9"), "caf\u{e9}");
    }

    #[test]
    fn what_a_stretch_reads_takes_the_place_of_what_is_drawn() {
        let glyph = |text: &str, x: f64, y: f64| Glyph {
            text: text.to_owned(),
            origin: Point::new(x, y),
            advance: 6.0,
            direction: (1.0, 0.0),
            size: 10.0,
            bold: false,
            hidden: false,
        };
        let drawn = [glyph("\u{FFFD}", 10.0, 50.0), glyph("\u{FFFD}", 16.0, 50.0)];
        let spread_over = spread("4711", &drawn).unwrap();
        let told: Vec<(&str, f64, f64)> = spread_over.iter().map(|g| (g.text.as_str(), g.origin.x, g.advance)).collect();
        assert_eq!(told, [("4", 10.0, 3.0), ("7", 13.0, 3.0), ("1", 16.0, 3.0), ("1", 19.0, 3.0)]);
        assert_eq!(spread("ab", &[glyph("a", 10.0, 50.0), glyph("b", 16.0, 50.0)]), None);
        assert_eq!(spread("xy", &[glyph("a", 10.0, 50.0), glyph("b", 10.0, 80.0)]), None);
    }
}
