//! Documents made to hurt: each is small and asks for endless work, memory or depth.

use countersign::domain::DocumentKind;

/// A hostile document.
pub struct Crafted {
    pub name: &'static str,
    pub kind: DocumentKind,
    pub bytes: Vec<u8>,
    /// Its page image is asked for too.
    pub draw: bool,
}

fn pdf(name: &'static str, bytes: Vec<u8>) -> Crafted {
    Crafted { name, kind: DocumentKind::Pdf, bytes, draw: false }
}

fn drawn(name: &'static str, bytes: Vec<u8>) -> Crafted {
    Crafted { name, kind: DocumentKind::Pdf, bytes, draw: true }
}

fn xml(name: &'static str, text: String) -> Crafted {
    Crafted { name, kind: DocumentKind::Ubl, bytes: text.into_bytes(), draw: false }
}

/// All of them.
pub fn all() -> Vec<Crafted> {
    let mut all = work();
    all.extend(memory());
    all.extend(structure());
    all.extend(pages());
    all.extend(texts());
    all
}

/// A PDF whose page has these entries, resources and content, and these further objects (10 and up).
fn page_with(entries: &str, resources: &str, content: &str, objects: &str) -> Vec<u8> {
    let length = content.len();
    format!(
        "%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
         3 0 obj <</Type/Page/Parent 2 0 R{entries}/Contents 4 0 R/Resources<</Font<</H 5 0 R/F 10 0 R>>{resources}>>>> endobj\n\
         4 0 obj <</Length {length}>> stream\n{content}\nendstream endobj\n\
         5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj\n{objects}trailer <</Root 1 0 R>>\n%%EOF\n"
    )
    .into_bytes()
}

fn page(resources: &str, content: &str, objects: &str) -> Vec<u8> {
    page_with("/MediaBox[0 0 595 842]", resources, content, objects)
}

fn stream(number: usize, entries: &str, content: &str) -> String {
    format!("{number} 0 obj <<{entries}/Length {}>> stream\n{content}\nendstream endobj\n", content.len())
}

/// Forms nested fourteen deep, each drawing the next ten times.
fn form_bomb() -> Vec<u8> {
    let calls = "/F Do ".repeat(10);
    let form = |n: usize| {
        let resources = if n < 24 { format!("/Resources<</XObject<</F {} 0 R>>>>", n + 1) } else { String::new() };
        stream(n, &format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]{resources}"), if n < 24 { &calls } else { "0 0 m 1 1 l S" })
    };
    page("/XObject<</F 10 0 R>>", &calls, &(10..=24).map(form).collect::<String>())
}

/// Little to read, endless to do.
fn work() -> Vec<Crafted> {
    let form = |content: &str| stream(10, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 10 0 R>>>>", content);
    let tiling = stream(10, "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.001/YStep 0.001", "0 0 1 1 re f");
    let type3 = "10 0 obj <</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 11 0 R>>\
                 /Encoding<</Differences[65/a]>>/FirstChar 65/LastChar 65/Widths[9]/Resources<</Font<</F 10 0 R>>>>>> endobj\n"
        .to_owned()
        + stream(11, "", &"BT /F 9 Tf (AAAAAAAAAA) Tj ET ".repeat(10)).as_str();
    let mask = stream(
        10,
        "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Group<</S/Transparency>>/Resources<</ExtGState<</G 11 0 R>>>>",
        "/G gs 0 0 9 9 re f",
    ) + "11 0 obj <</Type/ExtGState/SMask<</S/Alpha/G 10 0 R>>>> endobj\n";
    let counting =
        stream(10, "/ShadingType 1/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]", &format!("{{{}}}", "dup mul ".repeat(100_000)));
    vec![
        pdf("forms that multiply", form_bomb()),
        pdf("a form that draws itself", page("/XObject<</F 10 0 R>>", "/F Do", &form("/F Do"))),
        pdf("a form that draws itself twice", page("/XObject<</F 10 0 R>>", "/F Do", &form("/F Do /F Do"))),
        drawn("a dash of nothing", page("", "[0.00001] 0 d 0 0 m 500 500 l S", "")),
        drawn("a tile of nothing", page("/Pattern<</P 10 0 R>>", "/Pattern cs /P scn 0 0 500 500 re f", &tiling)),
        drawn("a letter that draws itself", page("", "BT /F 12 Tf (A) Tj ET", &type3)),
        drawn("a mask that masks itself", page("/ExtGState<</G 11 0 R>>", "/G gs 0 0 500 500 re f", &mask)),
        drawn("a shading that counts", page("/Shading<</S <</ShadingType 1/ColorSpace/DeviceRGB/Function 10 0 R>>>>", "/S sh", &counting)),
        pdf("letters by the million", page("", &format!("BT /H 9 Tf {} ET", "(xxxxxxxxxxxxxxxxxxxx) Tj ".repeat(300_000)), "")),
        pdf("letters on one place", page("", &format!("BT /H 9 Tf {} ET", "1 0 0 1 9 9 Tm (abcdefgh) Tj ".repeat(60_000)), "")),
        pdf("marks by the million", page("", &"/Span <</ActualText (abc)>> BDC ".repeat(200_000), "")),
        drawn("clips by the hundred thousand", page("", &"0 0 99 99 re W n ".repeat(200_000), "")),
    ]
}

/// A font whose `/W` array is this.
fn widths(array: &str) -> Vec<u8> {
    page(
        "",
        "BT /F 12 Tf <0041> Tj ET",
        &format!(
            "10 0 obj <</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[11 0 R]>> endobj\n\
             11 0 obj <</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
             /FontDescriptor 12 0 R/DW 1000/W[{array}]>> endobj\n\
             12 0 obj <</Type/FontDescriptor/FontName/X/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>> endobj\n"
        ),
    )
}

/// zlib data that unpacks to this many blanks: matches of 258 at distance 1 in one block of fixed codes
/// (RFC 1951, 3.2.6), 13 bits for 258 bytes.
fn blanks(count: usize) -> Vec<u8> {
    let (mut bytes, mut bits, mut filled) = (vec![0x78, 0x01], 0_u64, 0);
    let mut put = |value: u64, length: u32, bytes: &mut Vec<u8>| {
        bits |= value << filled;
        filled += length;
        while filled >= 8 {
            bytes.push((bits & 0xFF) as u8);
            bits >>= 8;
            filled -= 8;
        }
    };
    put(0b011, 3, &mut bytes); // the last block, fixed codes
    let code = |value: u64, length: u32| value.reverse_bits() >> (64 - length);
    put(code(0x30 + u64::from(b' '), 8), 8, &mut bytes);
    let mut match_once = |bytes: &mut Vec<u8>| {
        put(code(0b1100_0101, 8), 8, bytes); // length 258
        put(0, 5, bytes); // distance 1
    };
    // Eight matches are 13 bytes, the same again and again once the first eight have set the phase.
    (0..8).for_each(|_| match_once(&mut bytes));
    let mut eight = Vec::new();
    (0..8).for_each(|_| match_once(&mut eight));
    bytes.extend(eight.repeat(count / 258 / 8));
    put(0, 7, &mut bytes); // the end
    put(0, 8, &mut bytes);
    bytes
}

/// A page whose content unpacks to `count` blanks.
fn flate_bomb(count: usize) -> Vec<u8> {
    let packed = blanks(count);
    let mut bytes = b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
        3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>> endobj\n"
        .to_vec();
    bytes.extend(format!("4 0 obj <</Filter/FlateDecode/Length {}>> stream\n", packed.len()).into_bytes());
    bytes.extend(packed);
    bytes.extend(b"\nendstream endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n");
    bytes
}

/// Little to read, much to keep.
fn memory() -> Vec<Crafted> {
    let map = stream(
        10,
        "",
        "1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange 1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange",
    );
    let mapped = "11 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 10 0 R>> endobj\n";
    let image = |size: &str| stream(10, &format!("/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8{size}"), "abc");
    let samples = stream(10, "/FunctionType 0/Domain[0 1 0 1]/Range[0 1 0 1 0 1]/Size[60000 60000]/BitsPerSample 32", "abc");
    vec![
        pdf("widths for a thousand million letters", widths("0 1369999999 500")),
        pdf("widths of everything, many times", widths(&"0 65535 500 ".repeat(20_000))),
        pdf("blanks by the thousand million", flate_bomb(1 << 30)),
        pdf("more blanks than there is memory", flate_bomb(3 << 30)),
        pdf("a map of all codes", page("", "BT /F 9 Tf (abc) Tj ET", &(map + mapped)).into_iter().collect()),
        drawn("an image without bytes", page("/XObject<</I 10 0 R>>", "500 0 0 500 0 0 cm /I Do", &image("/Width 60000/Height 60000"))),
        drawn(
            "an image of impossible size",
            page("/XObject<</I 10 0 R>>", "500 0 0 500 0 0 cm /I Do", &image("/Width 2147483647/Height 2147483647")),
        ),
        drawn(
            "a huge table of a function",
            page("/Shading<</S <</ShadingType 1/ColorSpace/DeviceRGB/Function 10 0 R>>>>", "/S sh", &samples),
        ),
    ]
}

/// Objects that contain, precede or measure themselves.
fn structure() -> Vec<Crafted> {
    let with_tree = |tree: &str| {
        format!("%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n{tree}3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n").into_bytes()
    };
    let with_length = |length: &str| {
        String::from_utf8_lossy(&page("", "BT /H 9 Tf (text) Tj ET", "")).replace("/Length 23", &format!("/Length {length}")).into_bytes()
    };
    let looped = "%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\nxref\n0 1\n0000000000 65535 f \ntrailer <</Root 1 0 R/Size 2/Prev 58>>\nstartxref\n58\n%%EOF\n";
    let nested = |open: &str, close: &str, depth: usize| {
        format!(
            "%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R/X {}{}>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n",
            open.repeat(depth),
            close.repeat(depth)
        )
        .into_bytes()
    };
    vec![
        pdf("a page tree within itself", with_tree("2 0 obj <</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]/Count 3>> endobj\n")),
        pdf(
            "a page tree that branches into itself",
            with_tree("2 0 obj <</Type/Pages/Kids[4 0 R 4 0 R]/Count 2>> endobj\n4 0 obj <</Type/Pages/Kids[2 0 R 2 0 R]>> endobj\n"),
        ),
        pdf(
            "pages by the hundred thousand",
            with_tree(&format!("2 0 obj <</Type/Pages/Kids[{}]/Count 200000>> endobj\n", "3 0 R ".repeat(200_000))),
        ),
        pdf("a count that lies", with_tree("2 0 obj <</Type/Pages/Kids[3 0 R]/Count 2147483647>> endobj\n")),
        pdf("a stream that says to be long", with_length("99999999")),
        pdf("a stream that says to be short", with_length("1")),
        pdf("a stream of negative length", with_length("-5")),
        pdf("a stream as long as itself", with_length("4 0 R")),
        pdf("a table before itself", looped.as_bytes().to_vec()),
        pdf("arrays in arrays", nested("[", "]", 2_000_000)),
        pdf("dictionaries in dictionaries", nested("<</A ", ">>", 500_000)),
        pdf("arrays in arrays on a page", page("", &"[".repeat(2_000_000), "")),
        drawn("states by the million", page("", &"q ".repeat(3_000_000), "")),
        pdf(
            "nothing but references",
            format!(
                "%PDF-1.7\n{}trailer <</Root 1 0 R>>\n%%EOF\n",
                (1..50_000).map(|n| format!("{n} 0 obj {} 0 R endobj\n", n + 1)).collect::<String>()
            )
            .into_bytes(),
        ),
        pdf(
            "a stream through every filter",
            page(
                "",
                "",
                &stream(10, &format!("/Filter[{}]", "/FlateDecode/ASCIIHexDecode/LZWDecode/RunLengthDecode".repeat(5_000)), "00>"),
            ),
        ),
    ]
}

/// Pages of impossible sizes and places.
fn pages() -> Vec<Crafted> {
    let sized = |name, entries: &str| drawn(name, page_with(entries, "", "BT /H 12 Tf 20 20 Td (some text on an odd page) Tj ET", ""));
    vec![
        sized("a page of 28 kilometres", "/MediaBox[0 0 2000000 2000000]"),
        sized("a page beyond numbers", "/MediaBox[0 0 99999999999999999999999999999999999999999999 9]"),
        sized("a page of no size", "/MediaBox[0 0 0 0]"),
        sized("a page inside out", "/MediaBox[595 842 0 0]"),
        sized("a page without a box", ""),
        sized("a page cropped away", "/MediaBox[0 0 595 842]/CropBox[1000 1000 2000 2000]"),
        sized("a page as thin as a hair", "/MediaBox[0 0 0.0001 100000]"),
        sized("a page turned oddly", "/MediaBox[0 0 595 842]/Rotate 2147483647"),
        sized("a page of units", "/MediaBox[0 0 595 842]/UserUnit 1000000"),
    ]
}

/// E-invoices made to hurt.
fn texts() -> Vec<Crafted> {
    let entities: String = (1..20).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    let root = "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\">";
    vec![
        xml("entities that multiply", format!("<!DOCTYPE i [<!ENTITY e0 \"ha\">{entities}]>{root}&e19;</Invoice>")),
        xml("an entity from a file", format!("<!DOCTYPE i [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{root}<ID>&e;</ID></Invoice>")),
        xml("tags in tags", format!("{root}{}", "<a>".repeat(2_000_000))),
        xml(
            "attributes by the hundred thousand",
            format!("{root}<a {}/></Invoice>", (0..200_000).map(|n| format!("a{n}=\"\" ")).collect::<String>()),
        ),
        xml("a tag that never ends", format!("{root}<{}", "a".repeat(20_000_000))),
        xml("lines by the hundred thousand", format!("{root}{}</Invoice>", "<InvoiceLine><ID>1</ID></InvoiceLine>".repeat(200_000))),
        xml(
            "names by the hundred thousand",
            format!("{root}{}", (0..100_000).map(|n| format!("<x:a xmlns:x=\"urn:{n}\">")).collect::<String>()),
        ),
    ]
}
