//! What happens to a page on its way through printer, desk and scanner: turned a little, keystoned,
//! blurred, unevenly lit, speckled, and compressed.

use image::codecs::jpeg::{JpegEncoder, PixelDensity};
use image::{GrayImage, ImageEncoder as _, Luma, Rgb, RgbImage};
use rand::RngExt as _;
use serde::Serialize;

use super::super::entities::{Rng, chance};

/// How worn a scan is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Wear {
    /// Dots per inch.
    pub dpi: u32,
    /// Clockwise turn in degrees.
    pub skew: f32,
    /// How much narrower the far edge is, as a share of the width.
    pub keystone: f32,
    /// Spread of the blur in pixels.
    pub blur: f32,
    /// Brightness lost from one side to the other, 0 to 1.
    pub shade: f32,
    /// Direction of the shade in radians.
    pub shade_angle: f32,
    /// Spread of the noise in grey levels.
    pub noise: f32,
    /// Share of pixels that are dust.
    pub dust: f64,
    /// Grey of the paper and of the ink, 0 to 255.
    pub paper: u8,
    /// See `paper`.
    pub ink: u8,
    /// Warmth of the paper: how much less blue it is than red, in grey levels; 0 is grey.
    pub tint: u8,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
}

impl Wear {
    /// Draws one: most scans are fair, some are bad.
    pub fn draw(rng: &mut Rng) -> Self {
        let bad = if chance(rng, 0.3) { 1.0 } else { 0.4 };
        Self {
            dpi: [120, 150, 150, 150, 200, 200][rng.random_range(0..6)],
            skew: rng.random_range(-2.5..2.5_f32) * bad,
            keystone: rng.random_range(-0.015..0.015_f32) * bad,
            blur: rng.random_range(0.0..1.1_f32) * bad,
            shade: rng.random_range(0.0..0.3_f32) * bad,
            shade_angle: rng.random_range(0.0..std::f32::consts::TAU),
            noise: rng.random_range(1.0..14.0_f32) * bad,
            dust: rng.random_range(0.0..0.0004) * f64::from(bad),
            paper: rng.random_range(225..=255),
            ink: rng.random_range(5..70),
            tint: if chance(rng, 0.3) { rng.random_range(4..20) } else { 0 },
            quality: rng.random_range(35..92),
        }
    }

    /// The page as the scanner saves it, a JPEG in colour of the same size in pixels.
    ///
    /// # Errors
    /// Where the picture is too large for a JPEG, or has no size.
    pub fn scan(&self, rng: &mut Rng, page: &RgbImage) -> anyhow::Result<Vec<u8>> {
        let mut grey = self.turned(&image::imageops::grayscale(page));
        if self.blur > 0.05 {
            grey = image::imageops::blur(&grey, self.blur);
        }
        let (width, height) = grey.dimensions();
        let (sin, cos) = self.shade_angle.sin_cos();
        let span = f32::from(self.paper) - f32::from(self.ink);
        for _ in 0..(f64::from(width) * f64::from(height) * self.dust) as u32 {
            grey.put_pixel(rng.random_range(0..width), rng.random_range(0..height), Luma([0]));
        }
        let mut out = RgbImage::new(width, height);
        for (pixel, (x, y, from)) in out.pixels_mut().zip(grey.enumerate_pixels()) {
            let (u, v) = (x as f32 / width as f32 - 0.5, y as f32 / height as f32 - 0.5);
            let light = 1.0 - self.shade * (0.5 + (u * cos + v * sin) / std::f32::consts::SQRT_2);
            let level = f32::from(self.ink) + span * f32::from(from.0[0]) / 255.0;
            // The sum of three even draws is near enough a bell.
            let [a, b, c, _] = rng.random::<u32>().to_le_bytes();
            let noise = (f32::from(a) + f32::from(b) + f32::from(c) - 382.5) / 127.5 * self.noise;
            let value = level * light + noise;
            let tint = f32::from(self.tint) * value / 255.0;
            *pixel = Rgb([value, value - tint * 0.35, value - tint].map(|v| v.clamp(0.0, 255.0) as u8));
        }
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, self.quality);
        encoder.set_pixel_density(PixelDensity::dpi(u16::try_from(self.dpi)?));
        encoder.write_image(&out, width, height, image::ExtendedColorType::Rgb8)?;
        Ok(bytes)
    }

    /// Turned and keystoned about its middle, white where there was no paper.
    fn turned(&self, page: &GrayImage) -> GrayImage {
        let (width, height) = page.dimensions();
        let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
        let (sin, cos) = self.skew.to_radians().sin_cos();
        GrayImage::from_fn(width, height, |x, y| {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            let dx = dx * (1.0 + self.keystone * dy / cy);
            Luma([sample(page, cx + dx * cos + dy * sin, cy - dx * sin + dy * cos)])
        })
    }
}

/// Between the four pixels around a place; white outside.
fn sample(page: &GrayImage, x: f32, y: f32) -> u8 {
    let at = |x: f32, y: f32| {
        let inside = x >= 0.0 && y >= 0.0 && x < page.width() as f32 && y < page.height() as f32;
        if inside { f32::from(page.get_pixel(x as u32, y as u32).0[0]) } else { 255.0 }
    };
    let (x0, y0) = (x.floor(), y.floor());
    let (u, v) = (x - x0, y - y0);
    let top = at(x0, y0) * (1.0 - u) + at(x0 + 1.0, y0) * u;
    let below = at(x0, y0 + 1.0) * (1.0 - u) + at(x0 + 1.0, y0 + 1.0) * u;
    (top * (1.0 - v) + below * v) as u8
}
