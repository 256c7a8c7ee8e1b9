//! Runs hayro's interpreter over a page and keeps its letters, and what else decides how they read.
//!
//! Left out are letters that a clip hides. Where the file says what a stretch really reads
//! (`ActualText`), that is taken, but never other figures than people see. Letters in the invisible mode,
//! and white or transparent ones on bare paper, are marked: [`super::usable`] decides about them.

use hayro::hayro_interpret::font::{Glyph as Drawn, GlyphRun, PositionedGlyph};
use hayro::hayro_interpret::hayro_syntax::object::{Dict, String as PdfString};
use hayro::hayro_interpret::hayro_syntax::page::Page;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings, Paint,
    SoftMask, interpret_page,
};
use hayro::kurbo::{BezPath, Point, Rect, Shape as _};
use std::collections::{HashMap, HashSet};

use super::canvas::Canvas;
use super::glyphs::{self, Glyph, Placed, UNKNOWN};

/// No page of paper has more letters; more come from a bomb.
const MAX_GLYPHS: usize = 100_000;
/// No letter stands on a shape as thin as this, in points.
const THIN: f64 = 3.0;
/// Marked content nested deeper is not looked into.
const MAX_MARKS: usize = 64;

/// A page's letters in the order in which they are drawn, and what lies around them.
pub(super) struct Found {
    pub(super) glyphs: Vec<Glyph>,
    pub(super) canvas: Canvas,
    /// The page has more letters than are kept.
    pub(super) is_cut: bool,
}

/// What has been found out about the fonts of a document.
#[derive(Default)]
pub(super) struct Fonts {
    /// By font program and glyph: whether the letter looks bold, where the font does not say.
    heavy: HashMap<u128, bool>,
    /// Fonts whose codes have proved to be ASCII.
    western: HashSet<u128>,
}

impl Fonts {
    fn is_western(&mut self, font: Option<u128>, run: &[PositionedGlyph<'_>]) -> bool {
        if font.is_some_and(|font| self.western.contains(&font)) {
            return true;
        }
        let western = run.iter().any(|glyph| glyphs::is_ascii_letter(glyph));
        if let Some(font) = font.filter(|_| western) {
            self.western.insert(font);
        }
        western
    }

    fn looks_heavy(&mut self, glyph: &Drawn<'_>) -> bool {
        let Drawn::Outline(outline) = glyph else {
            return false;
        };
        *self.heavy.entry(outline.identifier().cache_key()).or_insert_with(|| glyphs::looks_heavy(&outline.outline()))
    }
}

/// Everything on a page that reading needs.
pub(super) fn found<'a>(page: &'a Page<'a>, cache: &InterpreterCache<'a>, settings: &InterpreterSettings, fonts: &mut Fonts) -> Found {
    let (width, height) = super::size(page);
    let target = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let mut context = Context::new(page.initial_transform(true).to_kurbo(), target, cache, page.xref(), settings.clone());
    let found = Found { glyphs: Vec::new(), canvas: Canvas::new(width, height), is_cut: false };
    let mut collector = Collector { found, fonts, marks: Vec::new(), marks_beyond: 0 };
    interpret_page(page, &mut context, &mut collector);
    collector.found
}

struct Collector<'f> {
    found: Found,
    fonts: &'f mut Fonts,
    /// Open marked content: what it reads, where the file says so, and where its letters begin.
    marks: Vec<Option<(String, usize)>>,
    marks_beyond: usize,
}

impl Collector<'_> {
    /// Notes what is no longer bare paper.
    fn paint(&mut self, shape: Rect, props: &DrawProps<'_>, mode: &DrawMode) {
        let place = props.transform.transform_rect_bbox(shape);
        let filled = matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..));
        if filled && place.width() > THIN && place.height() > THIN && !leaves(&props.paint).0 {
            self.found.canvas.paint(place);
        }
    }

    /// Puts what a stretch reads in place of the letters drawn for it.
    fn replace(&mut self, reads: &str, from: usize) {
        let Some(drawn) = self.found.glyphs.get(from..).filter(|drawn| !drawn.is_empty()) else {
            return;
        };
        if other_figures(reads, drawn) {
            return;
        }
        if let Some(spread) = glyphs::spread(reads, drawn) {
            self.found.glyphs.truncate(from);
            self.found.glyphs.extend(spread);
        }
    }
}

/// Whether letters that can be told show other digits than the stretch is said to read: who pays by what
/// is seen must not be shown one amount while programs read another.
fn other_figures(reads: &str, drawn: &[Glyph]) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let shown: String = drawn.iter().map(|glyph| digits(&glyph.text)).collect();
    !drawn.iter().any(Glyph::is_unknown) && shown != digits(reads)
}

/// Colour channels from here on are white to the eye.
const WHITE: u8 = 247;
/// Opacity below this is nothing to the eye.
const FAINT: u8 = 13;

/// Whether paint leaves bare paper as it is, and whether it leaves anything as it is.
fn leaves(paint: &Paint<'_>) -> (bool, bool) {
    let Paint::Color(color) = paint else { return (false, false) };
    let [red, green, blue, alpha] = color.to_rgba().to_rgba8();
    let clear = alpha < FAINT;
    (clear || [red, green, blue].iter().all(|channel| *channel >= WHITE), clear)
}

impl<'a> Device<'a> for Collector<'_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let drawn = run.glyphs();
        // A run is of one font.
        let font = drawn.first().and_then(|glyph| match &**glyph {
            Drawn::Outline(outline) => outline.font_data(),
            Drawn::Type3(_) => None,
        });
        let western = self.fonts.is_western(font.as_ref().map(|font| font.cache_key), drawn);
        let says_bold = font.map(|font| glyphs::says_bold(font.weight, font.postscript_name.as_deref()));
        // Only what is filled and nothing else; letters that are drawings have colours of their own.
        let outlines = drawn.first().is_some_and(|glyph| matches!(&**glyph, Drawn::Outline(_)));
        let filled = outlines && matches!(mode, DrawMode::Fill(_));
        let (pale, clear) = if filled { leaves(&props.paint) } else { (false, false) };
        let size = glyphs::true_size(run, &props);
        for (index, glyph) in drawn.iter().enumerate() {
            if self.found.glyphs.len() >= MAX_GLYPHS {
                self.found.is_cut = true;
                return;
            }
            let Some(mut place) = Placed::new(glyph, props.transform, drawn.get(index + 1), size, run.writing_mode()) else {
                continue;
            };
            if !self.found.canvas.clip().inflate(place.size, place.size).contains(place.middle()) {
                continue;
            }
            let text = glyphs::text_of(glyph, western).unwrap_or_else(|| UNKNOWN.to_string());
            let hidden = matches!(mode, DrawMode::Invisible) || clear || (pale && !self.found.canvas.is_painted(place.middle()));
            let bold = says_bold.unwrap_or_else(|| self.fonts.looks_heavy(glyph));
            place.advance = place.advance.max(0.0);
            self.found.glyphs.push(Glyph {
                text,
                origin: place.origin,
                advance: place.advance,
                direction: place.direction,
                size: place.size,
                bold,
                hidden,
            });
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.paint(path.bounding_box(), &props, mode);
        self.found.canvas.path(path, props.transform, mode);
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        self.paint(*rect, &props, mode);
        self.found.canvas.rect(*rect, props.transform, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        let within = clip.path.bounding_box();
        // Letters that are a clip themselves come as invisible, just before the clip; what is painted
        // through them shows.
        let reach = within.inflate(1.0, 1.0);
        for glyph in self.found.glyphs.iter_mut().rev().take_while(|glyph| glyph.hidden) {
            glyph.hidden = !(clip.path.elements().len() > 5 && reach.contains(glyph.middle()));
        }
        self.found.canvas.push_clip(within);
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.found.canvas.push_clip(*rect);
    }

    fn pop_clip(&mut self) {
        self.found.canvas.pop_clip();
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let pixels = Rect::from_origin_size(Point::ZERO, (f64::from(image.width()), f64::from(image.height())));
        let picture = props.transform.transform_rect_bbox(pixels);
        self.found.canvas.cover(picture);
        self.found.canvas.paint(picture);
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        if self.marks.len() >= MAX_MARKS {
            self.marks_beyond += 1;
            return;
        }
        let reads = properties.and_then(|properties| properties.get::<PdfString<'_>>("ActualText"));
        let reads = reads.map(|reads| glyphs::text_string(reads.as_bytes())).filter(|reads| !reads.is_empty());
        self.marks.push(reads.map(|reads| (reads, self.found.glyphs.len())));
    }

    fn end_marked_content(&mut self) {
        if let Some(left) = self.marks_beyond.checked_sub(1) {
            self.marks_beyond = left;
        } else if let Some(Some((reads, from))) = self.marks.pop() {
            self.replace(&reads, from);
        }
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_transparency_group(&mut self) {}
}
