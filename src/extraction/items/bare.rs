//! Lines without a head: names with an amount at the right, as on receipts and in letters.
//!
//! Runs where no table with a head agrees with the sums. Rows that end in an amount stand in blocks that
//! the rows of sums part; of a block those neighbouring rows are the lines whose sum is printed. Where no
//! sum agrees the first block stands, with little weight. It refuses prose: an amount within a sentence.

use rust_decimal::Decimal;

use super::laws::{Reading, Sums, is_product};
use super::numbers::Number;
use super::{Known, Line, Page, words};
use crate::domain::LineItem;

/// Rows of one block that are tried; a longer list keeps its head.
const MAX_BLOCK: usize = 250;

/// What a row without a head is.
enum Kind {
    /// A name with an amount.
    Item(Line),
    /// A sum, a payment or a tax with its amount.
    Sum(Decimal),
    /// Words or numbers only.
    Text,
}

/// The best reading of rows without a head.
#[must_use]
pub fn read(page: &Page, known: &Known, alone: bool) -> Option<Reading> {
    let edge = edge(page)?;
    let kinds: Vec<Kind> = (0..page.doc.rows.len()).map(|row| kind(page, row, edge)).collect();
    let (mut blocks, mut block, mut printed) = (Vec::new(), Vec::new(), Vec::new());
    for kind in kinds {
        match kind {
            Kind::Item(line) if block.len() < MAX_BLOCK => block.push(line),
            Kind::Sum(value) => {
                printed.push(value.normalize());
                if !block.is_empty() {
                    blocks.push((std::mem::take(&mut block), printed.len() - 1));
                }
            }
            Kind::Item(_) | Kind::Text => {}
        }
    }
    let closed = blocks.len();
    blocks.push((block, printed.len()));
    let mut best: Option<Reading> = None;
    for (n, (block, sum)) in blocks.into_iter().enumerate().take(20) {
        let sums = Sums { known, printed: printed[sum..].iter().copied().collect() };
        let least = if alone { 1 } else { 2 };
        let Some(reading) = window(&sums, block, least, n == 0 && n < closed && alone) else { continue };
        if best.as_ref().is_none_or(|b| reading.score > b.score) {
            best = Some(reading);
        }
    }
    best
}

/// The neighbouring rows of a block whose sum agrees best; of equals the most rows.
fn window(sums: &Sums, block: Vec<Line>, least: usize, first: bool) -> Option<Reading> {
    let amounts: Vec<Decimal> = block.iter().map(|l| l.item.amount.unwrap_or_default()).collect();
    let mut best: Option<(f64, usize, usize)> = None;
    for from in 0..amounts.len() {
        let mut sum = Decimal::ZERO;
        for to in from + 1..=amounts.len() {
            sum += amounts[to - 1];
            let rows = to - from;
            // The next row says the sum of two or more above it.
            let repeated = rows > 1 && amounts.get(to) == Some(&sum);
            let grade = sums.grade(sum).max(if repeated { 2.7 } else { 0.0 });
            if grade > 0.0 && rows >= least && best.is_none_or(|(most, a, b)| grade > most || grade >= most && rows > b - a) {
                best = Some((grade, from, to));
            }
        }
    }
    let (agreement, from, to) = best.or_else(|| (first && !amounts.is_empty()).then_some((0.0, 0, amounts.len())))?;
    let lines: Vec<Line> = block.into_iter().take(to).skip(from).collect();
    let score = agreement + 0.25 * (lines.len() as f64).min(2.0);
    Some(Reading { lines, agreement, score })
}

/// The last number of a row that is an amount with nothing but a mark behind it.
fn amount_of<'a>(page: &'a Page, row: usize) -> Option<&'a Number> {
    let doc = page.doc;
    let number = page.numbers[row].iter().rfind(|n| !n.percent && (n.money || n.value.scale() == 2))?;
    let rest = &doc.tokens[number.end..doc.rows[row].end];
    let mark = rest.len() <= 2 && rest.iter().all(|t| t.text.chars().count() <= 2);
    mark.then_some(number)
}

/// The right edge that most amounts share.
fn edge(page: &Page) -> Option<f32> {
    let edges: Vec<f32> = (0..page.doc.rows.len()).filter_map(|row| amount_of(page, row)).map(|n| n.x1).take(400).collect();
    let near = |x: f32| edges.iter().filter(|e| (**e - x).abs() < page.doc.height * 2.0).count();
    edges.iter().copied().max_by_key(|x| near(*x))
}

fn kind(page: &Page, index: usize, edge: f32) -> Kind {
    let doc = page.doc;
    let row = &doc.rows[index];
    let Some(number) = amount_of(page, index) else { return Kind::Text };
    let label = doc.text(row.first, number.first);
    let values: Vec<Decimal> = page.numbers[index].iter().filter(|n| n.end <= number.first).map(|n| n.value).collect();
    let lawful = (1..values.len()).any(|i| is_product(values[i - 1], values[i], number.value));
    if !lawful && (words::is_sum(&label) || words::is_paid(&label) || words::is_carried(&label)) {
        return Kind::Sum(number.value);
    }
    let apart = number.first == row.first || doc.tokens[number.first].segment != doc.tokens[number.first - 1].segment;
    if (number.x1 - edge).abs() > doc.height * 3.0 || !apart {
        return Kind::Text;
    }
    item(page, index, number).map_or(Kind::Text, Kind::Item)
}

/// A line from a row's words and numbers, and from the rows around it.
fn item(page: &Page, index: usize, number: &Number) -> Option<Line> {
    let doc = page.doc;
    let (mut words, mut found) = label(page, index, number.first);
    let mut article = None;
    if !named(&words) {
        // Quantity and price alone: the name stands above.
        let above = index.checked_sub(1).filter(|&a| doc.rows[a].page == doc.rows[index].page && amount_of(page, a).is_none())?;
        let (text, numbers) = label(page, above, doc.rows[above].end);
        if !named(&text) || doc.rows[index].y - doc.rows[above].y > doc.height * 2.2 {
            return None;
        }
        words = text;
        found.extend(numbers);
    } else if let above = opened(page, index)
        && !above.is_empty()
    {
        let mut text = Vec::new();
        for (n, above) in above.into_iter().enumerate() {
            let (more, numbers) = label(page, above, doc.rows[above].end);
            text.extend(more);
            found.extend(numbers.into_iter().filter(|_| n == 0));
        }
        text.append(&mut words);
        words = text;
    } else if let Some(below) = page
        .numbers
        .get(index + 1)
        .filter(|_| amount_of(page, index + 1).is_none() || !named(&label(page, index + 1, doc.rows[index + 1].end).0))
    {
        let values: Vec<Decimal> = below.iter().map(|n| n.value).collect();
        if (1..values.len()).any(|i| is_product(values[i - 1], values[i], number.value)) {
            found.extend(values);
        }
    }
    if words.first().is_some_and(|w| w.len() >= 5 && w.bytes().all(|b| b.is_ascii_digit())) {
        article = Some(words.remove(0).to_owned());
    }
    let (quantity, unit_price) = roles(&found, number.value);
    let description = words.join(" ");
    let description = description.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | ')' | '&' | '%')).to_owned();
    if description.chars().filter(|c| c.is_alphabetic()).count() < 2 {
        return None;
    }
    let item = LineItem {
        description: Some(description),
        quantity,
        unit_price,
        amount: Some(number.value),
        article_number: article,
        ..LineItem::default()
    };
    let law = quantity.zip(unit_price).map(|(q, p)| is_product(q, p, number.value));
    Some(Line { item, row: index, law, doubtful: false })
}

/// The rows above that begin a name with a quantity and have no amount of their own, top first.
fn opened(page: &Page, index: usize) -> Vec<usize> {
    let doc = page.doc;
    let counted = |row: usize| {
        let first = page.numbers[row].first();
        first.is_some_and(|n| {
            n.first == doc.rows[row].first && n.value.scale() == 0 && n.value < Decimal::ONE_HUNDRED && n.end < doc.rows[row].end
        })
    };
    if counted(index) {
        return Vec::new();
    }
    for above in (index.saturating_sub(3)..index).rev() {
        let (row, below) = (&doc.rows[above], &doc.rows[above + 1]);
        if row.page != below.page || below.y - row.y > doc.height * 1.8 || amount_of(page, above).is_some() {
            break;
        }
        if counted(above) && named(&label(page, above, row.end).0) {
            return (above..index).collect();
        }
    }
    Vec::new()
}

/// Words and numbers of a row before token `end`: a number that stands first or apart counts, others are words.
fn label<'a>(page: &'a Page, index: usize, end: usize) -> (Vec<&'a str>, Vec<Decimal>) {
    let doc = page.doc;
    let row = &doc.rows[index];
    let (mut words, mut found) = (Vec::new(), Vec::new());
    let mut at = row.first;
    let mut closed = false;
    while at < end {
        let number = page.numbers[index].iter().find(|n| n.first == at && n.end <= end);
        let apart = at > row.first && doc.tokens[at].segment != doc.tokens[at - 1].segment;
        closed |= apart && number.is_some() && named(&words);
        match number {
            Some(n)
                if !n.percent
                    && (words.is_empty() && n.value.scale() == 0 && n.value < Decimal::ONE_THOUSAND || n.money || ends(doc, n, end)) =>
            {
                found.push(n.value);
                at = n.end;
            }
            _ => {
                let text = doc.tokens[at].text.as_str();
                let stray = words.is_empty() && text.chars().count() == 1 && !text.chars().all(char::is_alphanumeric);
                let times = matches!(text, "x" | "X" | "@" | "*" | "×") && !found.is_empty();
                if !(closed || stray || times) {
                    words.push(text);
                }
                at += 1;
            }
        }
    }
    (words, found)
}

/// Whether a number is the last before `end` and stands apart from the words.
fn ends(doc: &crate::extraction::layout::Doc, number: &Number, end: usize) -> bool {
    number.end == end && number.first > 0 && doc.tokens[number.first].segment != doc.tokens[number.first - 1].segment
}

/// Whether words name something: more than units and single letters.
fn named(words: &[&str]) -> bool {
    words.iter().any(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !words::is_unit(w) && !w.eq_ignore_ascii_case("for"))
}

/// Quantity and price among the numbers of a line.
fn roles(found: &[Decimal], amount: Decimal) -> (Option<Decimal>, Option<Decimal>) {
    for (i, &a) in found.iter().enumerate() {
        for &b in &found[i + 1..] {
            if is_product(a, b, amount) {
                return if b.scale() > 0 || a.scale() == 0 { (Some(a), Some(b)) } else { (Some(b), Some(a)) };
            }
        }
    }
    let quantity = found.iter().copied().find(|n| n.scale() == 0 && !n.is_zero() && *n < Decimal::ONE_THOUSAND);
    (quantity, None)
}
