//! Text recognition through the pool and real children: a page of ours, printed and scanned in several
//! ways, must give the words of the digital page at their places. Skipped where the models are absent.

use countersign::domain::{BBox, DocumentKind, Page, Reading, Source, Word};
use countersign::reading::{ReadError, ReadOptions, ReaderPool, Recognition, SCAN_WITHOUT_TEXT};
use image::{DynamicImage, ImageFormat};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

pub fn is_installed() -> bool {
    let installed = Recognition::is_installed(&models());
    if !installed {
        eprintln!("skipped: OCR models are not installed (countersign models install)");
    }
    installed
}

fn plain_pool() -> ReaderPool {
    ReaderPool::with_time_limit(1, env!("CARGO_BIN_EXE_countersign").into(), Duration::from_secs(60))
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Runs a test with a pool that recognizes text, where the models are installed.
fn recognizing(test: impl AsyncFnOnce(ReaderPool)) {
    if is_installed() {
        run(test(plain_pool().with_recognition(1, models())));
    }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

async fn read(pool: &ReaderPool, bytes: Vec<u8>, kind: DocumentKind) -> Result<Reading, ReadError> {
    pool.read(bytes, kind, ReadOptions::default()).await
}

async fn scan(pool: &ReaderPool) -> DynamicImage {
    let png = pool.render(fixture("plain.pdf"), DocumentKind::Pdf, 1, 200).await.unwrap();
    image::load_from_memory(&png).unwrap()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture.to_rgb8()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.issues.iter().map(|issue| issue.code.as_str()).collect()
}

/// The longer words of a page.
fn telling(page: &Page) -> Vec<&Word> {
    page.words.iter().filter(|word| word.text.chars().filter(|c| c.is_alphanumeric()).count() >= 4).collect()
}

/// Letters and digits as the recogniser can be asked for them: it knows no umlauts, and tells `l` from
/// `I` by guess.
fn letters(word: &Word) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        'ä' | 'Ä' => 'a',
        'ö' | 'Ö' => 'o',
        'ü' | 'Ü' => 'u',
        'l' | 'i' => '1',
        c => c,
    };
    word.text.chars().filter(|c| c.is_alphanumeric()).map(plain).collect()
}

/// Of the digital page's words, the share that was recognized letter by letter near its place.
fn found(digital: &Page, recognized: &Page) -> f64 {
    let near = |a: &BBox, b: &BBox| (a.x + a.w / 2.0 - b.x - b.w / 2.0).abs() < 0.02 && (a.center_y() - b.center_y()).abs() < 0.008;
    let expected = telling(digital);
    let same = |word: &&&Word| recognized.words.iter().any(|other| letters(other) == letters(word) && near(&other.bbox, &word.bbox));
    let missed: Vec<&str> = expected.iter().filter(|word| !same(word)).map(|word| word.text.as_str()).collect();
    let read: Vec<&str> = recognized.words.iter().map(|word| word.text.as_str()).collect();
    println!("of {} words missed: {missed:?}; read: {}", expected.len(), read.join(" "));
    1.0 - missed.len() as f64 / expected.len() as f64
}

#[test]
fn without_models_a_scan_says_what_to_run() {
    run(async {
        let empty = tempfile::tempdir().unwrap();
        let pool = plain_pool().with_recognition(1, empty.path().to_owned());
        let reading = read(&pool, fixture("scan.png"), DocumentKind::Png).await.unwrap();
        assert_eq!((codes(&reading), reading.pages.len()), (vec![SCAN_WITHOUT_TEXT], 1));
        assert!(reading.issues[0].message.contains("countersign models install"), "{}", reading.issues[0].message);
        assert!(reading.pages[0].width > 100.0 && reading.pages[0].words.is_empty());
    });
}

/// What is no model: the folder is there, but its files are not what their manifests say.
#[test]
fn damaged_models_are_said_and_nothing_else_breaks() {
    if !is_installed() {
        return;
    }
    run(async {
        let dir = tempfile::tempdir().unwrap();
        for part in std::fs::read_dir(models().join("ocr")).unwrap() {
            let part = part.unwrap().path();
            let copy = dir.path().join("ocr").join(part.file_name().unwrap());
            std::fs::create_dir_all(&copy).unwrap();
            std::fs::copy(part.join("model.toml"), copy.join("model.toml")).unwrap();
            std::fs::write(copy.join("model.onnx"), b"not a model").unwrap();
        }
        let pool = plain_pool().with_recognition(1, dir.path().to_owned());
        assert_eq!(read(&pool, fixture("scan.png"), DocumentKind::Png).await.unwrap_err().code, "recognition-failed");
        assert!(read(&pool, fixture("plain.pdf"), DocumentKind::Pdf).await.unwrap().pages[0].words.len() > 30);
        let picture = scan(&pool).await;
        let mixed = read(&pool, pdf_of(&encoded(&picture, ImageFormat::Jpeg), &picture), DocumentKind::Pdf).await.unwrap();
        assert!(mixed.pages[1].words.len() > 5 && !mixed.issues.is_empty(), "the page with text is read: {:?}", mixed.issues);
    });
}

#[test]
fn a_scan_gives_the_words_of_the_page_at_their_places() {
    recognizing(async |pool| {
        let digital = read(&pool, fixture("plain.pdf"), DocumentKind::Pdf).await.unwrap();
        let picture = scan(&pool).await;
        let reading = read(&pool, encoded(&picture, ImageFormat::Jpeg), DocumentKind::Jpeg).await.unwrap();
        let page = &reading.pages[0];
        assert_eq!((page.source, page.turns, codes(&reading)), (Source::Ocr, 0, vec![]));
        assert!((page.width - 595.0).abs() < 3.0 && (page.height - 842.0).abs() < 3.0, "{} x {}", page.width, page.height);
        assert!(found(&digital.pages[0], page) >= 0.9);
        // The words of a row share its number, as in the digital page, and rows count down the page.
        let line = |text: &str| page.words.iter().find(|word| word.text.contains(text)).map(|word| word.line).unwrap();
        assert_eq!(line("Gesamtbetrag"), line("2.018,24"));
        assert!(line("Nettobetrag") < line("Umsatzsteuer") && line("Umsatzsteuer") < line("Gesamtbetrag"));
        // Laid on its side, it is found to be, and its boxes are of the page set upright again.
        let sideways = read(&pool, encoded(&picture.rotate90(), ImageFormat::Png), DocumentKind::Png).await.unwrap();
        assert_eq!(sideways.pages[0].turns, 3);
        assert!(sideways.pages[0].width < sideways.pages[0].height);
        assert!(found(&digital.pages[0], &sideways.pages[0]) >= 0.9);
        let shown = pool.render_turned(encoded(&picture.rotate90(), ImageFormat::Png), DocumentKind::Png, 1, 150, 3).await.unwrap();
        let shown = image::load_from_memory(&shown).unwrap().to_rgb8();
        assert_eq!(shown, picture.to_rgb8());
    });
}

/// Black and white, Group 4.
fn fax(picture: &DynamicImage) -> Vec<u8> {
    let grey = picture.to_luma8();
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    for row in grey.rows() {
        let colours = row.map(|pixel| if pixel.0[0] < 140 { fax::Color::Black } else { fax::Color::White });
        encoder.encode_line(colours, u16::try_from(grey.width()).unwrap()).unwrap();
    }
    let data = encoder.finish().unwrap().finish();
    fax::tiff::wrap(&data, grey.width(), grey.height())
}

#[test]
fn a_fax_is_read() {
    recognizing(async |pool| {
        let digital = read(&pool, fixture("plain.pdf"), DocumentKind::Pdf).await.unwrap();
        let file = fax(&scan(&pool).await);
        assert!(file.len() < 60_000, "{} bytes", file.len());
        assert_eq!(pool.probe(file.clone(), DocumentKind::Tiff).await, Ok(1));
        let reading = read(&pool, file, DocumentKind::Tiff).await.unwrap();
        assert!((reading.pages[0].width - 595.0).abs() < 3.0, "its own 200 dpi: {}", reading.pages[0].width);
        assert!(found(&digital.pages[0], &reading.pages[0]) >= 0.85);
    });
}

/// A PDF of two pages: a JPEG over the whole first, typed text on the second.
fn pdf_of(jpeg: &[u8], picture: &DynamicImage) -> Vec<u8> {
    let text = "BT /F 12 Tf 50 700 Td (Terms of delivery: the goods remain ours until they are paid in full.) Tj ET";
    let draw = "595 0 0 842 0 0 cm /I Do";
    let (width, height) = (picture.width(), picture.height());
    let mut pdf = format!(
        "%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>> endobj\n\
         3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</XObject<</I 7 0 R>>>>>> endobj\n\
         4 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R/Resources<</Font<</F 8 0 R>>>>>> endobj\n\
         5 0 obj <</Length {}>> stream\n{draw}\nendstream endobj\n6 0 obj <</Length {}>> stream\n{text}\nendstream endobj\n\
         8 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n\
         7 0 obj <</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length {}>> stream\n",
        draw.len(),
        text.len(),
        jpeg.len()
    )
    .into_bytes();
    pdf.extend(jpeg);
    pdf.extend(b"\nendstream endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n");
    pdf
}

#[test]
fn a_pdf_is_read_page_by_page_and_bounds_are_kept() {
    recognizing(async |pool| {
        let digital = read(&pool, fixture("plain.pdf"), DocumentKind::Pdf).await.unwrap();
        let picture = scan(&pool).await;
        let mixed = pdf_of(&encoded(&picture, ImageFormat::Jpeg), &picture);
        let reading = read(&pool, mixed.clone(), DocumentKind::Pdf).await.unwrap();
        assert_eq!(reading.pages.iter().map(|page| page.source).collect::<Vec<_>>(), [Source::Ocr, Source::PdfText]);
        assert!(found(&digital.pages[0], &reading.pages[0]) >= 0.9);
        assert_eq!((reading.pages[1].words[0].text.as_str(), codes(&reading)), ("Terms", vec![]));
        let none = ReadOptions { max_recognized: 0, ..ReadOptions::default() };
        let reading = pool.read(mixed.clone(), DocumentKind::Pdf, none).await.unwrap();
        assert_eq!((codes(&reading), reading.pages[0].words.len()), (vec!["pages-left-out"], 0));
        assert!(reading.issues[0].message.starts_with("Page 1 was left out"), "{}", reading.issues[0].message);
        // Without recognition the typed page is read, and the other is told.
        let reading = read(&plain_pool(), mixed, DocumentKind::Pdf).await.unwrap();
        assert_eq!((codes(&reading), reading.pages[1].words.len() > 5), (vec!["pages-without-text"], true));
    });
}

/// Photos and scans of others, where they are at hand: each gives words or a reason.
#[test]
fn real_receipts_are_read_in_every_format() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/invoices/robustness"));
    if !folder.is_dir() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    recognizing(async |pool| {
        for (name, kind) in [("receipt.jpg", DocumentKind::Jpeg), ("receipt.heic", DocumentKind::Heic)] {
            let reading = read(&pool, std::fs::read(folder.join(name)).unwrap(), kind).await.unwrap();
            let texts: Vec<&str> = reading.pages[0].words.iter().map(|word| word.text.as_str()).collect();
            assert!(texts.iter().any(|text| text.contains("10.20")), "{name}: {texts:?}");
            assert!(texts.iter().any(|text| text.eq_ignore_ascii_case("clachan")), "{name}: {texts:?}");
        }
    });
}
