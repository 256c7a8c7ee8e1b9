use super::*;
use image::{GenericImageView as _, Rgb};

/// A picture whose four corners tell how it is turned: red, green, blue, black, clockwise from the top left.
fn corners() -> RgbImage {
    RgbImage::from_fn(40, 20, |x, y| match (x < 20, y < 10) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (false, false) => Rgb([0, 0, 255]),
        (true, false) => Rgb([0, 0, 0]),
    })
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn is(picture: &RgbImage, x: u32, y: u32, colour: [u8; 3]) -> bool {
    picture.get_pixel(x, y).0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 60)
}

/// A JPEG whose EXIF says that it must be turned a quarter clockwise to stand upright.
fn jpeg_with_orientation(value: u8) -> Vec<u8> {
    let plain = encoded(&corners(), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([value, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xFF, 0xE1], &length, &exif, &plain[2..]].concat()
}

#[test]
fn a_photo_is_turned_as_its_exif_says() {
    let turned = page(&jpeg_with_orientation(6), DocumentKind::Jpeg, 1).unwrap().rgb;
    assert_eq!(turned.dimensions(), (20, 40));
    assert!(is(&turned, 15, 5, [255, 0, 0]) && is(&turned, 5, 5, [0, 0, 0]), "red came from the left to the right");
    let plain = page(&jpeg_with_orientation(1), DocumentKind::Jpeg, 1).unwrap().rgb;
    assert_eq!(plain.dimensions(), (40, 20));
}

#[test]
fn every_format_gives_the_same_picture() {
    let (png, tiff, bmp) = (ImageFormat::Png, ImageFormat::Tiff, ImageFormat::Bmp);
    let formats = [
        (png, DocumentKind::Png),
        (tiff, DocumentKind::Tiff),
        (bmp, DocumentKind::Bmp),
        (ImageFormat::Gif, DocumentKind::Gif),
        (ImageFormat::WebP, DocumentKind::Webp),
    ];
    for (format, kind) in formats {
        let bytes = encoded(&corners(), format);
        assert_eq!(count(&bytes, kind), Ok(1), "{kind:?}");
        let found = page(&bytes, kind, 1).unwrap().rgb;
        assert!(is(&found, 5, 5, [255, 0, 0]) && is(&found, 35, 15, [0, 0, 255]), "{kind:?}");
        assert_eq!(page(&bytes, kind, 2).map(|_| ()).unwrap_err().code, "no-such-page");
        assert_eq!(count(&bytes[..bytes.len().min(20)], kind).unwrap_err().code, "broken-file", "{kind:?}");
    }
}

#[test]
fn what_is_transparent_is_paper() {
    let clear = image::RgbaImage::from_pixel(4, 4, image::Rgba([0, 0, 0, 0]));
    assert_eq!(on_white(DynamicImage::ImageRgba8(clear)).get_pixel(1, 1).0, [255; 3]);
}

/// A page's tags as (tag, type, value), and its strip.
type TiffPage = (Vec<(u16, u16, u32)>, Vec<u8>);

/// A little-endian TIFF.
fn tiff_of(pages: &[TiffPage]) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (tags, data) in pages {
        let strip = u32::try_from(file.len()).unwrap();
        file.extend(data);
        let directory = u32::try_from(file.len()).unwrap();
        file[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        let mut tags = tags.clone();
        tags.extend([(273, 4, strip), (279, 4, u32::try_from(data.len()).unwrap())]);
        tags.sort_unstable();
        file.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
        for (tag, kind, value) in tags {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(1_u32.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

/// A fax of 64 by 8 pixels, its right half black, as Group 4 (or Group 3) by the crate's own encoder.
fn bilevel(compression: u32, reversed: bool) -> TiffPage {
    use fax::{Color, VecWriter, encoder::Encoder};
    let mut data = if compression == 4 {
        let mut encoder = Encoder::new(VecWriter::new());
        for _ in 0..8 {
            encoder.encode_line((0..64).map(|x| if x < 32 { Color::White } else { Color::Black }), 64).unwrap();
        }
        encoder.finish().unwrap().finish()
    } else {
        // An end-of-line code, then per line 32 white (00011011) and 32 black (000001101010) and the code again.
        let line = "00011011000001101010000000000001";
        let bits = format!("000000000001{}", line.repeat(8));
        let bits = bits + "000000000001".repeat(5).as_str() + "0000000";
        bits.as_bytes().chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, &bit| sum << 1 | (bit - b'0'))).collect()
    };
    if reversed {
        data.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
    }
    let order = if reversed { 2 } else { 1 };
    (vec![(256, 3, 64), (257, 3, 8), (258, 3, 1), (259, 3, compression), (262, 3, 0), (266, 3, order), (277, 3, 1), (278, 3, 8)], data)
}

#[test]
fn faxes_of_several_pages_are_read() {
    let thumbnail = {
        let mut page = bilevel(4, false);
        page.0.push((254, 4, 1));
        page
    };
    let file = tiff_of(&[bilevel(4, false), thumbnail, bilevel(4, true), bilevel(3, false), bilevel(3, true)]);
    assert_eq!(count(&file, DocumentKind::Tiff), Ok(4), "the thumbnail is no page");
    for number in 1..=4 {
        let found = page(&file, DocumentKind::Tiff, number).unwrap().rgb;
        assert_eq!(found.dimensions(), (64, 8), "page {number}");
        for y in [0, 7] {
            assert_eq!((found.get_pixel(3, y).0, found.get_pixel(60, y).0), ([255; 3], [0; 3]), "page {number}, row {y}");
        }
    }
    assert_eq!(page(&file, DocumentKind::Tiff, 5).map(|_| ()).unwrap_err().code, "no-such-page");
    assert_eq!(page(&file, DocumentKind::Tiff, 0).map(|_| ()).unwrap_err().code, "no-such-page");
}

#[test]
fn more_pixels_than_a_page_has_are_refused_before_they_are_unpacked() {
    let mut bomb = bilevel(4, false);
    bomb.0[0].2 = 60_000;
    let refused = count(&tiff_of(&[bomb]), DocumentKind::Tiff).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.message.contains("60000 x 8")), ("too-large", true));
    // A PNG of 20,000 by 20,000 pixels in a few bytes: only its header is there.
    let mut png = encoded(&corners(), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x4E, 0x20, 0, 0, 0x4E, 0x20]);
    let checked = crc(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checked);
    assert_eq!(count(&png, DocumentKind::Png).unwrap_err().code, "too-large");
    assert_eq!(page(&png, DocumentKind::Png, 1).map(|_| ()).unwrap_err().code, "too-large");
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

#[test]
fn a_large_picture_is_reduced_and_keeps_its_shape() {
    let small = reduce(corners(), 200);
    assert_eq!(small.dimensions(), (20, 10));
    assert!(is(&small, 2, 2, [255, 0, 0]) && is(&small, 17, 7, [0, 0, 255]));
    assert_eq!(turned(corners(), 1).dimensions(), (20, 40));
    assert!(is(&turned(corners(), 3), 5, 35, [255, 0, 0]));
    assert_eq!(DynamicImage::ImageRgb8(turned(corners(), 4)).dimensions(), (40, 20));
}

/// The same receipt as JPEG, TIFF and HEIC.
#[test]
fn a_heic_photo_shows_what_its_jpeg_shows() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/invoices/robustness"));
    if !folder.is_dir() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let of = |name: &str, kind| page(&std::fs::read(folder.join(name)).unwrap(), kind, 1).unwrap().rgb;
    let (jpeg, heic) = (of("receipt.jpg", DocumentKind::Jpeg), of("receipt.heic", DocumentKind::Heic));
    let small = |picture: &RgbImage| resized(picture, 60, 80).unwrap();
    let (a, b) = (small(&jpeg), small(&heic));
    let differing: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = differing as f64 / a.as_raw().len() as f64;
    assert!(mean < 12.0, "{:?} and {:?} differ by {mean} on average", jpeg.dimensions(), heic.dimensions());
}
