use std::path::Path;

use image::{RgbImage, imageops};

use super::crop::Crop;
use super::ctc::Glyph;
use super::geometry::{Rect, smallest_rect};
use super::{Line, Ocr, OcrWord, boxes, crop, ctc, ink, order, recognize, repair, signs};
use crate::inference::Models;

fn glyphs(text: &str) -> Vec<Glyph> {
    let count = text.chars().count() as f32;
    let glyph = |(index, character)| Glyph {
        character,
        read: character,
        at: (index as f32 + 0.5) / count,
        confidence: 0.9,
        others: [(' ', 0.0); 2],
    };
    text.chars().enumerate().map(glyph).collect()
}

fn repaired(text: &str) -> String {
    let mut glyphs = glyphs(text);
    repair::word(&mut glyphs);
    glyphs.iter().map(|glyph| glyph.character).collect()
}

fn line(texts: &[&str]) -> Line {
    let word = |text: &&str| OcrWord { text: (*text).to_owned(), quad: [(0.0, 0.0); 4], confidence: 0.9 };
    Line { words: texts.iter().map(word).collect(), confidence: 0.9 }
}

fn near(a: (f32, f32), b: (f32, f32)) -> bool {
    (a.0 - b.0).hypot(a.1 - b.1) < 0.01
}

#[test]
fn a_slanted_rectangle_is_found_again() {
    let (sine, cosine) = 0.3_f32.sin_cos();
    let rect = Rect { centre: (50.0, 40.0), along: (cosine, sine), length: 60.0, height: 12.0 };
    let found = smallest_rect(rect.quad(0.0, 1.0).to_vec()).unwrap();
    for (corner, other) in rect.quad(0.0, 1.0).into_iter().zip(found.quad(0.0, 1.0)) {
        assert!(near(corner, other), "{rect:?} {found:?}");
    }
    // Turned once, its top left is the former top right.
    assert!(near(rect.turned(1).at(0.0, 0.0), rect.at(1.0, 0.0)));
    assert!(near(rect.turned(2).at(0.0, 0.0), rect.at(1.0, 1.0)));
    assert_eq!(smallest_rect(Vec::new()), None);
}

#[test]
fn text_pixels_become_grown_rectangles() {
    let (width, height) = (60, 40);
    let mut map = vec![0.0_f32; width * height];
    let mut fill = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>, value: f32| {
        rows.for_each(|row| map[row * width + columns.start..row * width + columns.end].fill(value));
    };
    fill(5..11, 10..40, 0.9);
    fill(20..30, 5..15, 0.35);
    fill(35..36, 0..60, 0.9);
    let found = boxes::regions(&map, width);
    // The unsure one and the thin one are left out.
    assert_eq!(found.len(), 1, "{found:?}");
    let rect = found[0].rect;
    assert!(near(rect.centre, (25.0, 8.0)) && rect.length > 36.0 && rect.height > 12.0, "{rect:?}");
    assert!(boxes::regions(&[], 0).is_empty());
}

#[test]
fn repeats_are_one_character_and_blanks_part_them() {
    let alphabet = ['a', 'b'];
    let step = |class: usize| -> [f32; 3] { std::array::from_fn(|index| if index == class { 0.8 } else { 0.1 }) };
    let steps: Vec<f32> = [1, 1, 0, 1, 2, 0].into_iter().flat_map(step).collect();
    let read = ctc::decode(&steps, &alphabet);
    let text: String = read.iter().map(|glyph| glyph.character).collect();
    assert_eq!(text, "aab");
    assert!((read[0].at - 1.0 / 6.0).abs() < 1e-6, "{read:?}");
    assert!(ctc::decode(&[], &alphabet).is_empty());
}

#[test]
fn words_are_repaired_and_figures_are_not() {
    for (read, meant) in [
        ("Anount", "Amount"),
        ("HEMBER", "MEMBER"),
        ("ITEN(S)", "ITEM(S)"),
        ("N0", "NO"),
        ("KOT-N0", "KOT-NO"),
        ("ST0RE", "STORE"),
        ("2O17", "2017"),
        ("O1", "01"),
        ("Behorde", "Behörde"),
    ] {
        assert_eq!(repaired(read), meant);
    }
    for kept in ["000650247680", "03-6093", "A0B12", "E650.00", "15.411,15", "PN4B", "SDN", "Q10", "B0"] {
        assert_eq!(repaired(kept), kept);
    }
}

#[test]
fn the_euro_sign_and_the_half_of_the_day_come_from_their_neighbours() {
    let mut lines = [
        line(&["C3,978.30", "E650.00", "12,50E"]),
        line(&["12,50", "E"]),
        line(&["12.50", "E"]),
        line(&["10:52", "PH", "5:21PN"]),
        line(&["PH", "C12", "E5.9"]),
        line(&["RN", "5.00", "RH", "Tax(RH)"]),
    ];
    repair::page(&mut lines);
    let texts: Vec<Vec<&str>> = lines.iter().map(|line| line.words.iter().map(|word| word.text.as_str()).collect()).collect();
    let meant = [
        vec!["€3,978.30", "€650.00", "12,50€"],
        vec!["12,50", "€"],
        vec!["12.50", "E"],
        vec!["10:52", "PM", "5:21PM"],
        vec!["PH", "C12", "E5.9"],
        vec!["RM", "5.00", "RM", "Tax(RM)"],
    ];
    assert_eq!(texts, meant);
}

#[test]
fn rows_are_read_from_the_top_as_the_upright_page_shows_them() {
    let read = |text: &str, centre: (f32, f32)| recognize::Read {
        rect: Rect { centre, along: (1.0, 0.0), length: 50.0, height: 10.0 },
        words: vec![recognize::Spelled { glyphs: glyphs(text), quad: [(0.0, 0.0); 4] }],
        confidence: 0.9,
    };
    let reads = vec![read("d", (80.0, 52.0)), read("a", (20.0, 11.0)), read("b", (80.0, 9.0)), read("c", (20.0, 50.0))];
    let order = |turns: u8| -> String {
        order::reading_order(reads.clone(), turns).iter().flat_map(|read| &read.words[0].glyphs).map(|glyph| glyph.character).collect()
    };
    assert_eq!(order(0), "abcd");
    assert_eq!(order(2), "dcba");
}

/// The same page says the same however it lies, and tells how.
#[test]
fn a_page_is_read_however_it_lies() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let image = here.join("../shared/data/invoices/dev/wildreceipt/wr_3755a671aa0c4daf.jpg");
    let models = Models::open(&here.join("models")).unwrap();
    let (Ok(page), Some(ocr)) = (image::open(&image), Ocr::open(&models).unwrap()) else {
        println!("skipped: {} or the models under models/ocr are absent", image.display());
        return;
    };
    // The upper third: a debug build reads slowly.
    let page = page.into_rgb8();
    let page = imageops::crop_imm(&page, 0, 0, page.width(), page.height() / 3).to_image();
    let text = |page: &RgbImage, turns: u8| -> String {
        let read = ocr.read(page).unwrap();
        assert_eq!(read.quarter_turns, turns);
        read.lines.iter().flat_map(|line| &line.words).map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    let upright = text(&page, 0);
    assert!(upright.len() > 20, "{upright}");
    for (turned, turns) in [(imageops::rotate180(&page), 2), (imageops::rotate270(&page), 1)] {
        let other = text(&turned, turns);
        let alike = strsim::normalized_levenshtein(&upright, &other);
        assert!(alike > 0.8, "{turns}: {alike}\n{upright}\n{other}");
    }
    assert_eq!(ocr.read(&RgbImage::new(0, 0)).unwrap(), super::Recognized::default());
    assert!(ocr.read(&RgbImage::from_pixel(700, 900, image::Rgb([250; 3]))).unwrap().lines.is_empty());
}

/// A crop in which each letter of the drawing is a cell of ink.
fn drawn(rows: [&str; 16]) -> Crop {
    let width = rows[0].len() * 3;
    let mut planes = vec![255.0; 3 * width * crop::HEIGHT];
    for (index, value) in planes.iter_mut().enumerate() {
        let (row, column) = (index / width % crop::HEIGHT / 3, index % width / 3);
        if rows[row].as_bytes()[column] == b'#' {
            *value = 0.0;
        }
    }
    Crop { width, planes }
}

const EURO: [&str; 16] = [
    "         ",
    "         ",
    "   ##### ",
    "  ##   ##",
    " ##      ",
    " ##      ",
    "#######  ",
    " ##      ",
    " ##      ",
    "#######  ",
    " ##      ",
    " ##      ",
    "  ##   ##",
    "   ##### ",
    "         ",
    "         ",
];
const POUND: [&str; 16] = [
    "         ",
    "         ",
    "   ##### ",
    "  ##   ##",
    "  ##     ",
    "  ##     ",
    "  ##     ",
    "#######  ",
    "  ##     ",
    "  ##     ",
    "  ##     ",
    "  ##     ",
    "  ##     ",
    "#########",
    "         ",
    "         ",
];
const BLOCK: [&str; 16] = [
    "         ",
    "         ",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "#########",
    "         ",
    "         ",
];

#[test]
fn an_unread_sign_beside_an_amount_is_told_by_its_shape() {
    let digit = |row: usize| if (2..14).contains(&row) { if row == 2 || row == 13 { "  #####" } else { "  #   #" } } else { "       " };
    let point = |row: usize| if row == 13 { "  #" } else { "   " };
    let amount = |row: usize| [digit(row), point(row), digit(row), digit(row)].concat();
    let read = |line: [String; 16], first: f32| {
        let crop = drawn(std::array::from_fn(|row| line[row].as_str()));
        let wide = line[0].len() as f32;
        let places = [4.5, 9.0, 14.5, 21.5].map(|at| (at + first) / wide);
        let mut glyphs: Vec<Glyph> = "8.00"
            .chars()
            .zip(places)
            .map(|(character, at)| Glyph { character, read: character, at, confidence: 1.0, others: [(' ', 0.0); 2] })
            .collect();
        signs::add(&mut glyphs, &ink::Ink::of(&crop));
        glyphs.iter().map(|glyph| glyph.character).collect::<String>()
    };
    let behind = |sign: [&str; 16]| read(std::array::from_fn(|row| format!("  {}    {}     ", amount(row), sign[row])), 2.0);
    let before = |sign: [&str; 16]| read(std::array::from_fn(|row| format!("  {}  {}     ", sign[row], amount(row))), 13.0);
    assert_eq!([behind(EURO), before(EURO)], ["8.00€", "€8.00"]);
    assert_eq!([behind(POUND), before(POUND)], ["8.00£", "£8.00"]);
    assert_eq!([behind(BLOCK), before(BLOCK)], ["8.00", "8.00"]);
    assert_eq!(read(std::array::from_fn(|row| format!("  {}                  ", amount(row))), 2.0), "8.00");
}
