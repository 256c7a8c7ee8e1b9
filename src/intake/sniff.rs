//! Tells a file's type by its content.

use super::Rejection;
use super::wellformed;
use crate::domain::DocumentKind;
use crate::domain::xml::{decode, kind_of_root, unwrap_p7m};

/// How far into a file a PDF header may stand (ISO 32000-1, implementation note 13).
const PDF_HEADER_WITHIN: usize = 1024;

/// No PDF with a page is shorter.
const SMALLEST_PDF: usize = 60;

pub(super) fn kind(bytes: &[u8]) -> Result<DocumentKind, Rejection> {
    if let Some(kind) = raster(bytes) {
        return Ok(kind);
    }
    if let Some(other) = known_stranger(bytes) {
        return Err(Rejection::UnsupportedType { looks_like: other.to_owned() });
    }
    let head = &bytes[..bytes.len().min(PDF_HEADER_WITHIN)];
    if contains(head, b"%PDF-") && !starts_like_xml(bytes) {
        return pdf(bytes);
    }
    if starts_like_xml(bytes) {
        return xml(bytes);
    }
    if let Some(inner) = unwrap_p7m(bytes) {
        return match xml(&inner)? {
            DocumentKind::Fatturapa => Ok(DocumentKind::Fatturapa),
            other => Err(Rejection::UnsupportedType { looks_like: format!("a signed envelope around a {} document", other.as_str()) }),
        };
    }
    let looks_like = if is_text(bytes) { "plain text" } else { "an unknown binary file" };
    Err(Rejection::UnsupportedType { looks_like: looks_like.to_owned() })
}

fn raster(bytes: &[u8]) -> Option<DocumentKind> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(DocumentKind::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(DocumentKind::Jpeg),
        [b'I', b'I', 0x2A, 0, ..] | [b'M', b'M', 0, 0x2A, ..] => Some(DocumentKind::Tiff),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(DocumentKind::Gif),
        [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] => heif_brand(bytes, rest),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(DocumentKind::Webp),
        // A bitmap names its header size at byte 14: 12 (OS/2) to 124 (version 5).
        [b'B', b'M', rest @ ..] if rest.len() > 24 && (12..=124).contains(&rest[12]) && rest[13] == 0 => Some(DocumentKind::Bmp),
        _ => None,
    }
}

/// HEIC by the file type box: its major brand, or, where that only says "HEIF", a compatible one.
fn heif_brand(bytes: &[u8], brands: &[u8]) -> Option<DocumentKind> {
    const HEVC: [&[u8]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];
    let length = bytes.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size) as usize);
    let listed = &brands[..brands.len().min(length.saturating_sub(8)).min(256)];
    let major = listed.get(..4)?;
    let general = matches!(major, b"mif1" | b"msf1");
    let compatible = || listed.get(8..).is_some_and(|rest| rest.chunks_exact(4).any(|brand| HEVC.contains(&brand)));
    (HEVC.contains(&major) || general && compatible()).then_some(DocumentKind::Heic)
}

/// Types that people send by mistake, by their magic.
fn known_stranger(bytes: &[u8]) -> Option<&'static str> {
    let brand = bytes.get(4..12);
    Some(match bytes {
        [b'P', b'K', 3 | 5 | 7, ..] if contains(&bytes[..bytes.len().min(4000)], b"word/") => "a Word document (ZIP)",
        [b'P', b'K', 3 | 5 | 7, ..] if contains(&bytes[..bytes.len().min(4000)], b"xl/") => "an Excel workbook (ZIP)",
        [b'P', b'K', 3 | 5 | 7, ..] => "a ZIP archive",
        [0xD0, 0xCF, 0x11, 0xE0, ..] => "an old Office document or Outlook message",
        [0x1F, 0x8B, ..] => "a gzip archive",
        [b'7', b'z', 0xBC, 0xAF, ..] => "a 7z archive",
        [b'R', b'a', b'r', b'!', ..] => "a RAR archive",
        [b'{', b'\\', b'r', b't', b'f', ..] => "a rich text document",
        [0x7F, b'E', b'L', b'F', ..] | [b'M', b'Z', ..] => "a program",
        _ if brand.is_some_and(|b| matches!(b, b"ftypavif" | b"ftypavis" | b"ftypmif1" | b"ftypmsf1")) => "an AVIF image",
        _ if brand.is_some_and(|b| b.starts_with(b"ftyp")) => "a video",
        _ => return None,
    })
}

/// A PDF is only looked at from outside: no parsing here.
fn pdf(bytes: &[u8]) -> Result<DocumentKind, Rejection> {
    if bytes.len() < SMALLEST_PDF {
        return Err(Rejection::Broken(format!("a PDF header and then nothing: {} bytes in all", bytes.len())));
    }
    if !contains(bytes, b" obj") && !contains(bytes, b"\nobj") {
        return Err(Rejection::Broken("a PDF header, but no object follows".to_owned()));
    }
    Ok(DocumentKind::Pdf)
}

fn xml(bytes: &[u8]) -> Result<DocumentKind, Rejection> {
    if starts_like_html(bytes) {
        return Err(Rejection::UnsupportedType { looks_like: "an HTML page".to_owned() });
    }
    let text = decode(bytes).map_err(|error| Rejection::Broken(error.to_string()))?;
    let root = wellformed::check(&text).map_err(|error| Rejection::Broken(error.to_string()))?;
    kind_of_root(&root.namespace, &root.local_name).ok_or_else(|| {
        let name = &root.local_name;
        let looks_like = match name.to_ascii_lowercase().as_str() {
            "html" => "an HTML page".to_owned(),
            "svg" => "an SVG drawing".to_owned(),
            _ => format!("an XML document with the root element {name:?}, which is no invoice format we know"),
        };
        Rejection::UnsupportedType { looks_like }
    })
}

fn starts_like_xml(bytes: &[u8]) -> bool {
    let after_mark = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let first = after_mark.iter().find(|b| !b.is_ascii_whitespace());
    first == Some(&b'<') || matches!(bytes, [0xFE, 0xFF, 0, b'<', ..] | [0xFF, 0xFE, b'<', 0, ..] | [0, b'<', ..])
}

fn starts_like_html(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).to_ascii_lowercase();
    head.contains("<!doctype html") || head.trim_start().starts_with("<html")
}

fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(2000)];
    !head.contains(&0) && head.iter().filter(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()).count() * 10 >= head.len() * 8
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
