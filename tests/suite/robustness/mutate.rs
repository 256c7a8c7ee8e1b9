//! Damage done to good documents, the same for the same seed: bytes, pieces and, in PDFs, the objects
//! themselves, so that damage gets past the first checks.

use hayro_syntax::Pdf;
use hayro_syntax::object::Object;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What takes the place of a number.
const NUMBERS: &[&str] =
    &["0", "-1", "1", "65536", "2147483647", "-2147483648", "4294967296", "1e9", "0.00001", "99999999999999999999", "1369999999"];
/// What is put in front of something in a dictionary or on a page.
const ENTRIES: &[&str] = &[
    "/W[0 1369999999 500]",
    "/Length 99999999",
    "/Length -1",
    "/Filter[/FlateDecode/FlateDecode]",
    "/Filter/LZWDecode",
    "/MediaBox[0 0 2000000 2000000]",
    "/MediaBox[9 9 9 9]",
    "/Rotate 45",
    "/Kids[2 0 R 2 0 R]",
    "/Parent 1 0 R",
    "/Count -7",
    "/FontMatrix[0 0 0 0 0 0]",
    "/DW -9999999",
    "/Encoding/Identity-V",
    "/Subtype/Type3",
    "/Resources 1 0 R",
    "/Contents 1 0 R",
    "/ToUnicode 4 0 R",
    "/Differences[0/a/b 99999/c]",
    "/Encrypt<</Filter/Standard/V 2/R 3>>",
    " q q q ",
    " Q Q Q ",
    " [0.00001] 0 d ",
    " 9999999 Tf ",
    " 3 Tr ",
    " 7 Tr ",
    " 0 0 0 0 0 0 cm ",
    " 99999 Tz ",
    " BT BT ",
    " << ",
    " [ ",
    " ( ",
    " endobj ",
    " endstream ",
    "\n%",
    " stream\n",
    "\0",
];

/// A damaged copy.
pub fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut bytes = bytes.to_vec();
    for _ in 0..dice.random_range(1..6) {
        if bytes.len() < 16 {
            break;
        }
        match dice.random_range(0..10) {
            0 => flip(&mut bytes, &mut dice),
            1 if dice.random_range(0..3) == 0 => bytes.truncate(dice.random_range(8..bytes.len())),
            1 | 2 => splice(&mut bytes, &mut dice),
            3 => blank(&mut bytes, &mut dice),
            4..7 => number(&mut bytes, &mut dice),
            7 => reference(&mut bytes, &mut dice),
            _ => insert(&mut bytes, &mut dice),
        }
    }
    bytes
}

fn flip(bytes: &mut [u8], dice: &mut ChaCha8Rng) {
    for _ in 0..dice.random_range(1..20) {
        let at = dice.random_range(0..bytes.len());
        bytes[at] = dice.random_range(0..=255);
    }
}

/// Copies a piece to somewhere else, or takes it out.
fn splice(bytes: &mut Vec<u8>, dice: &mut ChaCha8Rng) {
    let from = dice.random_range(0..bytes.len());
    let to = (from + dice.random_range(1..600)).min(bytes.len());
    if dice.random_range(0..2) == 0 {
        bytes.drain(from..to);
    } else {
        let piece = bytes[from..to].repeat(dice.random_range(1..4));
        let at = dice.random_range(0..bytes.len());
        bytes.splice(at..at, piece);
    }
}

fn blank(bytes: &mut [u8], dice: &mut ChaCha8Rng) {
    let from = dice.random_range(0..bytes.len());
    let to = (from + dice.random_range(1..200)).min(bytes.len());
    bytes[from..to].fill(*b" \0".get(dice.random_range(0..2)).unwrap_or(&0));
}

/// A number at or after a random place, as a range.
fn number_at(bytes: &[u8], dice: &mut ChaCha8Rng) -> Option<std::ops::Range<usize>> {
    let at = dice.random_range(0..bytes.len());
    let start = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    Some(start..start + length)
}

fn number(bytes: &mut Vec<u8>, dice: &mut ChaCha8Rng) {
    if let Some(range) = number_at(bytes, dice) {
        bytes.splice(range, NUMBERS[dice.random_range(0..NUMBERS.len())].bytes());
    }
}

/// Turns a reference into one to another object.
fn reference(bytes: &mut Vec<u8>, dice: &mut ChaCha8Rng) {
    let at = dice.random_range(0..bytes.len());
    let Some(found) = bytes[at..].windows(5).position(|window| window[0].is_ascii_digit() && &window[1..] == b" 0 R") else {
        return insert(bytes, dice);
    };
    let to = dice.random_range(1..30_u32).to_string();
    bytes.splice(at + found..=at + found, to.into_bytes());
}

/// Puts an entry before a name of the file, or anywhere in an XML.
fn insert(bytes: &mut Vec<u8>, dice: &mut ChaCha8Rng) {
    let at = dice.random_range(0..bytes.len());
    let at = bytes[at..].iter().position(|byte| *byte == b'/').map_or(at, |found| at + found);
    bytes.splice(at..at, ENTRIES[dice.random_range(0..ENTRIES.len())].bytes());
}

/// The same PDF with its streams unpacked, so that damage reaches fonts and pages. They are put at the
/// end, and the reader is made to look for objects itself. `None` where the file cannot be opened.
pub fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let pdf = Pdf::new(bytes.to_vec()).ok()?;
    let mut out = replaced(bytes, b"startxref", b"startxxxx");
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        let kind = stream.dict().get::<hayro_syntax::object::Name<'_>>("Type");
        if kind.is_some_and(|kind| [&b"XRef"[..], b"ObjStm"].contains(&kind.as_ref())) {
            continue;
        }
        let Ok(data) = stream.decoded() else { continue };
        let mut entries = stream.dict().data().to_vec();
        for (from, to) in [(&b"/Filter"[..], &b"/Xilter"[..]), (b"/DecodeParms", b"/XecodeParms"), (b"/Length ", b"/Xength ")] {
            entries = replaced(&entries, from, to);
        }
        let end = entries.len().checked_sub(2)?;
        let id = stream.obj_id();
        out.extend(format!("\n{} {} obj ", id.obj_number, id.gen_number).into_bytes());
        out.extend(&entries[..end]);
        out.extend(format!("/Length {}>> stream\n", data.len()).into_bytes());
        out.extend_from_slice(&data);
        out.extend(b"\nendstream endobj\n");
    }
    Some(out)
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = out[at..].windows(from.len()).position(|window| window == from) {
        at += found;
        out[at..at + from.len()].copy_from_slice(to);
        at += from.len();
    }
    out
}
