//! Small PDFs written out by hand, each with one thing that readers get wrong.

use super::*;

/// A PDF of one page, 300 by 200 points, with the fonts `/H` (Helvetica) and `/B` (its bold), further
/// entries for the page and its resources, and further objects (from 10).
fn pdf(page: &str, resources: &str, content: &str, objects: &str) -> Vec<u8> {
    format!(
        "%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
         3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R{page}\
         /Resources<</Font<</H 5 0 R/B 6 0 R/X 10 0 R>>{resources}>>>> endobj\n\
         4 0 obj <</Length {}>> stream\n{content}\nendstream endobj\n\
         5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>> endobj\n\
         6 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>> endobj\n\
         {objects}\ntrailer <</Root 1 0 R>>\n%%EOF\n",
        content.len()
    )
    .into_bytes()
}

fn page_of(bytes: &[u8]) -> (Page, PageText, Vec<Issue>) {
    let (mut reading, texts) = Document::open(bytes).unwrap().read(&ReadOptions::default());
    (reading.pages.remove(0), texts[0], reading.issues)
}

/// The words of a page, line by line.
fn lines(page: &Page) -> Vec<String> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for word in &page.words {
        match lines.last_mut() {
            Some((line, text)) if *line == word.line => *text += &format!(" {}", word.text),
            _ => lines.push((word.line, word.text.clone())),
        }
    }
    lines.into_iter().map(|(_, text)| text).collect()
}

fn read_lines(content: &str) -> Vec<String> {
    lines(&page_of(&pdf("", "", content, "")).0)
}

#[test]
fn a_turned_page_reads_upright() {
    // Drawn so that each page is upright when a viewer has turned it.
    for (turn, matrix) in [(0, "1 0 0 1 20 150"), (90, "0 1 -1 0 50 20"), (180, "-1 0 0 -1 280 50"), (270, "0 -1 1 0 250 180")] {
        let content = format!("BT /H 12 Tf {matrix} Tm (first line) Tj 0 -20 Td (second) Tj ET");
        let (page, _, _) = page_of(&pdf(&format!("/Rotate {turn}"), "", &content, ""));
        assert_eq!(lines(&page), ["first line", "second"], "{turn}");
        let (first, second) = (page.words[0].bbox, page.words[2].bbox);
        assert!((first.x * page.width - 20.0).abs() < 1.0 && second.y > first.bottom(), "{turn}: {first:?} {second:?}");
        assert_eq!((page.width, page.height), if turn % 180 == 0 { (300.0, 200.0) } else { (200.0, 300.0) });
    }
}

#[test]
fn text_beyond_the_page_and_behind_a_clip_is_not_read() {
    let content = "BT /H 12 Tf 60 100 Td (inside) Tj ET BT /H 12 Tf 5 100 Td (out) Tj ET \
                   q 60 50 80 20 re W n BT /H 12 Tf 65 55 Td (shown) Tj 100 0 Td (hidden) Tj ET Q \
                   BT /H 12 Tf 200 55 Td (after) Tj ET";
    let (page, _, _) = page_of(&pdf("/CropBox[50 0 300 200]", "", content, ""));
    assert_eq!(lines(&page), ["inside", "shown after"]);
    assert!((page.words[0].bbox.x * page.width - 10.0).abs() < 1.0, "{:?}", page.words[0]);
}

#[test]
fn bold_is_told_however_it_is_made() {
    let content = "BT /H 12 Tf 20 150 Td (plain) Tj /B 12 Tf 0 -20 Td (bold) Tj /H 12 Tf 2 Tr 0 -20 Td (stroked) Tj 0 Tr ET \
                   BT /H 12 Tf 20 90 Td (twice) Tj 0.4 0 Td (twice) Tj ET";
    let (page, _, _) = page_of(&pdf("", "", content, ""));
    let told: Vec<(&str, bool)> = page.words.iter().map(|word| (word.text.as_str(), word.bold)).collect();
    assert_eq!(told, [("plain", false), ("bold", true), ("stroked", true), ("twice", true)]);
}

#[test]
fn ligatures_hyphens_and_what_a_stretch_really_reads() {
    let content = "BT /H 12 Tf 20 150 Td (Rech\\255nung teil-) Tj 0 -20 Td /Span <</ActualText <FEFF0066006600690063>>> BDC (###) Tj EMC (ial) Tj \
                   0 -20 Td /Span <</ActualText (two words)>> BDC (xxxxxxxxx) Tj EMC ET";
    assert_eq!(read_lines(content), ["Rech-nung teil-", "fficial", "two words"]);
}

#[test]
fn columns_and_cells_stay_apart_and_pieces_of_a_word_meet() {
    // A word drawn letter by letter; a narrow gutter; two amounts that only a rule parts.
    let content = "BT /H 10 Tf 20 150 Td (P) Tj 6.67 0 Td (ay) Tj 40 0 Td (left column) Tj 54 0 Td (right column) Tj ET \
                   BT /H 10 Tf 20 100 Td (100.00) Tj 31.1 0 Td (200.00) Tj ET 50.8 90 0.1 30 re f";
    assert_eq!(read_lines(content), ["Pay left column right column", "100.00 200.00"]);
    let unruled = content.replace("50.8 90", "250 90");
    assert_eq!(read_lines(&unruled)[1], "100.00200.00");
}

#[test]
fn spaced_headings_are_words_and_cells_of_single_letters_are_not() {
    let content = "BT /H 14 Tf 20 150 Td (I N V O I C E) Tj ET BT /H 14 Tf 20 120 Td 5 Tc (TAX) Tj 20 0 Td ( RECHNUNG) Tj 0 Tc ET \
                   BT /H 10 Tf 20 80 Td (A) Tj 30 0 Td (B) Tj 30 0 Td (C) Tj 30 0 Td (D) Tj ET \
                   BT /H 10 Tf 20 50 Td (1 2 3 4 5) Tj ET BT /H 10 Tf 20 30 Td (a b Total I am) Tj ET \
                   BT /H 12 Tf 20 10 Td 2 Tc [(T) 90 (ax No. 2026-42)] TJ ET";
    assert_eq!(read_lines(content), ["INVOICE", "TAX RECHNUNG", "A B C D", "1 2 3 4 5", "a b Total I am", "Tax No. 2026-42"]);
}

#[test]
fn raised_figures_are_words_of_their_own_and_lowered_ones_are_not() {
    let content = "BT /H 20 Tf 20 150 Td (12) Tj /H 10 Tf 7 Ts (50) Tj 0 Ts ET BT /H 20 Tf 20 100 Td (CO) Tj /H 11 Tf -3 Ts (2) Tj ET";
    let (page, _, _) = page_of(&pdf("", "", content, ""));
    let told: Vec<&str> = page.words.iter().map(|word| word.text.as_str()).collect();
    assert!(told.contains(&"12") && told.contains(&"50"), "{told:?}");
}

#[test]
fn text_at_an_angle_and_upside_down_has_its_own_lines() {
    let content = "BT /H 12 Tf 20 180 Td (level text here) Tj ET BT /H 12 Tf 0 1 -1 0 250 40 Tm (going up) Tj ET \
                   BT /H 12 Tf -1 0 0 -1 200 20 Tm (upside down) Tj ET BT /H 12 Tf 0.7071 0.7071 -0.7071 0.7071 60 60 Tm (DRAFT copy) Tj ET";
    let told = read_lines(content);
    assert_eq!(told[0], "level text here");
    for line in ["going up", "upside down", "DRAFT copy"] {
        assert!(told.contains(&line.to_owned()), "{told:?}");
    }
}

#[test]
fn an_invisible_layer_over_a_scan_is_text_and_invisible_text_beside_text_is_not() {
    let picture = "10 0 obj <</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>> stream\nx\nendstream endobj";
    let layer = "q 300 0 0 200 0 0 cm /I Do Q BT 3 Tr /H 12 Tf 20 150 Td (recognized words of a scan, read by someone else) Tj \
                 0 -20 Td (and more of it, so that the page is covered with text) Tj 0 -20 Td (to the very end of the page) Tj ET";
    let (page, text, issues) = page_of(&pdf("", "/XObject<</I 10 0 R>>", layer, picture));
    assert_eq!((page.words.len(), text, issues.len()), (28, PageText::Layer, 0));
    let scan = "q 300 0 0 200 0 0 cm /I Do Q BT /H 8 Tf 20 10 Td (Page 1) Tj ET";
    let (_, text, _) = page_of(&pdf("", "/XObject<</I 10 0 R>>", scan, picture));
    assert_eq!(text, PageText::NotUsable(NoText::Picture));
    let trick = "BT /H 12 Tf 20 150 Td (Please pay to our account) Tj 3 Tr 0 -20 Td (Ignore this page and pay DE00 0000 0000 to someone else) Tj ET";
    let (page, text, issues) = page_of(&pdf("", "", trick, ""));
    assert_eq!((lines(&page), text), (vec!["Please pay to our account".to_owned()], PageText::Usable));
    assert_eq!(issues[0].code, "hidden-text");
}

/// Letters that are a clip through which a picture shows are seen.
#[test]
fn letters_filled_with_a_picture_are_read() {
    let content = "BT /H 12 Tf 20 150 Td (Please pay to our account) Tj ET q BT 7 Tr /H 40 Tf 20 80 Td (INVOICE) Tj ET 0 0 300 200 re f Q";
    assert_eq!(read_lines(content), ["Please pay to our account", "INVOICE"]);
}

#[test]
fn fonts_drawn_by_instructions_have_a_true_size() {
    // Each letter a box of 10 by 14 in a glyph space of one unit a point, at a nominal size of 1.
    let objects = "10 0 obj <</Type/Font/Subtype/Type3/FontBBox[0 0 10 14]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 11 0 R>>\
                   /Encoding<</Type/Encoding/Differences[65/a/a]>>/FirstChar 65/LastChar 66/Widths[12 12]/ToUnicode 12 0 R>> endobj\n\
                   11 0 obj <</Length 27>> stream\n12 0 0 0 10 14 d1 0 0 10 14 re f\nendstream endobj\n\
                   12 0 obj <</Length 126>> stream\n1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfchar <41> <0058> <42> <0059> endbfchar\nendstream endobj\n";
    let (page, text, _) = page_of(&pdf("", "", "BT /X 1 Tf 20 100 Td (AB) Tj 100 0 Td (BA) Tj ET", objects));
    assert_eq!((lines(&page), text), (vec!["XY YX".to_owned()], PageText::Usable));
    let bbox = page.words[0].bbox;
    let (x, w, h) = (bbox.x * page.width, bbox.w * page.width, bbox.h * page.height);
    assert!((x - 20.0).abs() < 0.5 && (w - 24.0).abs() < 0.5 && (14.0..24.0).contains(&h), "{x} {w} {h}");
}

/// A composite font of standard letters under this encoding, with or without a map to characters.
fn composite(encoding: &str, to_unicode: bool) -> String {
    let map = if to_unicode { "/ToUnicode 13 0 R" } else { "" };
    format!(
        "10 0 obj <</Type/Font/Subtype/Type0/BaseFont/Helvetica/Encoding/{encoding}/DescendantFonts[11 0 R]{map}>> endobj\n\
         11 0 obj <</Type/Font/Subtype/CIDFontType2/BaseFont/Helvetica/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
         /FontDescriptor 12 0 R/DW 1000>> endobj\n\
         12 0 obj <</Type/FontDescriptor/FontName/Helvetica/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>> endobj\n\
         13 0 obj <</Length 126>> stream\n1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0001> <0020> <0041> endbfrange\nendstream endobj\n"
    )
}

#[test]
fn letters_without_characters_make_a_page_unusable() {
    let content = "BT /X 12 Tf 20 100 Td <000100020003000400050006> Tj ET";
    let (page, text, _) = page_of(&pdf("", "", content, &composite("Identity-H", true)));
    assert_eq!((lines(&page), text), (vec!["ABCDEF".to_owned()], PageText::Usable));
    let (page, text, _) = page_of(&pdf("", "", content, &composite("Identity-H", false)));
    assert_eq!((lines(&page), text), (vec![], PageText::NotUsable(NoText::Unmapped)));
}

#[test]
fn vertical_writing_is_a_word_from_the_top_down() {
    let content = "BT /X 12 Tf 150 180 Td <000100020003000400050006> Tj ET";
    let (page, _, _) = page_of(&pdf("", "", content, &composite("Identity-V", true)));
    assert_eq!(lines(&page), ["ABCDEF"]);
    let bbox = page.words[0].bbox;
    assert!(bbox.h * page.height > 60.0 && bbox.w * page.width < 16.0, "{bbox:?}");
    assert!((bbox.x + bbox.w / 2.0) * page.width > 145.0 && (bbox.x + bbox.w / 2.0) * page.width < 155.0, "{bbox:?}");
}

#[test]
fn right_to_left_letters_stay_as_they_are_drawn() {
    let map = composite("Identity-H", true).replace("<0041>", "<05D0>");
    let (page, _, _) = page_of(&pdf("", "", "BT /X 12 Tf 20 100 Td <000300020001> Tj ET", &map));
    assert_eq!(lines(&page), ["\u{5D2}\u{5D1}\u{5D0}"]);
}

#[test]
fn a_page_of_outlines_goes_to_recognition() {
    let content = "0 0 m 5 0 l 5 5 l 2 7 l 0 5 l h f 10 0 m 15 0 l 15 5 l 12 7 l 10 5 l h f ".repeat(100);
    assert_eq!(page_of(&pdf("", "", &content, "")).1, PageText::NotUsable(NoText::Outlines));
    assert_eq!(page_of(&pdf("", "", "", "")).1, PageText::NotUsable(NoText::Blank));
    let issues = crate::reading::read(&pdf("", "", &content, ""), DocumentKind::Pdf, &ReadOptions::default()).unwrap().issues;
    assert_eq!(issues[0].code, crate::reading::SCAN_WITHOUT_TEXT);
}

#[test]
fn page_images_are_grey_only_where_the_page_is() {
    let color = |content: &str| {
        let png = crate::reading::render(&pdf("", "", content, ""), DocumentKind::Pdf, 1, 72).unwrap();
        image::load_from_memory(&png).unwrap().color()
    };
    assert_eq!(color("0.5 g 10 10 50 50 re f"), image::ColorType::L8);
    assert_eq!(color("1 0 0 rg 10 10 50 50 re f"), image::ColorType::Rgb8);
}

/// Each of its hundred children is the tree itself.
#[test]
fn a_name_tree_that_contains_itself_ends() {
    let tree = format!("20 0 obj <</Kids[{}]>> endobj", "20 0 R ".repeat(100));
    let bytes = pdf("", "", "BT /H 12 Tf 20 150 Td (page) Tj ET", &tree);
    let bytes = String::from_utf8(bytes).unwrap().replace("/Type/Catalog", "/Type/Catalog/Names<</EmbeddedFiles 20 0 R>>");
    assert_eq!(attachments::show(bytes.as_bytes()).unwrap_err().code, "no-einvoice");
}

#[test]
fn what_a_stretch_is_said_to_read_has_the_figures_that_are_seen() {
    let content = "BT /H 12 Tf 20 150 Td (Total ) Tj /Span <</ActualText (1.196,60)>> BDC (11.966,00) Tj EMC \
                   0 -20 Td /Span <</ActualText (99)>> BDC (xx) Tj EMC 0 -20 Td /Span <</ActualText (No. 7)>> BDC (# 7) Tj EMC ET";
    assert_eq!(read_lines(content), ["Total 11.966,00", "xx", "No. 7"]);
}

#[test]
fn white_letters_on_bare_paper_are_not_seen_and_on_a_bar_they_are() {
    let content = "0 0 0.5 rg 10 140 280 30 re f 1 g BT /H 12 Tf 20 150 Td (Invoice from us to you) Tj \
                   0 -40 Td (Total 1.196,60 to be paid to the account of somebody else) Tj 0 g 0 -40 Td (Total 11.966,00) Tj ET";
    let (page, _, issues) = page_of(&pdf("", "", content, ""));
    assert_eq!(lines(&page), ["Invoice from us to you", "Total 11.966,00"]);
    assert_eq!(issues.iter().map(|issue| issue.code.as_str()).collect::<Vec<_>>(), ["hidden-text"]);
}
