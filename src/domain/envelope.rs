//! Signed envelopes around e-invoices: CMS (PKCS#7, CAdES `.p7m`, RFC 5652) in DER or BER, also as
//! base64, PEM or an S/MIME message, and signed more than once. Runs at intake and at reading, on
//! bytes that are no XML. Signatures are not verified: it opens, it does not vouch. It refuses what is
//! no envelope, and an envelope whose content is elsewhere (detached) or cut short.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

/// Encodings and signatures around one another that are opened, at most.
const MAX_LAYERS: usize = 6;
/// Deeper nesting than any envelope has.
const MAX_DEPTH: u8 = 24;
/// `signedData`, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

const SEQUENCE: u8 = 0x30;
const EXPLICIT_0: u8 = 0xA0;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTETS: u8 = 0x04;
const OCTETS_IN_CHUNKS: u8 = 0x24;

/// The document inside a signed envelope. `None` where the bytes are no such envelope.
#[must_use]
pub fn unwrap_p7m(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inside: Cow<'_, [u8]> = Cow::Borrowed(bytes);
    let mut opened = false;
    for _ in 0..MAX_LAYERS {
        if let Some(content) = signed_content(&inside) {
            inside = Cow::Owned(content);
            opened = true;
        } else if let Some(binary) = from_base64(&inside) {
            inside = Cow::Owned(binary);
        } else {
            break;
        }
    }
    opened.then(|| inside.into_owned())
}

/// Base64 of an envelope, bare, in PEM armour or behind the head of an S/MIME message.
fn from_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes)).ok()?.trim_start();
    let has_head = text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("mime-ver") || start.eq_ignore_ascii_case("content-"));
    let mut lines = text.lines();
    if has_head {
        lines.by_ref().find(|line| line.trim().is_empty())?;
    }
    let body: Vec<u8> = lines.filter(|line| !line.starts_with("-----")).flat_map(str::bytes).filter(|b| !b.is_ascii_whitespace()).collect();
    // base64 of a sequence (0x30) starts with M, and base64 of that with T
    if !body.starts_with(b"M") && !body.starts_with(b"TU") {
        return None;
    }
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD, lenient).decode(body).ok()
}

/// ContentInfo → SignedData → EncapsulatedContentInfo → its octets.
fn signed_content(bytes: &[u8]) -> Option<Vec<u8>> {
    let (content_info, _) = Element::read(bytes)?.having(SEQUENCE)?;
    let kind = Element::read(content_info)?;
    let (oid, after) = kind.having(OBJECT_IDENTIFIER)?;
    if oid != SIGNED_DATA {
        return None;
    }
    let (explicit, _) = Element::read(after)?.having(EXPLICIT_0)?;
    let (mut rest, _) = Element::read(explicit)?.having(SEQUENCE)?;
    // version and digestAlgorithms stand before the content
    for _ in 0..2 {
        rest = rest.get(extent(rest, 0)?..)?;
    }
    let (encapsulated, _) = Element::read(rest)?.having(SEQUENCE)?;
    let (_, after) = Element::read(encapsulated)?.having(OBJECT_IDENTIFIER)?;
    let (content, _) = Element::read(after)?.having(EXPLICIT_0)?;
    let mut octets = Vec::new();
    append_octets(content, &mut octets, 0)?;
    Some(octets)
}

/// Appends an OCTET STRING, whole or in chunks of chunks.
fn append_octets(bytes: &[u8], into: &mut Vec<u8>, depth: u8) -> Option<()> {
    let string = Element::read(bytes).filter(|_| depth < MAX_DEPTH)?;
    match (string.tag, string.length) {
        (OCTETS, Some(length)) => into.extend_from_slice(string.rest.get(..length)?),
        (OCTETS_IN_CHUNKS, length) => {
            let mut chunks = string.rest.get(..length.unwrap_or(string.rest.len()))?;
            while !chunks.is_empty() && !chunks.starts_with(&[0, 0]) {
                append_octets(chunks, into, depth + 1)?;
                chunks = chunks.get(extent(chunks, depth)?..)?;
            }
            // An indefinite length without its end mark was cut short.
            if length.is_none() && chunks.is_empty() {
                return None;
            }
        }
        _ => return None,
    }
    Some(())
}

/// The head of one BER element and what follows it.
struct Element<'a> {
    tag: u8,
    /// `None`: indefinite, up to an end mark.
    length: Option<usize>,
    header: usize,
    /// Everything after the head, siblings included.
    rest: &'a [u8],
}

impl<'a> Element<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
        let (header, length) = match first {
            0x80 => (2, None),
            0..=0x7F => (2, Some(usize::from(first))),
            _ => {
                let count = usize::from(first & 0x7F);
                let digits = bytes.get(2..2 + count)?;
                let digits = &digits[digits.iter().take_while(|&&digit| digit == 0).count()..];
                if digits.len() > 4 {
                    return None;
                }
                (2 + count, Some(digits.iter().fold(0, |n, &digit| n << 8 | usize::from(digit))))
            }
        };
        Some(Self { tag, length, header, rest: bytes.get(header..)? })
    }

    /// Its content and what follows, where it has this tag. A container that claims to be longer than
    /// the bytes there are gives what there is: the content may still be whole.
    fn having(&self, tag: u8) -> Option<(&'a [u8], &'a [u8])> {
        let inside = self.length.map_or(self.rest.len(), |length| length.min(self.rest.len()));
        (self.tag == tag).then(|| self.rest.split_at(inside))
    }
}

/// The bytes that one whole element takes.
fn extent(bytes: &[u8], depth: u8) -> Option<usize> {
    let element = Element::read(bytes).filter(|_| depth < MAX_DEPTH)?;
    if let Some(length) = element.length {
        return element.header.checked_add(length).filter(|&end| end <= bytes.len());
    }
    let mut at = element.header;
    loop {
        let rest = bytes.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            return Some(at + 2);
        }
        at += extent(rest, depth + 1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    fn definite(tag: u8, content: &[u8]) -> Vec<u8> {
        let n = content.len();
        [&[tag, 0x82, (n >> 8) as u8, n as u8], content].concat()
    }

    fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], content, &[0, 0]].concat()
    }

    /// An envelope around `content`: definite lengths, or indefinite ones and chunks.
    fn envelope(content: &[u8], streamed: bool) -> Vec<u8> {
        let wrap = if streamed { indefinite } else { definite };
        let data = [&[OBJECT_IDENTIFIER, 9], &SIGNED_DATA[..8], &[1]].concat();
        let string = if streamed {
            let (a, b) = content.split_at(content.len() / 2);
            let nested = indefinite(OCTETS_IN_CHUNKS, &definite(OCTETS, b));
            indefinite(OCTETS_IN_CHUNKS, &[definite(OCTETS, a), nested].concat())
        } else {
            definite(OCTETS, content)
        };
        let encapsulated = wrap(SEQUENCE, &[data, wrap(EXPLICIT_0, &string)].concat());
        let algorithms = wrap(0x31, &wrap(SEQUENCE, &[OBJECT_IDENTIFIER, 1, 0x2A]));
        let signed = wrap(SEQUENCE, &[&[0x02, 1, 1], &algorithms[..], &encapsulated, &definite(0x31, &[])].concat());
        let kind = [&[OBJECT_IDENTIFIER, 9], SIGNED_DATA].concat();
        wrap(SEQUENCE, &[kind, wrap(EXPLICIT_0, &signed)].concat())
    }

    #[test]
    fn envelopes_open_in_every_wrapping() {
        // The object identifier of plain data stands in the text, too: a search for it would be misled.
        let content = [b"<?xml version='1.0'?><x>", &SIGNED_DATA[..8], b"</x>"].concat().repeat(20);
        let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        for streamed in [false, true] {
            let der = envelope(&content, streamed);
            assert_eq!(unwrap_p7m(&der).as_deref(), Some(&content[..]), "streamed: {streamed}");
            let text = base64(&der);
            assert_eq!(unwrap_p7m(text.as_bytes()).as_deref(), Some(&content[..]));
            assert_eq!(unwrap_p7m(base64(text.as_bytes()).as_bytes()).as_deref(), Some(&content[..]), "encoded twice");
            let pem = format!("-----BEGIN PKCS7-----\r\n{text}\r\n-----END PKCS7-----\r\n");
            assert_eq!(unwrap_p7m(pem.as_bytes()).as_deref(), Some(&content[..]));
            let mime = format!("MIME-Version: 1.0\r\nContent-Type: application/x-pkcs7-mime\r\n\r\n{text}\r\n");
            assert_eq!(unwrap_p7m(mime.as_bytes()).as_deref(), Some(&content[..]));
            assert_eq!(unwrap_p7m(text.trim_end_matches('=').as_bytes()).as_deref(), Some(&content[..]));
            let twice = envelope(&der, !streamed);
            assert_eq!(unwrap_p7m(&twice).as_deref(), Some(&content[..]), "signed twice");
        }
        assert_eq!(unwrap_p7m(b"<xml/>"), None);
    }

    #[test]
    fn a_cut_or_detached_envelope_is_refused() {
        for streamed in [false, true] {
            let der = envelope(&[b'x'; 100], streamed);
            let start = der.windows(4).position(|w| w == b"xxxx").unwrap();
            assert_eq!(unwrap_p7m(&der[..start + 50]), None);
        }
        let kind = [&[OBJECT_IDENTIFIER, 9], SIGNED_DATA].concat();
        let encapsulated = definite(SEQUENCE, &[OBJECT_IDENTIFIER, 1, 0x2A]);
        let signed = definite(SEQUENCE, &[&[0x02, 1, 1], &definite(0x31, &[])[..], &encapsulated].concat());
        assert_eq!(unwrap_p7m(&definite(SEQUENCE, &[kind, definite(EXPLICIT_0, &signed)].concat())), None);
    }

    fn openssl(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
        let mut child =
            Command::new("openssl").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        child.stdin.take()?.write_all(input).ok()?;
        let output = child.wait_with_output().ok()?;
        output.status.success().then_some(output.stdout)
    }

    /// What a real signer writes: DER, streamed BER and S/MIME, with certificate and signature behind.
    #[test]
    fn envelopes_of_a_real_signer_open() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        let (key, certificate) = (at("key.pem"), at("cert.pem"));
        let made =
            openssl(&["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=t", "-keyout", &key, "-out", &certificate], b"");
        if made.is_none() {
            eprintln!("skipped: openssl is not installed");
            return;
        }
        let content = b"<?xml version='1.0'?><x>\xC3\xA8</x>\n".repeat(3000);
        for extra in [&["-outform", "DER"][..], &["-outform", "DER", "-stream"], &["-outform", "PEM"], &["-outform", "SMIME"]] {
            let sign = [&["cms", "-sign", "-binary", "-nodetach", "-signer", &certificate, "-inkey", &key][..], extra].concat();
            let signed = openssl(&sign, &content).unwrap();
            assert!(unwrap_p7m(&signed).as_deref() == Some(&content[..]), "{extra:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..500, flip in 0_usize..400) {
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
