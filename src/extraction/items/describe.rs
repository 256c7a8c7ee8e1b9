//! Which words describe which line: descriptions of several rows, before, after or around the row of
//! their amount.

use std::collections::HashSet;

use super::Page;
use super::laws::Cells;
use super::table::Grid;
use super::words::Role;
use crate::extraction::layout::Token;

/// What the words of a line say.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// Its description, rows joined.
    pub description: String,
    /// The word in the unit column.
    pub unit: Option<String>,
    /// The word in the article column.
    pub article: Option<String>,
}

/// How the rows of a description stand to their amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    /// The amount on the first row.
    Top,
    /// On the last row.
    Bottom,
    /// In the middle.
    Middle,
}

/// Page and height of a line's amount.
type Place = (usize, f32);

/// A row of description.
struct Piece {
    page: usize,
    y: f32,
    text: String,
}

/// The texts of every line of a table.
#[must_use]
pub fn texts(page: &Page, grid: &Grid, lines: &[Cells]) -> Vec<Text> {
    let mut found: Vec<Text> = lines.iter().map(|cells| single(page, grid, cells)).collect();
    let pieces = pieces(page, grid, lines);
    for (piece, owner) in pieces.iter().zip(owners(page, lines, &pieces)) {
        if let Some(text) = owner.and_then(|k| found.get_mut(k)) {
            if !text.description.is_empty() && text.description.len() < 600 {
                text.description.push(' ');
            }
            if text.description.len() < 600 {
                text.description.push_str(&piece.text);
            }
        }
    }
    for text in &mut found {
        let trimmed = text.description.trim_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '·' | '•' | '●'));
        let mut trimmed = trimmed.strip_suffix(':').unwrap_or(trimmed);
        if let Some((code, rest)) =
            trimmed.strip_prefix('[').and_then(|t| t.split_once(']')).filter(|(code, rest)| code.len() < 30 && !rest.trim().is_empty())
        {
            text.article.get_or_insert_with(|| code.trim().to_owned());
            trimmed = rest.trim_start();
        }
        let trimmed = trimmed.to_owned();
        text.description = if trimmed.chars().any(char::is_alphabetic) { trimmed } else { String::new() };
    }
    found
}

/// The column of a token's middle.
fn column(grid: &Grid, x0: f32, x1: f32) -> Option<usize> {
    let middle = f32::midpoint(x0, x1);
    (0..grid.roles.len()).find(|&c| middle > grid.bounds[c] && middle <= grid.bounds[c + 1])
}

/// Of two columns of descriptions one with codes for words is the article number.
pub fn sort_texts(page: &Page, grid: &mut Grid) {
    let texts: Vec<usize> = (0..grid.roles.len()).filter(|&c| grid.roles[c] == Role::Description).collect();
    if texts.len() < 2 {
        return;
    }
    let anchored: Vec<usize> = grid.rows.iter().filter(|r| r.amount.is_some()).map(|r| r.index).take(100).collect();
    for &c in &texts {
        let cells: Vec<Vec<&str>> = anchored
            .iter()
            .map(|&row| {
                let row = &page.doc.rows[row];
                let tokens = page.doc.tokens[row.first..row.end].iter();
                tokens.filter(|t| column(grid, t.x0, t.x1) == Some(c)).map(|t| t.text.as_str()).collect()
            })
            .collect();
        let code = |cell: &Vec<&str>| matches!(cell.as_slice(), [word] if word.bytes().any(|b| b.is_ascii_digit()));
        let (codes, filled) = (cells.iter().filter(|c| code(c)).count(), cells.iter().filter(|c| !c.is_empty()).count());
        let left = grid.roles.iter().filter(|r| **r == Role::Description).count();
        if left > 1 && (filled == 0 || codes * 3 > filled * 2) {
            grid.roles[c] = if filled == 0 { Role::Other } else { Role::Article };
        }
    }
}

/// Unit and article number on a line's own row.
fn single(page: &Page, grid: &Grid, cells: &Cells) -> Text {
    let row = &page.doc.rows[cells.row];
    let of = |role: Role| {
        let words: Vec<&str> = page.doc.tokens[row.first..row.end]
            .iter()
            .filter(|t| column(grid, t.x0, t.x1).is_some_and(|c| grid.roles[c] == role))
            .map(|t| t.text.as_str())
            .collect();
        Some(words.join(" ")).filter(|w| !w.is_empty() && w.len() < 40)
    };
    let unit = of(Role::Unit).filter(|u| u.chars().any(char::is_alphabetic));
    Text { unit: unit.map(|u| u.trim_end_matches('.').to_owned()), article: of(Role::Article), ..Text::default() }
}

/// The description's rows.
fn pieces(page: &Page, grid: &Grid, lines: &[Cells]) -> Vec<Piece> {
    let doc = page.doc;
    let is_text = |c: Option<usize>| c.is_some_and(|c| grid.roles[c] == Role::Description);
    let with_numbers: HashSet<usize> = lines.iter().flat_map(|l| l.numbers.iter().flatten().map(|(row, _)| *row)).collect();
    let mut found = Vec::new();
    for row in &grid.rows {
        let place = &doc.rows[row.index];
        let mut words: Vec<&str> = Vec::new();
        let own = row.amount.is_some() || with_numbers.contains(&row.index);
        if own {
            let tokens = doc.tokens[place.first..place.end].iter();
            words.extend(tokens.filter(|t| is_text(column(grid, t.x0, t.x1))).map(|t| t.text.as_str()));
        } else {
            for segment in &doc.segments[place.first_segment..place.end_segment] {
                let tokens = &doc.tokens[segment.first..segment.end];
                let begins = |t: &&Token| is_text(column(grid, t.x0, t.x1.min(t.x0 + 2.0 * doc.height)));
                let within = is_text(column(grid, segment.x0, segment.x1));
                let from = tokens.iter().take(if within { tokens.len() } else { 3 }).position(|t| begins(&t));
                words.extend(from.into_iter().flat_map(|from| &tokens[from..]).map(|t| t.text.as_str()));
            }
        }
        if !words.is_empty() {
            found.push(Piece { page: place.page, y: place.y, text: words.join(" ") });
        }
    }
    found
}

/// The line that each row of description belongs to.
fn owners(page: &Page, lines: &[Cells], pieces: &[Piece]) -> Vec<Option<usize>> {
    let doc = page.doc;
    let place = |k: usize| (doc.rows[lines[k].row].page, doc.rows[lines[k].row].y);
    let order = |p: (usize, f32)| p.0 as f32 * 1.0e6 + p.1;
    let mut owners = vec![None; pieces.len()];
    let Some(last) = lines.len().checked_sub(1) else { return owners };
    // A row level with an amount is that line's.
    let mut own = vec![None; lines.len()];
    for (k, own) in own.iter_mut().enumerate() {
        let (sheet, y) = place(k);
        let near = |i: &usize| (pieces[*i].y - y).abs();
        let level = (0..pieces.len()).filter(|&i| pieces[i].page == sheet && near(&i) < doc.height * 0.8);
        *own = level.min_by(|a, b| near(a).total_cmp(&near(b)));
    }
    for (k, own) in own.iter().enumerate() {
        if let Some(i) = own {
            owners[*i] = Some(k);
        }
    }
    let level: Vec<Option<usize>> =
        own.iter().enumerate().map(|(k, own)| own.filter(|&i| (pieces[i].y - place(k).1).abs() < doc.height * 0.35)).collect();
    if let Some(shares) = centred(page, lines, pieces, &level) {
        owners = vec![None; pieces.len()];
        for (k, own) in level.iter().enumerate() {
            if let Some(i) = own {
                owners[*i] = Some(k);
            }
        }
        let free: Vec<usize> = (0..pieces.len()).filter(|i| owners[*i].is_none()).collect();
        for (k, (above, below)) in shares.into_iter().enumerate() {
            let at = free.partition_point(|&i| order((pieces[i].page, pieces[i].y)) < order(place(k)));
            for &i in &free[at - above.min(at)..(at + below).min(free.len())] {
                owners[i] = Some(k);
            }
        }
        return owners;
    }
    let align = align(page, lines, pieces, &own);
    // The rows between two lines, and before the first and after the last.
    for k in 0..=lines.len() {
        let from = if k == 0 { f32::MIN } else { order(place(k - 1)) };
        let to = if k > last { f32::MAX } else { order(place(k)) };
        let between: Vec<usize> = (0..pieces.len())
            .filter(|&i| owners[i].is_none() && order((pieces[i].page, pieces[i].y)) > from && order((pieces[i].page, pieces[i].y)) <= to)
            .collect();
        let split = split(page, pieces, &between, align, (k.checked_sub(1).map(place), (k <= last).then(|| place(k))));
        for (n, &i) in between.iter().enumerate() {
            owners[i] = match n {
                n if n < split.0 => k.checked_sub(1),
                n if n >= split.1 => Some(k),
                _ => None,
            };
        }
    }
    owners
}

/// Rows above and below each amount where every description stands centred about its amount: as many above as
/// below, at like distances. That leaves one way to share the rows out, from the first line down; `None` where
/// it does not go up, or nothing asks for it.
fn centred(page: &Page, lines: &[Cells], pieces: &[Piece], own: &[Option<usize>]) -> Option<Vec<(usize, usize)>> {
    let doc = page.doc;
    let order = |sheet: usize, y: f32| sheet as f32 * 1.0e6 + y;
    let taken: HashSet<usize> = own.iter().flatten().copied().collect();
    let free: Vec<&Piece> = pieces.iter().enumerate().filter(|(i, _)| !taken.contains(i)).map(|(_, p)| p).collect();
    let at = |cells: &Cells| {
        let row = &doc.rows[cells.row];
        (free.partition_point(|p| order(p.page, p.y) < order(row.page, row.y)), row)
    };
    let bare = own.iter().any(Option::is_none);
    let (mut from, mut shares, mut doubled) = (0, Vec::with_capacity(lines.len()), 0);
    for (k, cells) in lines.iter().enumerate() {
        let (here, row) = at(cells);
        let above = here.checked_sub(from)?;
        let next = lines.get(k + 1).map_or(free.len(), |next| at(next).0);
        if here + above > next {
            return None;
        }
        if above > 0 {
            let (top, bottom) = (free[from], free[here + above - 1]);
            let even = ((row.y - top.y) - (bottom.y - row.y)).abs() < doc.height * 0.7;
            if top.page != row.page || bottom.page != row.page || !even {
                return None;
            }
            doubled += 1;
        }
        shares.push((above, above));
        from = here + above;
    }
    (doubled > 0 && (bare || doubled > 1)).then_some(shares)
}

/// Of the rows between two lines: how many go to the upper one, and from which on they go to the lower one.
fn split(page: &Page, pieces: &[Piece], between: &[usize], align: Align, lines: (Option<Place>, Option<Place>)) -> (usize, usize) {
    let reach = page.doc.height * 2.3;
    let count = between.len();
    // Over a page's end there is a letterhead more often than the rest of a description.
    let follows = |sheet: usize, y: f32, next: &Piece| next.page == sheet && next.y - y < reach;
    // How many follow the upper line without a wide gap, and from which on they lead to the lower one.
    let mut down = 0;
    if let Some((mut sheet, mut y)) = lines.0 {
        while down < count && follows(sheet, y, &pieces[between[down]]) {
            (sheet, y) = (pieces[between[down]].page, pieces[between[down]].y);
            down += 1;
        }
    }
    let mut up = count;
    if let Some((sheet, mut y)) = lines.1 {
        while up > 0 && pieces[between[up - 1]].page == sheet && y - pieces[between[up - 1]].y < reach {
            y = pieces[between[up - 1]].y;
            up -= 1;
        }
    }
    match align {
        Align::Top => (down, count),
        Align::Bottom => (0, up),
        Align::Middle if up >= down => (down, up),
        Align::Middle => {
            let at = widest(pieces, between, (up, down), lines);
            (at, at)
        }
    }
}

/// Where the widest gap cuts `between[from..to]`; the lines themselves stand at both ends.
fn widest(pieces: &[Piece], between: &[usize], (from, to): (usize, usize), lines: (Option<Place>, Option<Place>)) -> usize {
    let y = |i: usize| pieces[between[i]].y;
    let upper = lines.0.map_or(f32::MIN, |l| l.1);
    let lower = lines.1.map_or(f32::MAX, |l| l.1);
    let gap = |at: usize| {
        let above = if at == 0 { upper } else { y(at - 1) };
        let below = if at == between.len() { lower } else { y(at) };
        // Of like gaps the one nearest to the middle.
        let even = (f32::midpoint(above, below) - f32::midpoint(upper, lower)).abs();
        below - above - 0.05 * even.min(1.0e4)
    };
    (from..=to.min(between.len())).max_by(|a, b| gap(*a).total_cmp(&gap(*b))).unwrap_or(from)
}

/// How the descriptions of a table stand to their amounts, from the rows above the first line and the gaps between.
fn align(page: &Page, lines: &[Cells], pieces: &[Piece], own: &[Option<usize>]) -> Align {
    let doc = page.doc;
    let place = |k: usize| (doc.rows[lines[k].row].page, doc.rows[lines[k].row].y);
    let mut taken = vec![false; pieces.len()];
    own.iter().flatten().for_each(|&i| taken[i] = true);
    let free = |i: &usize| !taken[*i];
    let (sheet, top) = place(0);
    let above: Vec<usize> = (0..pieces.len()).filter(free).filter(|&i| pieces[i].page == sheet && pieces[i].y < top).collect();
    let close = above.last().is_some_and(|&i| top - pieces[i].y < doc.height * 2.0);
    if !close {
        return Align::Top;
    }
    let (sheet, bottom) = place(lines.len() - 1);
    let after: Vec<usize> = (0..pieces.len()).filter(free).filter(|&i| pieces[i].page == sheet && pieces[i].y > bottom).collect();
    let below = after.first().is_some_and(|&i| pieces[i].y - bottom < doc.height * 2.0);
    let bare = own.iter().filter(|o| o.is_none()).count() * 2 > own.len();
    let (mut down, mut up, mut counted) = (0.0, 0.0, 0);
    for k in 1..lines.len() {
        let ((sheet, from), (other, to)) = (place(k - 1), place(k));
        let mut inner =
            (0..pieces.len()).filter(free).filter(|&i| sheet == other && pieces[i].page == sheet && pieces[i].y > from && pieces[i].y < to);
        if let Some(first) = inner.next() {
            let last = inner.next_back().unwrap_or(first);
            down += pieces[first].y - from;
            up += to - pieces[last].y;
            counted += 1;
        }
    }
    match (below, bare) {
        _ if counted > 0 && up > down * 1.25 && !bare => Align::Top,
        _ if counted > 0 && down > up * 1.25 => Align::Bottom,
        (true, _) if counted > 0 || bare => Align::Middle,
        (false, _) if counted > 0 || bare => Align::Bottom,
        (false, false) if lines.len() == 1 => Align::Bottom,
        (true, false) if above.len() == after.len() && lines.len() == 1 => Align::Middle,
        _ => Align::Top,
    }
}
