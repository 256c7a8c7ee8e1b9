//! Under construction.
pub struct Extractor;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ExtractionError;
impl Extractor {
    pub fn open(_m: &crate::inference::Models) -> Result<Self, ExtractionError> { Ok(Self) }
    pub fn extract(&self, reading: &crate::domain::Reading) -> Result<crate::domain::Extraction, ExtractionError> { Ok(reading.einvoice.clone().unwrap_or_default()) }
}
