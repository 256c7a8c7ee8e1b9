//! Pages of words as a PDF: each word at its place in a standard font, stretched to fill its box.
//!
//! Letters that `WinAnsiEncoding` lacks get codes and names of their own and say what they are
//! (`ToUnicode`), so they are read rightly everywhere; whether they are drawn depends on the viewer's
//! stand-in for the font. [`drawable`] gives a sample without them.

use pdf_writer::types::{SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use rand::RngExt as _;

use super::super::entities::{Rng, chance, pick};
use super::super::page::Sample;
use super::fonts::{Family, glyph_name, win_ansi};
use super::furniture::{Mark, marks};
use crate::domain::{Page, Word};

/// Codes that the standard code page leaves free, below the blank.
const FREE: usize = 31;
/// Baseline below the top of a word's box, and font size, as shares of the box's height.
const BASELINE: f32 = 0.8;
const SIZE: f32 = 0.88;

/// How a document looks beside its words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    family: Family,
    /// Grey of the text.
    ink: f32,
    /// Whether rules and filled areas are drawn.
    furnished: bool,
}

impl Look {
    /// Draws one.
    pub fn draw(rng: &mut Rng) -> Self {
        let family = *pick(rng, &[Family::Sans, Family::Sans, Family::Sans, Family::Serif, Family::Serif, Family::Fixed]);
        Self { family, ink: rng.random_range(0.0..0.25), furnished: chance(rng, 0.75) }
    }
}

/// The sample with letters that the standard fonts lack written without their marks, in words and
/// truths, as programs did that knew no others.
pub fn drawable(sample: &Sample) -> Sample {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| if win_ansi(c).is_some() { c.to_string() } else { deunicode::deunicode_char(c).unwrap_or("?").trim().to_owned() })
            .collect()
    };
    let mut out = sample.clone();
    out.pages.iter_mut().flat_map(|p| &mut p.words).for_each(|w| w.text = plain(&w.text));
    let lines = out.lines.iter_mut().flat_map(|line| line.values_mut());
    out.truth.values_mut().chain(lines).for_each(|value| *value = plain(value));
    out
}

/// The codes of a document's letters.
struct Codes {
    more: Vec<char>,
}

impl Codes {
    fn of(pages: &[Page]) -> Self {
        let mut more: Vec<char> = Vec::new();
        for c in pages.iter().flat_map(|p| &p.words).flat_map(|w| w.text.chars()) {
            if win_ansi(c).is_none() && !more.contains(&c) && more.len() < FREE {
                more.push(c);
            }
        }
        Self { more }
    }

    fn code(&self, c: char) -> u8 {
        let own = || self.more.iter().position(|m| *m == c).and_then(|i| u8::try_from(i + 1).ok());
        win_ansi(c).or_else(own).unwrap_or(b'?')
    }

    fn letter(&self, code: u8) -> char {
        match usize::from(code).checked_sub(1).and_then(|i| self.more.get(i)) {
            Some(c) => *c,
            None => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[code]).0.chars().next().unwrap_or(' '),
        }
    }
}

/// Writes pages as a PDF with text. The same input gives the same bytes.
pub fn pdf(rng: &mut Rng, pages: &[Page], look: &Look) -> Vec<u8> {
    let codes = Codes::of(pages);
    let mut reference = Ref::new(1);
    let (catalogue, tree, map) = (reference.bump(), reference.bump(), reference.bump());
    let fonts = [reference.bump(), reference.bump()];
    let sheets: Vec<(Ref, Ref)> = pages.iter().map(|_| (reference.bump(), reference.bump())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalogue).pages(tree);
    pdf.pages(tree).kids(sheets.iter().map(|s| s.0)).count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
    for (page, (sheet, content)) in pages.iter().zip(&sheets) {
        let mut out = pdf.page(*sheet);
        out.media_box(Rect::new(0.0, 0.0, page.width, page.height)).parent(tree).contents(*content);
        out.resources().fonts().pair(font_name(false), fonts[0]).pair(font_name(true), fonts[1]);
        out.finish();
        let marks = if look.furnished { marks(rng, page) } else { Vec::new() };
        pdf.stream(*content, &draw(page, look, &codes, &marks));
    }
    for (bold, font) in [(false, fonts[0]), (true, fonts[1])] {
        write_font(&mut pdf, font, map, (look.family, bold), &codes);
    }
    let mut letters = UnicodeCmap::new(Name(b"Letters"), SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 });
    for code in (1..=255_u8).filter(|c| *c >= 32 || usize::from(*c) <= codes.more.len()) {
        letters.pair(code, codes.letter(code));
    }
    pdf.cmap(map, &letters.finish());
    pdf.finish()
}

fn font_name(bold: bool) -> Name<'static> {
    if bold { Name(b"F2") } else { Name(b"F1") }
}

fn write_font(pdf: &mut Pdf, font: Ref, map: Ref, (family, bold): (Family, bool), codes: &Codes) {
    let mut out = pdf.type1_font(font);
    out.base_font(Name(family.name(bold).as_bytes())).to_unicode(map);
    out.first_char(1).last_char(255).widths((1..=255).map(|code| family.width(bold, codes.letter(code))));
    if codes.more.is_empty() {
        out.encoding_predefined(Name(b"WinAnsiEncoding"));
    } else {
        let names: Vec<String> = codes.more.iter().map(|c| glyph_name(*c)).collect();
        let mut encoding = out.encoding_custom();
        encoding.base_encoding(Name(b"WinAnsiEncoding"));
        encoding.differences().consecutive(1, names.iter().map(|n| Name(n.as_bytes())));
    }
}

fn draw(page: &Page, look: &Look, codes: &Codes, marks: &[Mark]) -> Vec<u8> {
    let mut content = Content::new();
    for mark in marks {
        draw_mark(&mut content, page, *mark);
    }
    content.set_fill_gray(look.ink).begin_text();
    for word in &page.words {
        draw_word(&mut content, page, word, look.family, codes);
    }
    content.end_text();
    content.finish().into_vec()
}

fn draw_word(content: &mut Content, page: &Page, word: &Word, family: Family, codes: &Codes) {
    let height = word.bbox.h * page.height;
    let size = height * SIZE;
    let natural = word.text.chars().map(|c| family.width(word.bold, c)).sum::<f32>() * size / 1000.0;
    if natural <= 0.0 {
        return;
    }
    let stretch = (word.bbox.w * page.width / natural * 100.0).clamp(20.0, 400.0);
    let bytes: Vec<u8> = word.text.chars().map(|c| codes.code(c)).collect();
    let (x, y) = (word.bbox.x * page.width, page.height - word.bbox.y * page.height - height * BASELINE);
    content.set_font(font_name(word.bold), size).set_horizontal_scaling(stretch);
    content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]).show(Str(&bytes));
}

fn draw_mark(content: &mut Content, page: &Page, mark: Mark) {
    let (w, h) = (page.width, page.height);
    content.save_state();
    match mark {
        Mark::Fill(b, grey) => {
            content.set_fill_gray(grey).rect(b.x * w, h - b.bottom() * h, b.w * w, b.h * h).fill_nonzero();
        }
        Mark::Frame(b) => {
            content.set_line_width(0.8).rect(b.x * w, h - b.bottom() * h, b.w * w, b.h * h).stroke();
        }
        Mark::Rule { x, y, w: wide } => {
            content.set_line_width(0.6).move_to(x * w, h - y * h).line_to((x + wide) * w, h - y * h).stroke();
        }
    }
    content.restore_state();
}

/// A scanned page: a JPEG, its size in pixels, and its size in points.
pub type Scanned = (Vec<u8>, (u32, u32), (f32, f32));

/// JPEG pages as a PDF of pictures, as scanners write it.
pub fn scanned_pdf(pages: &[Scanned]) -> Vec<u8> {
    let mut reference = Ref::new(1);
    let (catalogue, tree) = (reference.bump(), reference.bump());
    let sheets: Vec<[Ref; 3]> = pages.iter().map(|_| [reference.bump(), reference.bump(), reference.bump()]).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalogue).pages(tree);
    pdf.pages(tree).kids(sheets.iter().map(|s| s[0])).count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
    for ((jpeg, (columns, lines), (width, height)), [sheet, content, picture]) in pages.iter().zip(sheets) {
        let mut out = pdf.page(sheet);
        out.media_box(Rect::new(0.0, 0.0, *width, *height)).parent(tree).contents(content);
        out.resources().x_objects().pair(Name(b"Im1"), picture);
        out.finish();
        let mut image = pdf.image_xobject(picture, jpeg);
        image.filter(Filter::DctDecode);
        image.width(i32::try_from(*columns).unwrap_or(0)).height(i32::try_from(*lines).unwrap_or(0));
        image.color_space().device_rgb();
        image.bits_per_component(8);
        image.finish();
        let mut placed = Content::new();
        placed.save_state().transform([*width, 0.0, 0.0, *height, 0.0, 0.0]).x_object(Name(b"Im1")).restore_state();
        pdf.stream(content, &placed.finish().into_vec());
    }
    pdf.finish()
}
