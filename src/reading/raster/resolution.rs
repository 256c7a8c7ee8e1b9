//! How large a picture is on paper.
//!
//! Files say their resolution, often wrongly: cameras and editors write 72 or 96 whatever they hold.
//! What a file says is believed where the paper would be of a usual size; otherwise the shape tells.

use crate::domain::DocumentKind;

/// Resolutions that scanners write.
const SCANNED: std::ops::RangeInclusive<f32> = 96.0..=1300.0;
/// The width of A4 and of a till roll of 80 mm, in points.
const A4: f32 = 595.0;
const ROLL: f32 = 227.0;

/// Dots per inch across and down, where the file says them.
pub(super) fn of(bytes: &[u8], kind: DocumentKind) -> Option<(f32, f32)> {
    match kind {
        DocumentKind::Jpeg => jpeg(bytes),
        DocumentKind::Png => png(bytes),
        DocumentKind::Bmp => bmp(bytes),
        _ => None,
    }
}

/// Width and height in points. Without a believable resolution a narrow picture is a receipt from a
/// roll, any other a sheet of A4, upright or across.
pub(super) fn points(width: u32, height: u32, dots: Option<(f32, f32)>) -> (f32, f32) {
    let (width, height) = (width as f32, height as f32);
    if let Some((across, down)) = dots
        && SCANNED.contains(&across)
        && SCANNED.contains(&down)
    {
        let (paper_width, paper_height) = (width * 72.0 / across, height * 72.0 / down);
        if (140.0..=1250.0).contains(&paper_width) && (140.0..=4000.0).contains(&paper_height) {
            return (paper_width, paper_height);
        }
    }
    let paper_width = match width / height {
        shape if shape < 0.55 => ROLL,
        shape if shape > 1.05 => A4 * 1.414,
        _ => A4,
    };
    (paper_width, paper_width * height / width)
}

/// The density of the JFIF header.
fn jpeg(bytes: &[u8]) -> Option<(f32, f32)> {
    let mut at = 2;
    loop {
        let marker = bytes.get(at..at + 4)?;
        let length = usize::from(u16::from_be_bytes([marker[2], marker[3]]));
        if marker[0] != 0xFF || length < 2 || marker[1] == 0xDA {
            return None;
        }
        let body = bytes.get(at + 4..at + 2 + length)?;
        if marker[1] == 0xE0 && body.starts_with(b"JFIF\0") && body.len() >= 12 {
            let density = |i: usize| f32::from(u16::from_be_bytes([body[i], body[i + 1]]));
            return match body[7] {
                1 => Some((density(8), density(10))),
                2 => Some((density(8) * 2.54, density(10) * 2.54)),
                _ => None,
            };
        }
        at += 2 + length;
    }
}

/// The chunk `pHYs`, which stands before the picture's data.
fn png(bytes: &[u8]) -> Option<(f32, f32)> {
    let mut at = 8;
    loop {
        let size = u32::from_be_bytes(*bytes.get(at..at + 4)?.first_chunk()?) as usize;
        let name = bytes.get(at + 4..at + 8)?;
        if name == b"IDAT" {
            return None;
        }
        if name == b"pHYs" {
            let body = bytes.get(at + 8..at + 17)?;
            let per_metre = |i: usize| body[i..].first_chunk::<4>().map_or(0.0, |n| u32::from_be_bytes(*n) as f32);
            return (body[8] == 1).then(|| (per_metre(0) * 0.0254, per_metre(4) * 0.0254));
        }
        at = at.checked_add(size)?.checked_add(12)?;
    }
}

/// Pixels per metre in the information header.
fn bmp(bytes: &[u8]) -> Option<(f32, f32)> {
    let per_metre = |at: usize| bytes.get(at..at + 4)?.first_chunk::<4>().map(|n| u32::from_le_bytes(*n) as f32 * 0.0254);
    (*bytes.get(14)? >= 40).then_some(())?;
    Some((per_metre(38)?, per_metre(42)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_believable_resolution_is_believed_and_the_shape_tells_otherwise() {
        let near = |(w, h): (f32, f32), to: (f32, f32)| (w - to.0).abs() < 1.0 && (h - to.1).abs() < 1.0;
        assert!(near(points(1654, 2339, Some((200.0, 200.0))), (595.4, 842.0)));
        assert!(near(points(1654, 2339, Some((72.0, 72.0))), (595.0, 841.4)), "a screen's resolution is none");
        assert!(near(points(2339, 1654, None), (841.3, 594.9)), "a sheet across");
        assert!(near(points(400, 1200, None), (227.0, 681.0)), "a receipt");
        assert!(near(points(204, 391, Some((204.0, 98.0))), (227.0, 435.1)), "too small for its resolution");
        assert!(near(points(1728, 1100, Some((204.0, 98.0))), (609.9, 808.2)), "a fax is coarser down than across");
    }
}
