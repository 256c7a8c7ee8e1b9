use rand::SeedableRng as _;

use super::super::entities::Rng;
use super::super::page::{Sample, clean};
use super::*;
use crate::domain::{DocumentKind, Page, Word};
use crate::reading::{ReadOptions, read, render};

fn printed(sample: &Sample, seed: u64) -> Vec<u8> {
    let mut rng = Rng::seed_from_u64(seed);
    let look = Look::draw(&mut rng);
    pdf(&mut rng, &sample.pages, &look)
}

/// Whether a page has a word with this text whose middle lies in the word's box.
fn has(page: &Page, word: &Word) -> bool {
    let (x, y) = (word.bbox.x + word.bbox.w / 2.0, word.bbox.y + word.bbox.h / 2.0);
    page.words.iter().any(|w| {
        let b = &w.bbox;
        let near = b.x <= x && x <= b.right() && b.y <= y && y <= b.bottom();
        near && w.text == word.text && (b.x - word.bbox.x).abs() < 0.01 && (b.right() - word.bbox.right()).abs() < 0.01
    })
}

#[test]
fn the_product_reads_the_same_words_at_the_same_places() {
    let (mut found, mut all, mut foreign) = (0, 0, 0);
    for index in 0..60 {
        let sample = clean(20_260_101, index);
        let reading = read(&printed(&sample, index), DocumentKind::Pdf, &ReadOptions::default()).unwrap();
        assert_eq!(reading.pages.len(), sample.pages.len());
        for (page, again) in sample.pages.iter().zip(&reading.pages) {
            assert!((page.width - again.width).abs() < 0.5 && (page.height - again.height).abs() < 0.5);
            for word in &page.words {
                all += 1;
                let right = has(again, word);
                found += usize::from(right);
                foreign += usize::from(right && !word.text.is_ascii());
                if !right && std::env::var_os("SHOW").is_some() {
                    let near: Vec<&str> =
                        again.words.iter().filter(|w| (w.bbox.y - word.bbox.y).abs() < 0.01).map(|w| w.text.as_str()).collect();
                    eprintln!("{index} {:?} {:?} {near:?}", word.text, word.bbox);
                }
            }
        }
    }
    let recall = f64::from(found as u32) / f64::from(all as u32);
    assert!(recall >= 0.99, "{found} of {all} words read again");
    assert!(foreign > 200, "only {foreign} words with letters beyond ASCII");
}

#[test]
fn letters_that_the_code_page_lacks_are_read_and_can_be_done_without() {
    let mut sample = clean(1, 1);
    let word = |text: &str, y: f32| Word {
        text: text.to_owned(),
        bbox: crate::domain::BBox { x: 0.1, y, w: 0.2, h: 0.014 },
        ..sample.pages[0].words[0].clone()
    };
    sample.pages[0].words = vec![word("Łódź", 0.1), word("zażółć", 0.2), word("₹1.234", 0.3), word("Größe", 0.4)];
    let texts = |sample: &Sample| -> Vec<String> {
        let reading = read(&printed(sample, 3), DocumentKind::Pdf, &ReadOptions::default()).unwrap();
        reading.pages[0].words.iter().map(|w| w.text.clone()).collect()
    };
    assert_eq!(texts(&sample), ["Łódź", "zażółć", "₹1.234", "Größe"]);
    assert_eq!(texts(&drawable(&sample)), ["Lódz", "zazólc", "Rs1.234", "Größe"]);
}

#[test]
fn a_worn_scan_is_a_jpeg_of_the_page_that_can_still_be_seen() {
    let sample = drawable(&clean(7, 2));
    let drawn = render(&printed(&sample, 9), DocumentKind::Pdf, 1, 100).unwrap();
    let page = image::load_from_memory(&drawn).unwrap().into_rgb8();
    for seed in 0..4 {
        let mut rng = Rng::seed_from_u64(seed);
        let wear = Wear { dpi: 100, ..Wear::draw(&mut rng) };
        let jpeg = wear.scan(&mut rng, &page).unwrap();
        assert_eq!(image::guess_format(&jpeg).unwrap(), image::ImageFormat::Jpeg);
        let scanned = image::load_from_memory(&jpeg).unwrap().into_luma8();
        assert_eq!(scanned.dimensions(), page.dimensions());
        let mean = |picture: &image::GrayImage| {
            picture.pixels().map(|p| u64::from(p.0[0])).sum::<u64>() / u64::from(picture.width() * picture.height())
        };
        let dark = scanned.pixels().filter(|p| p.0[0] < 130).count();
        assert!((120..=255).contains(&mean(&scanned)) && dark > 500, "{wear:?}: {} {dark}", mean(&scanned));
    }
}

#[test]
fn several_scanned_pages_are_one_document() {
    let page = image::RgbImage::from_pixel(200, 280, image::Rgb([250, 250, 250]));
    let mut rng = Rng::seed_from_u64(1);
    let jpeg = Wear::draw(&mut rng).scan(&mut rng, &page).unwrap();
    let bytes = scanned_pdf(&[(jpeg.clone(), (200, 280), (595.0, 842.0)), (jpeg, (200, 280), (595.0, 842.0))]);
    assert_eq!(crate::reading::probe(&bytes, DocumentKind::Pdf).unwrap(), 2);
    assert!(render(&bytes, DocumentKind::Pdf, 2, 72).is_ok());
}
