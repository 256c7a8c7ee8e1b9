//! What intake and reading both have to know of e-invoice XML before it is parsed: which document a
//! root element announces and in which encoding the bytes are (the XML inside a signed `.p7m` is
//! [`unwrap_p7m`]'s). Refuses encodings it does not know rather than guess at letters.

use std::borrow::Cow;

use super::document::DocumentKind;
pub use super::envelope::unwrap_p7m;

/// Why bytes are not readable XML text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlTextError {
    /// Bytes that the declared (or default) encoding does not have.
    #[error("the XML is not valid {0}")]
    Malformed(&'static str),
}

/// The kind of e-invoice that a root element announces, by namespace and local name.
#[must_use]
pub fn kind_of_root(namespace: &str, local_name: &str) -> Option<DocumentKind> {
    match local_name {
        "Invoice" | "CreditNote" if namespace.starts_with("urn:oasis:names:specification:ubl:schema:xsd:") => Some(DocumentKind::Ubl),
        "CrossIndustryInvoice" if namespace.starts_with("urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:") => {
            Some(DocumentKind::Cii)
        }
        "CrossIndustryDocument" if namespace.starts_with("urn:ferd:CrossIndustryDocument:invoice:") => Some(DocumentKind::Cii),
        "FatturaElettronica" | "FatturaElettronicaSemplificata" if namespace.contains("fatture") || namespace.contains("fatturapa") => {
            Some(DocumentKind::Fatturapa)
        }
        _ => None,
    }
}

/// Decodes XML bytes: byte order mark first, then the shape of the first characters, then the
/// declaration, then UTF-8. A declared encoding that nobody knows is read as UTF-8.
///
/// # Errors
/// [`XmlTextError::Malformed`] where the bytes do not fit the encoding.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, XmlTextError> {
    let (encoding, skip) = match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (encoding_rs::UTF_8, 3),
        [0xFE, 0xFF, ..] => (encoding_rs::UTF_16BE, 2),
        [0xFF, 0xFE, ..] => (encoding_rs::UTF_16LE, 2),
        [b'<', 0, ..] => (encoding_rs::UTF_16LE, 0),
        [0, b'<', ..] => (encoding_rs::UTF_16BE, 0),
        _ => (declared_encoding(bytes), 0),
    };
    encoding.decode_without_bom_handling_and_without_replacement(&bytes[skip..]).ok_or_else(|| XmlTextError::Malformed(encoding.name()))
}

fn declared_encoding(bytes: &[u8]) -> &'static encoding_rs::Encoding {
    let head = &bytes[..bytes.len().min(200)];
    let head = String::from_utf8_lossy(head);
    let label = head
        .trim_start()
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split("?>").next())
        .and_then(|declaration| declaration.split_once("encoding"))
        .and_then(|(_, rest)| rest.trim_start().strip_prefix('='))
        .and_then(|rest| {
            let rest = rest.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            rest[1..].split(quote).next()
        });
    match label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes())) {
        // A single-byte declaration cannot stand in front of real UTF-16.
        Some(e) if e == encoding_rs::UTF_16LE || e == encoding_rs::UTF_16BE => encoding_rs::UTF_8,
        Some(encoding) => encoding,
        None => encoding_rs::UTF_8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encodings_are_told_by_mark_shape_and_declaration() {
        assert_eq!(decode(b"\xEF\xBB\xBF<a>\xC3\xBC</a>").unwrap(), "<a>ü</a>");
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xFC</a>").unwrap(),
            "<?xml version='1.0' encoding='ISO-8859-1'?><a>ü</a>"
        );
        assert_eq!(decode(b"<?xml version='1.0' encoding=\"no-such\"?><a>\xC3\xBC</a>").unwrap().chars().nth(43), Some('ü'));
        let wide: Vec<u8> = "<a>ü</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide).unwrap(), "<a>ü</a>");
        let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain("<a>ü</a>".encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(decode(&marked).unwrap(), "<a>ü</a>");
        assert_eq!(decode(b"<a>\xFC</a>"), Err(XmlTextError::Malformed("UTF-8")));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
