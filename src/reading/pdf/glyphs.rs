//! The letters of a page with their places, from hayro's interpreter. Drawn, painted over and
//! invisible text (the layer under a scan) count alike.

use hayro::hayro_interpret::font::{Glyph as Drawn, GlyphRun, PositionedGlyph};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::hayro_syntax::page::Page;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings, SoftMask,
    interpret_page,
};
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape as _};
use std::collections::{HashMap, HashSet};

/// No page of text has more letters; more come from a bomb.
const MAX_GLYPHS: usize = 400_000;

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
}

/// A page's letters in the order in which they are drawn.
#[derive(Debug, Default)]
pub(super) struct Glyphs {
    pub(super) glyphs: Vec<Glyph>,
    /// Letters whose character the font does not tell.
    pub(super) unmapped: usize,
}

pub(super) fn of<'a>(page: &'a Page<'a>, cache: &InterpreterCache<'a>) -> Glyphs {
    let (width, height) = page.render_dimensions();
    let target = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let mut context = Context::new(page.initial_transform(true).to_kurbo(), target, cache, page.xref(), InterpreterSettings::default());
    let mut collector = Collector::default();
    interpret_page(page, &mut context, &mut collector);
    collector.found
}

#[derive(Default)]
struct Collector {
    found: Glyphs,
    /// By font program and glyph: whether the letter looks bold, where the font does not say.
    heavy: HashMap<u128, bool>,
    /// Fonts whose codes have proved to be ASCII.
    western: HashSet<u128>,
}

impl Collector {
    fn is_western(&mut self, run: &[PositionedGlyph<'_>]) -> bool {
        let font = run.first().and_then(|glyph| match &**glyph {
            Drawn::Outline(outline) => outline.font_data().map(|font| font.cache_key),
            Drawn::Type3(_) => None,
        });
        if font.is_some_and(|font| self.western.contains(&font)) {
            return true;
        }
        let western = run.iter().any(|glyph| is_ascii_letter(glyph));
        if let Some(font) = font.filter(|_| western) {
            self.western.insert(font);
        }
        western
    }

    fn bold(&mut self, glyph: &Drawn<'_>) -> bool {
        let Drawn::Outline(outline) = glyph else {
            return false;
        };
        let key = outline.identifier().cache_key();
        if let Some(&known) = self.heavy.get(&key) {
            return known;
        }
        let bold = match outline.font_data() {
            Some(font) => font.weight.is_some_and(|weight| weight >= 600) || font.postscript_name.as_deref().is_some_and(names_bold),
            None => looks_heavy(&outline.outline()),
        };
        self.heavy.insert(key, bold);
        bold
    }
}

fn names_bold(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["bold", "black", "heavy", "semibold", "demi"].iter().any(|weight| name.contains(weight))
}

/// Mean stroke width, twice the area by the outline's length: about 75 units of 1000 in Helvetica,
/// 105 in its bold.
fn looks_heavy(outline: &BezPath) -> bool {
    let length = outline.perimeter(1.0);
    length > 200.0 && 2.0 * outline.area().abs() / length > 92.0
}

fn text_of(glyph: &Drawn<'_>) -> Option<String> {
    let text = match glyph.as_unicode()? {
        BfString::Char(c) => c.to_string(),
        BfString::String(s) => s,
    };
    (!text.is_empty() && !text.chars().any(|c| c == '\u{FFFD}')).then_some(text)
}

/// Whether the code is the ASCII code of the letter or digit that it shows.
fn is_ascii_letter(glyph: &Drawn<'_>) -> bool {
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

/// The advance in points: by the horizontal scale, or by the vertical one where a substituted font
/// was stretched to fit. The next letter tells which.
fn advance(width: f64, across: f64, along: f64, to_next: Option<f64>) -> f64 {
    let (stretched, plain) = (width * across, width * along);
    match to_next {
        Some(distance) if (distance - plain).abs() < (distance - stretched).abs() => plain,
        _ => stretched,
    }
}

impl<'a> Device<'a> for Collector {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _mode: &DrawMode) {
        let glyphs = run.glyphs();
        let western = self.is_western(glyphs);
        for (index, glyph) in glyphs.iter().enumerate() {
            if self.found.glyphs.len() + self.found.unmapped >= MAX_GLYPHS {
                return;
            }
            let Some(text) = text_of(glyph).or_else(|| western_text(glyph, western)) else {
                self.found.unmapped += 1;
                continue;
            };
            let Some(place) = Placed::new(glyph, props.transform, glyphs.get(index + 1)) else {
                continue;
            };
            let bold = self.bold(glyph);
            self.found.glyphs.push(Glyph {
                text,
                origin: place.origin,
                advance: place.advance,
                direction: place.direction,
                size: place.size,
                bold,
            });
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

struct Placed {
    origin: Point,
    advance: f64,
    direction: (f64, f64),
    size: f64,
}

impl Placed {
    fn new(glyph: &PositionedGlyph<'_>, page: Affine, next: Option<&PositionedGlyph<'_>>) -> Option<Self> {
        let matrix = page * glyph.transform();
        let [a, b, c, d, x, y] = matrix.as_coeffs();
        let (across, along) = (a.hypot(b), c.hypot(d));
        let size = along * 1000.0;
        if ![across, along, x, y].iter().all(|n| n.is_finite()) || across <= 0.0 || size <= 0.01 {
            return None;
        }
        let direction = (a / across, b / across);
        let width = match &**glyph {
            Drawn::Outline(outline) => outline.advance_width(),
            Drawn::Type3(type3) => type3.advance_width(),
        };
        let to_next = next.map(|next| {
            let [.., next_x, next_y] = (page * next.transform()).as_coeffs();
            (next_x - x) * direction.0 + (next_y - y) * direction.1
        });
        let width = f64::from(width.unwrap_or(500.0)).clamp(0.0, 5000.0);
        Some(Self { origin: Point::new(x, y), advance: advance(width, across, along, to_next), direction, size })
    }
}
