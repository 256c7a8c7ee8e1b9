//! What intake and reading both have to know of e-invoice XML before it is parsed: which document a
//! root element announces, in which encoding the bytes are, and how to get at the XML inside a
//! signed `.p7m` envelope. Refuses encodings it does not know rather than guess at letters.

use base64::Engine as _;
use std::borrow::Cow;

use super::document::DocumentKind;

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
        "FatturaElettronica" if namespace.contains("fatture") || namespace.contains("fatturapa") => Some(DocumentKind::Fatturapa),
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

/// The content type that a signed envelope names for plain data (1.2.840.113549.1.7.1), as DER.
const PKCS7_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// The same for a signed envelope (1.2.840.113549.1.7.2).
const PKCS7_SIGNED: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

/// The document inside a signed PKCS#7 envelope (CAdES `.p7m`), in DER, BER, base64 or PEM. The
/// signature is not verified. `None` where the bytes are no such envelope.
#[must_use]
pub fn unwrap_p7m(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut der: Cow<'_, [u8]> = Cow::Borrowed(bytes);
    // An envelope inside base64, at most twice: some senders encode twice.
    for _ in 0..2 {
        if der.first() == Some(&0x30) && find(&der[..der.len().min(64)], PKCS7_SIGNED).is_some() {
            return signed_content(&der);
        }
        der = Cow::Owned(from_base64(&der)?);
    }
    (der.first() == Some(&0x30)).then(|| signed_content(&der)).flatten()
}

fn from_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    if !body.starts_with('M') {
        return None; // base64 of a DER sequence (0x30) always starts so
    }
    base64::engine::general_purpose::STANDARD.decode(body).ok()
}

fn signed_content(der: &[u8]) -> Option<Vec<u8>> {
    let after = find(der, PKCS7_DATA)? + PKCS7_DATA.len();
    let explicit = Tlv::read(der.get(after..)?)?;
    if explicit.tag != 0xA0 {
        return None;
    }
    let mut content = Vec::new();
    octets(Tlv::read(explicit.value)?, &mut content, 0)?;
    Some(content)
}

/// Appends the bytes of an OCTET STRING, primitive or in chunks.
fn octets(string: Tlv<'_>, into: &mut Vec<u8>, depth: u8) -> Option<()> {
    match string.tag {
        0x04 => into.extend_from_slice(string.value),
        0x24 if depth < 4 => {
            let mut rest = string.value;
            while !rest.is_empty() && !rest.starts_with(&[0, 0]) {
                let chunk = Tlv::read(rest)?;
                rest = rest.get(chunk.size..)?;
                octets(chunk, into, depth + 1)?;
            }
        }
        _ => return None,
    }
    Some(())
}

/// One element of BER: a value of indefinite length reaches to the end of what surrounds it.
struct Tlv<'a> {
    tag: u8,
    value: &'a [u8],
    size: usize,
}

impl<'a> Tlv<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
        let (header, length) = match first {
            0x80 => (2, bytes.len() - 2),
            0..=0x7F => (2, usize::from(first)),
            _ => {
                let count = usize::from(first & 0x7F);
                let digits = bytes.get(2..2 + count).filter(|_| count <= 4)?;
                (2 + count, digits.iter().fold(0, |n, &b| n << 8 | usize::from(b)))
            }
        };
        let value = bytes.get(header..header.checked_add(length)?)?;
        Some(Self { tag, value, size: header + length })
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
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

    /// A minimal envelope around `content`: definite lengths, or indefinite ones in two chunks.
    fn envelope(content: &[u8], indefinite: bool) -> Vec<u8> {
        let size = |n: usize| vec![0x82, (n >> 8) as u8, n as u8];
        let octets = |bytes: &[u8]| [vec![0x04], size(bytes.len()), bytes.to_vec()].concat();
        if indefinite {
            let (a, b) = content.split_at(content.len() / 2);
            return [
                &[0x30, 0x80],
                PKCS7_SIGNED,
                &[0xA0, 0x80, 0x30, 0x80],
                PKCS7_DATA,
                &[0xA0, 0x80, 0x24, 0x80],
                &octets(a),
                &octets(b),
                &[0; 14],
            ]
            .concat();
        }
        let string = octets(content);
        let inner = [PKCS7_DATA, &[0xA0], &size(string.len()), &string].concat();
        let signed = [&[0x30], &size(inner.len())[..], &inner].concat();
        let body = [PKCS7_SIGNED, &[0xA0], &size(signed.len()), &signed].concat();
        [&[0x30], &size(body.len())[..], &body].concat()
    }

    #[test]
    fn envelopes_open_in_every_wrapping() {
        let content = b"<?xml version='1.0'?><x/>".repeat(20);
        for indefinite in [false, true] {
            let der = envelope(&content, indefinite);
            assert_eq!(unwrap_p7m(&der).as_deref(), Some(&content[..]), "indefinite: {indefinite}");
            let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
            assert_eq!(unwrap_p7m(base64.as_bytes()).as_deref(), Some(&content[..]));
            let pem = format!("-----BEGIN PKCS7-----\n{base64}\n-----END PKCS7-----\n");
            assert_eq!(unwrap_p7m(pem.as_bytes()).as_deref(), Some(&content[..]));
        }
        assert_eq!(unwrap_p7m(b"<xml/>"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..400, flip in 0_usize..400) {
            let _ = decode(&bytes);
            let _ = unwrap_p7m(&bytes);
            let mut der = envelope(&bytes, flip % 2 == 0);
            der.truncate(cut);
            if let Some(byte) = der.get_mut(flip) {
                *byte ^= 0x81;
            }
            let _ = unwrap_p7m(&der);
        }
    }
}
