//! HEIC photos by `heic-decoder`: single pictures and the grids of phones, turned as the container says.

use image::{DynamicImage, RgbImage};

use super::{ReadError, check_size, too_large};

/// Its planes hold four bytes a sample, and tiles and canvas exist at once: a picture of this size
/// takes about 600 MB while it is unpacked.
const MAX_PIXELS: u64 = 50_000_000;

fn told(error: &heic_decoder::HeifError) -> ReadError {
    ReadError::broken(format!("The HEIC photo cannot be read ({error}); send it as JPEG, PNG or PDF."))
}

/// Reads the header and judges the size.
pub(super) fn check(bytes: &[u8]) -> Result<(), ReadError> {
    let info = heic_decoder::probe(bytes).map_err(|error| told(&error))?;
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    check_size(side(info.width), side(info.height))?;
    let coded = (info.coded_width as u64).saturating_mul(info.coded_height as u64);
    if coded > MAX_PIXELS {
        return Err(too_large(&format!(
            "The HEIC photo has {coded} pixels, more than the {} million that are read",
            MAX_PIXELS / 1_000_000
        )));
    }
    Ok(())
}

pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, ReadError> {
    check(bytes)?;
    let rgb = {
        let planes = heic_decoder::decode(bytes).map_err(|error| told(&error))?;
        planes.to_rgb8().map_err(|error| told(&error))?
    };
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let picture = RgbImage::from_raw(side(rgb.width), side(rgb.height), rgb.data);
    picture.map(DynamicImage::ImageRgb8).ok_or_else(|| ReadError::broken("The HEIC photo ends before its last pixel."))
}
