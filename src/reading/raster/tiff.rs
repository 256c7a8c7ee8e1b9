//! TIFF, page by page, by the crates `tiff` and `fax`: bilevel (Group 3 and 4, uncompressed, LZW,
//! Deflate, PackBits), grey, RGB, CMYK and JPEG-compressed.
//!
//! Reduced copies of a page (thumbnails) are passed over. Group 3 is read in its one-dimensional form
//! only; old-style JPEG, palettes and Lab are refused by name.

use fax::decoder::{DecodeStatus, Group3Decoder};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use std::io::Cursor;
use tiff::decoder::{BufferLayoutPreference, Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::{MAX_ALLOC, MAX_PAGES, ReadError, check_size, no_such_page, too_large};

type File<'a> = Decoder<Cursor<&'a [u8]>>;

/// Compression tag: Group 3 and Group 4.
const GROUP_3: u16 = 3;
const GROUP_4: u16 = 4;

fn told(error: &TiffError) -> ReadError {
    match error {
        TiffError::LimitsExceeded => too_large("The TIFF page needs more memory than it is given"),
        TiffError::UnsupportedError(what) => {
            ReadError::broken(format!("The TIFF is stored in a way that is not read ({what}); send it as PDF, PNG or JPEG."))
        }
        other => ReadError::broken(format!("The TIFF is damaged: {other}")),
    }
}

fn open(bytes: &[u8]) -> Result<File<'_>, ReadError> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(MAX_ALLOC).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    Decoder::new(Cursor::new(bytes)).map(|file| file.with_limits(limits)).map_err(|error| told(&error))
}

/// Whether the directory is a reduced copy of another page (NewSubfileType, bit 0).
fn is_thumbnail(file: &mut File<'_>) -> bool {
    file.find_tag_unsigned::<u32>(Tag::NewSubfileType).ok().flatten().is_some_and(|bits| bits & 1 == 1)
}

/// Walks to page `number`; how many pages there are where it has fewer. `u32::MAX` counts them all.
fn walk(file: &mut File<'_>, number: u32) -> Result<Option<u32>, ReadError> {
    let mut seen = 0;
    loop {
        seen += u32::from(!is_thumbnail(file));
        if seen == number {
            return Ok(None);
        }
        if !file.more_images() || seen >= MAX_PAGES {
            return Ok(Some(seen.max(1)));
        }
        if let Err(error) = file.next_image() {
            // A chain of pages that breaks off: those before the break are there.
            return if seen > 0 { Ok(Some(seen)) } else { Err(told(&error)) };
        }
    }
}

pub(super) fn count(bytes: &[u8]) -> Result<u32, ReadError> {
    let mut file = open(bytes)?;
    let (width, height) = file.dimensions().map_err(|error| told(&error))?;
    check_size(width, height)?;
    Ok(walk(&mut file, u32::MAX)?.unwrap_or(1))
}

/// Page `number` (from 1), turned as its tag says, and its resolution in dots per inch.
pub(super) fn page(bytes: &[u8], number: u32) -> Result<(DynamicImage, Option<(f32, f32)>), ReadError> {
    let mut file = open(bytes)?;
    if number == 0 {
        return Err(no_such_page(count(bytes)?));
    }
    if let Some(pages) = walk(&mut file, number)? {
        return Err(no_such_page(pages));
    }
    let (width, height) = file.dimensions().map_err(|error| told(&error))?;
    check_size(width, height)?;
    let whole = |file: &mut File<'_>, tag| file.find_tag_unsigned::<u16>(tag).ok().flatten();
    let compression = whole(&mut file, Tag::Compression).unwrap_or(1);
    let reversed = whole(&mut file, Tag::FillOrder) == Some(2);
    let mut picture = if compression == GROUP_3 {
        DynamicImage::ImageLuma8(group_3(&mut file, bytes, (width, height), reversed)?)
    } else if reversed && matches!(compression, 1 | GROUP_4) {
        let bytes = in_order(&mut file, bytes)?;
        let mut file = open(&bytes)?;
        walk(&mut file, number)?;
        decode(&mut file, (width, height))?
    } else {
        decode(&mut file, (width, height))?
    };
    let dots = resolution(&mut file);
    let turn = whole(&mut file, Tag::Orientation).and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?));
    if let Some(turn) = turn {
        picture.apply_orientation(turn);
    }
    let sideways =
        matches!(turn, Some(Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH));
    Ok((picture, dots.map(|(x, y)| if sideways { (y, x) } else { (x, y) })))
}

fn resolution(file: &mut File<'_>) -> Option<(f32, f32)> {
    let unit = file.find_tag_unsigned::<u16>(Tag::ResolutionUnit).ok().flatten().unwrap_or(2);
    let scale = match unit {
        2 => 1.0,
        3 => 2.54,
        _ => return None,
    };
    let mut dots = |tag| file.get_tag_f32(tag).ok().map(|value| value * scale);
    Some((dots(Tag::XResolution)?, dots(Tag::YResolution)?))
}

/// Where the strips' bytes lie in the file, as far as they lie in it.
fn strips(file: &mut File<'_>, length: usize) -> Result<Vec<std::ops::Range<usize>>, ReadError> {
    let offsets = file.get_tag_u64_vec(Tag::StripOffsets).map_err(|error| told(&error))?;
    let counts = file.get_tag_u64_vec(Tag::StripByteCounts).map_err(|error| told(&error))?;
    let place = |value: u64| usize::try_from(value).unwrap_or(usize::MAX).min(length);
    Ok(offsets.iter().zip(&counts).map(|(&offset, &count)| place(offset)..place(offset.saturating_add(count))).collect())
}

/// The file with the bits of this page's bytes the usual way round: fax programs write the lowest first.
fn in_order(file: &mut File<'_>, bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    let mut copy = bytes.to_vec();
    for range in strips(file, bytes.len())? {
        for byte in &mut copy[range] {
            *byte = byte.reverse_bits();
        }
    }
    Ok(copy)
}

/// Group 3, one-dimensional: each line is its runs of white and black.
fn group_3(file: &mut File<'_>, bytes: &[u8], (width, height): (u32, u32), reversed: bool) -> Result<GrayImage, ReadError> {
    let options = file.find_tag_unsigned::<u32>(Tag::Unknown(292)).ok().flatten().unwrap_or(0);
    if options & 1 == 1 {
        return Err(ReadError::broken("The TIFF is a two-dimensional Group 3 fax, which is not read; send it as Group 4, PDF or PNG."));
    }
    let black_is_zero = file.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation).ok().flatten() == Some(1);
    let (paper, ink) = if black_is_zero { (0, 255) } else { (255, 0) };
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    let rows_per_strip = file.find_tag_unsigned::<u32>(Tag::RowsPerStrip).ok().flatten().unwrap_or(height).clamp(1, height);
    for (range, index) in strips(file, bytes.len())?.into_iter().zip(0_u32..) {
        let rows = rows_per_strip.min(height.saturating_sub(index.saturating_mul(rows_per_strip))) as usize;
        let data = bytes[range].iter().map(|&byte| Ok::<u8, std::convert::Infallible>(if reversed { byte.reverse_bits() } else { byte }));
        let Ok(mut lines) = Group3Decoder::new(data) else { continue };
        for _ in 0..rows {
            // A line that cannot be read ends the strip; what is missing stays white.
            let Ok(status) = lines.advance() else { break };
            fill_line(&mut pixels, lines.transitions(), width as usize, (paper, ink));
            if status == DecodeStatus::End {
                break;
            }
        }
    }
    pixels.resize(width as usize * height as usize, paper);
    GrayImage::from_raw(width, height, pixels).ok_or_else(|| ReadError::broken("The fax ends before its last line."))
}

/// A line from the places where its colour changes, white first.
fn fill_line(pixels: &mut Vec<u8>, changes: &[u16], width: usize, (paper, ink): (u8, u8)) {
    let end = pixels.len() + width;
    let start = pixels.len();
    for (index, &change) in changes.iter().enumerate() {
        let until = (start + usize::from(change)).clamp(pixels.len(), end);
        pixels.resize(until, if index % 2 == 0 { paper } else { ink });
    }
    pixels.resize(end, paper);
}

/// The current page as the decoder gives it, in eight bits a sample.
fn decode(file: &mut File<'_>, (width, height): (u32, u32)) -> Result<DynamicImage, ReadError> {
    let colour = file.colortype().map_err(|error| told(&error))?;
    let mut buffer = DecodingResult::U8(Vec::new());
    let layout = file.read_image_to_buffer(&mut buffer).map_err(|error| told(&error))?;
    let samples = match buffer {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.iter().map(|sample| (sample >> 8) as u8).collect(),
        DecodingResult::F32(samples) => samples.iter().map(|sample| (sample.clamp(0.0, 1.0) * 255.0) as u8).collect(),
        _ => return Err(ReadError::broken("The TIFF has samples of an unusual size; send it as PDF, PNG or JPEG.")),
    };
    let wide = match colour.bit_depth() {
        16 => 2,
        32 => 4,
        _ => 1,
    };
    let samples = chunky(samples, &layout, wide);
    let (columns, rows) = (width as usize, height as usize);
    let short = || ReadError::broken("The TIFF ends before its last line.");
    let grey = |pixels| GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8).ok_or_else(short);
    let rgb = |pixels| RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8).ok_or_else(short);
    match colour {
        ColorType::Gray(bits @ (1 | 2 | 4)) => grey(unpacked(&samples, columns, rows, bits)),
        ColorType::Gray(_) => grey(samples),
        ColorType::GrayA(_) => grey(samples.chunks_exact(2).map(|pixel| pixel[0]).collect()),
        ColorType::Multiband { num_samples, .. } => grey(samples.chunks_exact(usize::from(num_samples)).map(|pixel| pixel[0]).collect()),
        ColorType::RGB(_) => rgb(samples),
        ColorType::RGBA(_) => rgb(samples.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()),
        ColorType::CMYK(_) => rgb(samples.chunks_exact(4).flat_map(from_cmyk).collect()),
        ColorType::YCbCr(_) => rgb(samples.chunks_exact(3).flat_map(from_ycbcr).collect()),
        other => Err(ReadError::broken(format!("The TIFF has colours that are not read ({other:?}); send it as PDF, PNG or JPEG."))),
    }
}

/// Samples of separate planes, pixel by pixel. `wide` is the bytes of a sample in the file's layout.
fn chunky(samples: Vec<u8>, layout: &BufferLayoutPreference, wide: usize) -> Vec<u8> {
    let plane = layout.plane_stride.map_or(0, std::num::NonZero::get) / wide;
    if layout.planes < 2 || plane == 0 || samples.len() < layout.planes * plane {
        return samples;
    }
    (0..plane).flat_map(|at| (0..layout.planes).map(move |p| p * plane + at)).map(|at| samples[at]).collect()
}

/// Bytes that hold several pixels, rows starting on whole bytes, to one byte a pixel.
fn unpacked(samples: &[u8], columns: usize, rows: usize, bits: u8) -> Vec<u8> {
    let each = 8 / usize::from(bits);
    let (mask, step) = (((1_u16 << bits) - 1) as u8, 255 / ((1_u16 << bits) - 1) as u8);
    let mut out = Vec::with_capacity(columns * rows);
    for row in samples.chunks_exact(columns.div_ceil(each)).take(rows) {
        let end = out.len() + columns;
        for byte in row {
            out.extend((0..each).map(|i| ((byte >> (8 - usize::from(bits) * (i + 1))) & mask) * step));
        }
        out.truncate(end);
    }
    out
}

fn from_cmyk(pixel: &[u8]) -> [u8; 3] {
    let keep = 255 - u16::from(pixel[3]);
    [pixel[0], pixel[1], pixel[2]].map(|ink| ((255 - u16::from(ink)) * keep / 255) as u8)
}

/// ITU-R BT.601, full range, as JPEG has it.
fn from_ycbcr(pixel: &[u8]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(pixel[0]), f32::from(pixel[1]) - 128.0, f32::from(pixel[2]) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|value| value.clamp(0.0, 255.0) as u8)
}
