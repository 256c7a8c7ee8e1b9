//! The rows below a head: amounts in the amount column begin lines, the other columns give their cells.
//!
//! Columns reach from one white river to the next: where the rows with amounts leave space between two
//! heads. A table goes on to the next page while no sum has ended it. It refuses rows that carry a sum
//! over, and stops at sums, at another head and at a wide gap.

use rust_decimal::Decimal;

use super::heads::{self, Head};
use super::laws::{self, Cells};
use super::numbers::Number;
use super::words::{self, Role};
use super::{Line, Page, describe};
use crate::domain::LineItem;
use crate::extraction::amounts::currency_of_mark;
use crate::extraction::layout::{Row, Token};

/// A gap of more line heights ends a table.
const GAP: f32 = 14.0;
/// Rows that one table may have.
const MAX_ROWS: usize = 4000;

/// A head with the reach of its columns.
pub struct Grid {
    /// Roles, left to right.
    pub roles: Vec<Role>,
    /// `bounds[i]..bounds[i + 1]` is the reach of column `i`.
    pub bounds: Vec<f32>,
    /// Rows of the body: those with an amount, and all others between.
    pub rows: Vec<BodyRow>,
}

/// A row of the body.
#[derive(Debug, Clone, Copy)]
pub struct BodyRow {
    /// Index of the row.
    pub index: usize,
    /// Index of its amount among the row's numbers.
    pub amount: Option<usize>,
    /// Whether its words could also be a sum's.
    pub doubtful: bool,
}

/// The lines below a head.
#[must_use]
pub fn read(page: &Page, head: &Head) -> Vec<Line> {
    let Some(mut grid) = grid(page, head) else { return Vec::new() };
    let mut cells = cells(page, &grid);
    laws::reconcile(page, &mut grid.roles, &mut cells);
    describe::sort_texts(page, &mut grid);
    let texts = describe::texts(page, &grid, &cells);
    cells.into_iter().zip(texts).filter_map(|(cells, text)| line(page, &grid, &cells, text)).collect()
}

fn grid(page: &Page, head: &Head) -> Option<Grid> {
    let amount = head.columns.iter().position(|c| c.role == Role::Amount);
    let price = head.columns.iter().position(|c| c.role == Role::Price);
    let anchor = amount.or(price)?;
    let mut rows = body(page, head, anchor);
    let anchored: Vec<usize> = rows.iter().filter(|r| r.amount.is_some()).map(|r| r.index).collect();
    if anchored.is_empty() {
        return None;
    }
    let body: Vec<usize> = rows.iter().map(|r| r.index).collect();
    let bounds = bounds(page, head, &anchored, &body);
    let roles: Vec<Role> = head.columns.iter().map(|c| c.role).collect();
    for row in &mut rows {
        let reach = (bounds[anchor], bounds[anchor + 1]);
        if row.amount.is_none() {
            continue;
        }
        row.amount = page.numbers[row.index].iter().rposition(|n| !n.percent && within(n, reach));
    }
    Some(Grid { roles, bounds, rows })
}

fn within(number: &Number, (x0, x1): (f32, f32)) -> bool {
    let middle = f32::midpoint(number.x0, number.x1);
    middle > x0 && middle <= x1
}

/// The rows of the body.
fn body(page: &Page, head: &Head, anchor: usize) -> Vec<BodyRow> {
    let doc = page.doc;
    let mut rows = Vec::new();
    let (mut y, mut sheet) = (doc.rows[head.last].y, doc.rows[head.last].page);
    let mut reach: Option<(f32, f32)> = None;
    let mut index = head.last + 1;
    let mut ended = false;
    while index < doc.rows.len() && rows.len() < MAX_ROWS {
        let row = &doc.rows[index];
        if row.page != sheet {
            if ended || reach.is_none() {
                break;
            }
            (sheet, y) = (row.page, row.y);
        }
        if row.y - y > doc.height * GAP && reach.is_some() && sum_at(page, head, index, None) == Sum::No {
            // What stands at the foot of a page may be followed by the rest of the table.
            index += 1;
            continue;
        }
        if row.y - y > doc.height * GAP || page.heads[index] || heads::is_foreign(doc, index) {
            break;
        }
        let amount = amount_at(page, head, index, anchor).filter(|&n| {
            let number = &page.numbers[index][n];
            sheet == doc.rows[head.last].page || reach.is_some_and(|(x0, x1)| number.x1 > x0 && number.x0 < x1)
        });
        let full = amount.is_some_and(|a| is_full(page, head, index, a));
        if !full && is_carried(page, row) {
            y = row.y;
            index += 1;
            continue;
        }
        let sum = if full { Sum::No } else { sum_at(page, head, index, amount) };
        if sum == Sum::Yes {
            ended = true;
            drop_above(page, &mut rows, row);
        } else if !ended || full {
            if ended {
                // Below a section's sum: the text between belongs to no line.
                rows.retain(|r: &BodyRow| r.index < index);
                ended = false;
            }
            if let Some(number) = amount.map(|a| &page.numbers[index][a]) {
                let known = reach.unwrap_or((number.x0, number.x1));
                reach = Some((known.0.min(number.x0), known.1.max(number.x1)));
            }
            rows.push(BodyRow { index, amount, doubtful: sum == Sum::Perhaps });
        }
        if amount.is_some() || rows.last().is_some_and(|r| r.index == index) {
            y = row.y;
        }
        index += 1;
    }
    rows
}

/// Amounts without text that stand closely above a sum's label are the sum's: its cell is higher than its label.
fn drop_above(page: &Page, rows: &mut Vec<BodyRow>, sum: &Row) {
    let doc = page.doc;
    while let Some(last) = rows.last() {
        let row = &doc.rows[last.index];
        let bare =
            doc.tokens[row.first..row.end].iter().all(|t| t.folded.bytes().all(|b| b.is_ascii_digit()) || t.text.chars().count() <= 3);
        if row.page == sum.page && sum.y - row.y < doc.height * 1.1 && bare {
            rows.pop();
        } else {
            break;
        }
    }
}

/// The column whose head is nearest to a number.
fn nearest(head: &Head, number: &Number) -> Option<usize> {
    let distance = |i: &usize| {
        let c = &head.columns[*i];
        let apart = (c.x0 - number.x1).max(number.x0 - c.x1);
        if apart < 0.0 { apart } else { apart + 0.01 }
    };
    (0..head.columns.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// The number of a row that stands in the amount column.
fn amount_at(page: &Page, head: &Head, index: usize, anchor: usize) -> Option<usize> {
    let numbers = &page.numbers[index];
    let last = anchor + 1 == head.columns.len();
    let stands = numbers.iter().rposition(|n| {
        let at = nearest(head, n);
        !n.percent && (at == Some(anchor) || last && n.x0 > head.columns[anchor].x0)
    });
    // Values at the right of wide columns stand nearer to the next head: their order tells.
    stands.or_else(|| {
        let description = head.columns.iter().rposition(|c| c.role == Role::Description).filter(|d| *d < anchor)?;
        let counts = |c: &heads::Column| !matches!(c.role, Role::Unit | Role::Article);
        let columns = head.columns[description + 1..].iter().filter(|c| counts(c)).count();
        let order = head.columns[description + 1..anchor].iter().filter(|c| counts(c)).count();
        let first = numbers.iter().position(|n| n.x0 > head.columns[description].x1)?;
        let alone = |n: &Number| n.first == 0 || page.doc.tokens[n.first].segment != page.doc.tokens[n.first - 1].segment;
        (numbers.len() - first == columns && numbers[first..].iter().all(alone) && !numbers[first + order].percent).then_some(first + order)
    })
}

/// Whether a row has a quantity and a price whose product is its amount, besides.
fn is_full(page: &Page, head: &Head, index: usize, amount: usize) -> bool {
    let numbers = &page.numbers[index];
    let value = numbers[amount].value;
    let others: Vec<Decimal> = numbers
        .iter()
        .enumerate()
        .filter(|(i, n)| *i != amount && !n.percent && nearest(head, n).is_some_and(|c| head.columns[c].role != Role::Description))
        .map(|(_, n)| n.value)
        .collect();
    (0..others.len()).any(|i| (i + 1..others.len()).any(|j| laws::is_product(others[i], others[j], value)))
        || head.has(Role::Quantity) && head.has(Role::Price) && others.len() >= 2 && !value.is_zero()
}

fn labels<'a>(page: &'a Page, row: &'a Row) -> impl Iterator<Item = (f32, f32, String)> + 'a {
    let doc = page.doc;
    doc.segments[row.first_segment..row.end_segment]
        .iter()
        .filter(|s| doc.tokens[s.first..s.end].iter().any(|t| t.text.chars().any(char::is_alphabetic)))
        .map(|s| (s.x0, s.x1, doc.text(s.first, s.end)))
}

fn is_carried(page: &Page, row: &Row) -> bool {
    labels(page, row).any(|(_, _, text)| words::is_carried(&text))
}

/// Whether a row is a sum's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sum {
    No,
    /// By its words, but it stands where descriptions do: the laws decide.
    Perhaps,
    Yes,
}

/// Whether the sums begin at this row.
fn sum_at(page: &Page, head: &Head, index: usize, amount: Option<usize>) -> Sum {
    let doc = page.doc;
    let row = &doc.rows[index];
    let description = head.columns.iter().find(|c| c.role == Role::Description);
    let found: Vec<(f32, f32, String)> = labels(page, row).collect();
    let number = amount.map(|a| page.numbers[index][a].x0);
    let mut sum = Sum::No;
    for (i, (x0, x1, text)) in found.iter().enumerate() {
        if !words::is_sum(text) || number.is_some_and(|n| *x0 > n + 1.0) {
            continue;
        }
        let beyond = description.is_none_or(|d| *x0 > d.x1 + doc.height);
        let short = text.split_whitespace().count() <= 4;
        let beside = number.is_some() && found.len() <= 2 && (i + 1 == found.len() || i == 0);
        let inline = number.is_none() && found.len() == 1 && page.numbers[index].last().is_some_and(|n| n.money);
        let within = description.is_some_and(|d| *x0 < d.x1 && *x1 > d.x0 || (*x0 - d.x0).abs() < doc.height);
        if beside && within {
            // A number of another column makes a line of it.
            let counted =
                page.numbers[index].iter().enumerate().any(|(n, number)| Some(n) != amount && (number.x1 < *x0 || number.x0 > *x1));
            sum = if counted { Sum::No } else { Sum::Perhaps };
        } else if inline || beside || beyond && (number.is_some() || short) {
            return Sum::Yes;
        }
    }
    sum
}

/// The edges between columns: between two heads the river in the rows with amounts that leaves each row at
/// most one number a column, and of equals the widest.
fn bounds(page: &Page, head: &Head, anchored: &[usize], body: &[usize]) -> Vec<f32> {
    let doc = page.doc;
    let anchored = &anchored[..anchored.len().min(200)];
    let spans = |index: usize| doc.tokens[doc.rows[index].first..doc.rows[index].end].iter().map(|t| (t.x0, t.x1));
    let mut inked: Vec<(f32, f32)> = anchored.iter().flat_map(|&i| spans(i)).collect();
    let printed = inked.len();
    inked.extend(head.columns.iter().map(|c| (c.x0, c.x1)));
    let mut bounds = vec![left_edge(page, head, anchored.len(), body)];
    for (i, pair) in head.columns.windows(2).enumerate() {
        let (from, to) = (f32::midpoint(pair[0].x0, pair[0].x1), f32::midpoint(pair[1].x0, pair[1].x1));
        let wide =
            |ink: &[(f32, f32)], least: f32| rivers(ink, from, to).into_iter().filter(|r| r.0 > least * doc.height).collect::<Vec<_>>();
        let found = [(inked.len(), 0.45), (printed, 0.45), (inked.len(), 0.1), (printed, 0.1)];
        let rivers = found.into_iter().map(|(ink, least)| wide(&inked[..ink], least)).find(|r| !r.is_empty()).unwrap_or_default();
        let left = if pair[0].role == Role::Description { f32::MAX } else { bounds[i].max(pair[0].x0 - 2.0 * doc.height) };
        let right = head.columns.get(i + 2).map_or(f32::MAX, |next| f32::midpoint(pair[1].x1, next.x0));
        let cost = |edge: f32| {
            let many = |row: &usize, x0: f32, x1: f32| page.numbers[*row].iter().filter(|n| within(n, (x0, x1))).count() > 1;
            let count = |f: &dyn Fn(&usize) -> bool| anchored.iter().filter(|row| f(row)).count();
            match (pair[0].role, pair[1].role) {
                (Role::Description, _) => count(&|row| many(row, edge, right)) + count(&|row| words_between(page, *row, edge, right) > 0),
                (_, Role::Description) => count(&|row| !(1..=2).contains(&tokens_between(page, *row, left, edge))),
                _ => count(&|row| many(row, left, edge) || many(row, edge, right)),
            }
        };
        let leftmost = pair[1].role == Role::Description;
        let best = rivers.into_iter().map(|(gap, edge)| (cost(edge), if leftmost { -edge } else { gap }, edge));
        let best = best.min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        bounds.push(best.map_or_else(|| f32::midpoint(pair[0].x1, pair[1].x0), |(_, _, edge)| edge));
    }
    bounds.push(f32::MAX);
    in_order(page, head, anchored, &mut bounds);
    bounds
}

/// How many words of a row have their middle in `x0..x1`.
fn tokens_between(page: &Page, row: usize, x0: f32, x1: f32) -> usize {
    let row = &page.doc.rows[row];
    page.doc.tokens[row.first..row.end].iter().filter(|t| (x0..x1).contains(&f32::midpoint(t.x0, t.x1))).count()
}

/// As [`tokens_between`], only words of letters that are neither units nor currencies.
fn words_between(page: &Page, row: usize, x0: f32, x1: f32) -> usize {
    let row = &page.doc.rows[row];
    let word = |t: &Token| {
        t.text.chars().filter(|c| c.is_alphabetic()).count() > 2
            && !words::is_unit(&t.text)
            && currency_of_mark(&t.text).is_none()
            && !t.text.bytes().any(|b| b.is_ascii_digit())
    };
    page.doc.tokens[row.first..row.end].iter().filter(|t| (x0..x1).contains(&f32::midpoint(t.x0, t.x1)) && word(t)).count()
}

/// Where nearly every row has just as many numbers as columns follow the description, their order tells which
/// is whose: values at the right of wide columns stand nearer to the next head than to their own.
fn in_order(page: &Page, head: &Head, anchored: &[usize], bounds: &mut [f32]) {
    let Some(description) = head.columns.iter().rposition(|c| c.role == Role::Description) else { return };
    let columns = &head.columns[description + 1..];
    let mut spans = vec![(f32::MAX, f32::MIN); columns.len()];
    let mut matching = 0;
    for &row in anchored {
        let numbers: Vec<&Number> = page.numbers[row].iter().filter(|n| n.x0 > head.columns[description].x1).collect();
        if numbers.len() == columns.len() {
            matching += 1;
            for (span, number) in spans.iter_mut().zip(numbers) {
                *span = (span.0.min(number.x0), span.1.max(number.x1));
            }
        }
    }
    let apart = spans.windows(2).all(|w| w[0].1 < w[1].0);
    let foreign =
        |i: usize, span: &(f32, f32)| columns.iter().enumerate().any(|(j, c)| j != i && c.x0 + 1.0 < span.1 && c.x1 - 1.0 > span.0);
    if columns.len() < 2 || matching * 4 < anchored.len() * 3 || !apart || spans.iter().enumerate().any(|(i, span)| foreign(i, span)) {
        return;
    }
    for (i, pair) in spans.windows(2).enumerate() {
        bounds[description + 2 + i] = f32::midpoint(pair[0].1, pair[1].0);
    }
}

/// Width and middle of the gaps that no span covers in `from..to`.
fn rivers(spans: &[(f32, f32)], from: f32, to: f32) -> Vec<(f32, f32)> {
    let mut spans: Vec<(f32, f32)> = spans.iter().copied().filter(|(x0, x1)| *x1 > from && *x0 < to).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut found = Vec::new();
    let mut reached = from;
    for (x0, x1) in spans.into_iter().chain([(to, to)]) {
        if x0 - reached > 1.0 {
            found.push((x0 - reached, f32::midpoint(reached, x0)));
        }
        reached = reached.max(x1);
    }
    found
}

/// Where the table begins: at its first head where the cells below begin there too; otherwise anywhere.
fn left_edge(page: &Page, head: &Head, lines: usize, body: &[usize]) -> f32 {
    let doc = page.doc;
    let first = &head.columns[0];
    let wide = first.role == Role::Description;
    let begins = |row: &Row| {
        let starts = doc.segments[row.first_segment..row.end_segment].iter().map(|s| (s.x0, s.x1));
        starts
            .filter(|(x0, x1)| {
                (x0 - first.x0).abs() < doc.height * 0.7 || !wide && *x0 < first.x1 + doc.height && *x1 > first.x0 - doc.height
            })
            .map(|s| s.0)
            .reduce(f32::min)
    };
    let starts: Vec<f32> = body.iter().filter_map(|&i| begins(&doc.rows[i])).collect();
    let left = starts.iter().copied().fold(first.x0, f32::min);
    if starts.len() * 2 > lines { left - doc.height * 0.5 } else { f32::MIN }
}

/// The numbers of each line by column.
fn cells(page: &Page, grid: &Grid) -> Vec<Cells> {
    let doc = page.doc;
    let mut found: Vec<Cells> = grid
        .rows
        .iter()
        .filter_map(|r| Some(Cells { row: r.index, amount: r.amount?, numbers: vec![None; grid.roles.len()], law: None }))
        .collect();
    if found.is_empty() {
        return found;
    }
    let anchors: Vec<usize> = found.iter().map(|c| c.row).collect();
    let mut from = 0;
    for row in &grid.rows {
        let place = &doc.rows[row.index];
        while from + 1 < anchors.len() && anchors[from + 1] <= row.index {
            from += 1;
        }
        let near = [from, (from + 1).min(anchors.len() - 1)];
        let apart = |k: usize| if doc.rows[anchors[k]].page == place.page { (doc.rows[anchors[k]].y - place.y).abs() } else { f32::MAX };
        let Some(&k) = near.iter().min_by(|a, b| apart(**a).total_cmp(&apart(**b))) else { continue };
        if apart(k) > doc.height * 1.15 {
            continue;
        }
        for (i, number) in page.numbers[row.index].iter().enumerate() {
            let middle = f32::midpoint(number.x0, number.x1);
            let Some(column) = (0..grid.roles.len()).find(|&c| middle > grid.bounds[c] && middle <= grid.bounds[c + 1]) else { continue };
            let cell = &mut found[k].numbers[column];
            if cell.is_none() || row.index == anchors[k] && cell.is_some_and(|(r, _)| r != row.index) {
                *cell = Some((row.index, i));
            }
        }
    }
    found
}

/// One line from its cells and description; `None` where there is only an amount.
fn line(page: &Page, grid: &Grid, cells: &Cells, text: describe::Text) -> Option<Line> {
    let doubtful = grid.rows.iter().any(|r| r.index == cells.row && r.doubtful);
    let number = |role: Role| {
        let column = grid.roles.iter().rposition(|r| *r == role)?;
        cells.numbers[column].map(|(row, i)| (&page.numbers[row][i], row))
    };
    let amount = &page.numbers[cells.row][cells.amount];
    let quantity = number(Role::Quantity).filter(|(n, _)| !n.percent);
    let unit = quantity.and_then(|(n, row)| unit_after(page, n, row)).or(text.unit);
    let rate = number(Role::Rate)
        .map(|(n, _)| n)
        .or_else(|| page.numbers[cells.row].iter().find(|n| n.percent && !grid.roles.contains(&Role::Discount)));
    let mut item = LineItem {
        description: Some(text.description).filter(|d| !d.is_empty()),
        quantity: quantity.map(|(n, _)| n.value),
        unit,
        unit_price: number(Role::Price).map(|(n, _)| n).filter(|n| !n.percent).map(|n| n.value),
        amount: Some(amount.value),
        tax_rate: rate.map(|n| n.value.normalize()).filter(|r| *r >= Decimal::ZERO && *r <= Decimal::ONE_HUNDRED),
        article_number: text.article,
    };
    if !grid.roles.contains(&Role::Amount) {
        item.amount = item.quantity.zip(item.unit_price).and_then(|(q, p)| q.checked_mul(p)).map(|a| a.round_dp(2)).or(item.unit_price);
    }
    let told = item.description.is_some() || item.quantity.is_some() && item.unit_price.is_some();
    told.then_some(Line { item, row: cells.row, law: cells.law, doubtful })
}

/// The unit behind a quantity: glued to it or the next word.
pub fn unit_after(page: &Page, number: &Number, row: usize) -> Option<String> {
    if let Some(unit) = &number.unit {
        return Some(unit.clone());
    }
    let doc = page.doc;
    let next = doc.tokens.get(number.end).filter(|_| number.end < doc.rows[row].end)?;
    let close = next.x0 - number.x1 < doc.height * 0.8;
    (close && words::is_unit(&next.text)).then(|| next.text.trim_end_matches('.').to_owned())
}

/// The heads of a document: for each row whether one begins there.
#[must_use]
pub fn find_heads(doc: &crate::extraction::layout::Doc) -> (Vec<Head>, Vec<bool>) {
    let mut found: Vec<Head> = Vec::new();
    let mut at = vec![false; doc.rows.len()];
    let mut index = 0;
    while index < doc.rows.len() {
        let Some(mut head) = heads::find(doc, index) else {
            index += 1;
            continue;
        };
        // The row with more roles below may be the main row.
        while let Some(better) = (index + 1..=head.last).filter_map(|i| heads::find(doc, i)).find(|h| h.columns.len() > head.columns.len())
        {
            head = better;
            index += 1;
        }
        if let Some(flag) = at.get_mut(head.first) {
            *flag = true;
        }
        index = head.last + 1;
        found.push(head);
    }
    (found, at)
}
