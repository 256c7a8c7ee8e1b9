//! The laws of lines: quantity × price = amount, and the lines sum to the net amount. They say which column
//! is which, where a table ends, and which of several readings is the invoice's.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::words::Role;
use super::{Known, Line, Page};

/// The numbers of one line by column.
#[derive(Debug, Clone)]
pub struct Cells {
    /// The row of the amount.
    pub row: usize,
    /// Index of the amount among the row's numbers.
    pub amount: usize,
    /// By column, as row and index among the row's numbers.
    pub numbers: Vec<Option<(usize, usize)>>,
    /// Whether quantity × price is the amount; unknown where one is missing.
    pub law: Option<bool>,
}

impl Cells {
    fn value(&self, page: &Page, column: usize) -> Option<Decimal> {
        let (row, i) = (*self.numbers.get(column)?)?;
        Some(page.numbers[row][i].value)
    }
}

const CENT: Decimal = Decimal::from_parts(11, 0, 0, false, 3);

/// Whether the product is the amount within rounding: to a cent, or to half a unit of a price's last digit.
#[must_use]
pub fn is_product(quantity: Decimal, price: Decimal, amount: Decimal) -> bool {
    let Some(product) = quantity.checked_mul(price) else { return false };
    let slack = if price.scale() > 2 { quantity.abs() * Decimal::new(5, price.scale() + 1) } else { Decimal::ZERO };
    (product - amount).abs() <= CENT + slack.min(amount.abs() / Decimal::from(50))
}

/// As [`is_product`], with a discount in percent or money taken off.
fn agrees(quantity: Decimal, price: Decimal, amount: Decimal, discount: Option<Decimal>) -> bool {
    if is_product(quantity, price, amount) {
        return true;
    }
    let Some(off) = discount.map(|d| d.abs()).filter(|d| !d.is_zero()) else { return false };
    let share = (Decimal::ONE_HUNDRED - off) / Decimal::ONE_HUNDRED;
    let by_share = off < Decimal::ONE_HUNDRED && price.checked_mul(share).is_some_and(|net| is_product(quantity, net, amount));
    by_share || is_product(quantity, price, amount + off) || is_product(quantity, price - off, amount)
}

/// Gives the columns the roles under which most lines obey quantity × price = amount, and notes for
/// each line whether it does.
pub fn reconcile(page: &Page, roles: &mut [Role], lines: &mut [Cells]) {
    anchor(page, roles, lines);
    let columns = roles.len().min(16);
    let amounts: Vec<Decimal> = lines.iter().map(|l| page.numbers[l.row][l.amount].value).collect();
    let anchor = roles.iter().rposition(|r| *r == Role::Amount);
    let discount = roles.iter().position(|r| *r == Role::Discount);
    let obeying = |lines: &[Cells], q: usize, p: usize| {
        let holds = |(line, amount): (&Cells, &Decimal)| match (line.value(page, q), line.value(page, p)) {
            (Some(q), Some(p)) => agrees(q, p, *amount, discount.and_then(|d| line.value(page, d))),
            _ => false,
        };
        lines.iter().zip(&amounts).filter(|pair| holds(*pair)).count()
    };
    let named = |roles: &[Role], role: Role| roles.iter().rposition(|r| *r == role);
    let now = named(roles, Role::Quantity).zip(named(roles, Role::Price)).map_or(0, |(q, p)| obeying(lines, q, p));
    let mut best = (now, None);
    for q in (0..columns).filter(|c| Some(*c) != anchor) {
        for p in (q + 1..columns).filter(|c| Some(*c) != anchor) {
            let count = obeying(lines, q, p);
            if count > best.0 && (count > 1 || now == 0 && count * 2 >= lines.len()) {
                best = (count, Some((q, p)));
            }
        }
    }
    if let (_, Some((a, b))) = best {
        let money = |c: usize| {
            let printed = |line: &Cells| line.numbers.get(c).copied().flatten().is_some_and(|(row, i)| page.numbers[row][i].money);
            lines.iter().filter(|line| printed(line)).count() * 2 > lines.len()
        };
        let first = match (roles[a], roles[b]) {
            _ if money(a) != money(b) => money(a),
            (a, b) => a == Role::Price && b != Role::Price || b == Role::Quantity && a != Role::Quantity,
        };
        let (q, p) = if first { (b, a) } else { (a, b) };
        for (i, role) in roles.iter_mut().enumerate() {
            if matches!(role, Role::Quantity | Role::Price) && Some(i) != anchor {
                *role = Role::Other;
            }
        }
        (roles[q], roles[p]) = (Role::Quantity, Role::Price);
    }
    if let Some((q, p)) = named(roles, Role::Quantity).zip(named(roles, Role::Price)).filter(|_| anchor.is_some()) {
        for (line, amount) in lines.iter_mut().zip(amounts) {
            let off = discount.and_then(|d| line.value(page, d));
            line.law = line.value(page, q).zip(line.value(page, p)).map(|(q, p)| agrees(q, p, amount, off));
        }
    }
}

/// Where quantity × price is not the amount but what another column says in nearly all lines, that one is the
/// amount (the last may be with tax).
fn anchor(page: &Page, roles: &mut [Role], lines: &mut [Cells]) {
    let columns = roles.len().min(16);
    let Some(amount) = roles.iter().rposition(|r| *r == Role::Amount).filter(|a| *a < columns && lines.len() > 1) else { return };
    let obeying = |q: usize, p: usize, a: usize| {
        let holds = |line: &&Cells| {
            let values = line.value(page, q).zip(line.value(page, p)).zip(line.value(page, a));
            values.is_some_and(|((q, p), a)| is_product(q, p, a) && q != Decimal::ONE && p != Decimal::ONE)
        };
        lines.iter().filter(holds).count()
    };
    let pairs = || (0..columns).flat_map(|q| (q + 1..columns).map(move |p| (q, p)));
    let most = |a: usize| pairs().filter(|(q, p)| *q != a && *p != a).map(|(q, p)| obeying(q, p, a)).max().unwrap_or(0);
    if most(amount) > 0 {
        return;
    }
    let others = (0..amount).rev().filter(|c| !matches!(roles[*c], Role::Position | Role::Quantity)).map(|c| (most(c), c));
    let Some((_, column)) = others.max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 1 && count * 2 >= lines.len()) else {
        return;
    };
    for line in lines.iter_mut() {
        if let Some((_, i)) = line.numbers[column].filter(|(row, _)| *row == line.row) {
            line.amount = i;
        }
    }
    roles[amount] = Role::Gross;
    roles[column] = Role::Amount;
}

/// What else a document says about the sum of its lines.
pub struct Sums<'a> {
    /// What the header decided.
    pub known: &'a Known,
    /// Amounts printed after the lines.
    pub printed: HashSet<Decimal>,
}

impl Sums<'_> {
    /// How well a sum agrees: 3 with the net amount, 2.5 with the total, 1.5 with an amount below, else 0.
    #[must_use]
    pub fn grade(&self, sum: Decimal) -> f64 {
        let is = |other: Option<Decimal>| other.is_some_and(|o| (o - sum).abs() <= CENT);
        let Known { net, tax, total } = *self.known;
        if sum.is_zero() {
            0.0
        } else if is(net) || is(total.zip(tax).map(|(total, tax)| total - tax)) {
            3.0
        } else if is(total) || is(net.zip(tax).map(|(net, tax)| net + tax)) {
            2.5
        } else if self.printed.contains(&sum.normalize()) {
            1.5
        } else {
            0.0
        }
    }
}

/// A reading of the lines with how well it agrees.
pub struct Reading {
    /// The lines.
    pub lines: Vec<Line>,
    /// How well their sum agrees, 0 to 3.
    pub agreement: f64,
    /// Everything together; the best reading wins.
    pub score: f64,
}

/// Ends the lines where their sum is found, and tells how good the reading is.
#[must_use]
pub fn judge(page: &Page, known: &Known, lines: Vec<Line>) -> Reading {
    let lines = without_carried(page, lines);
    let amount = |l: &Line| l.item.amount.unwrap_or_default();
    let sure = lines.iter().position(|l| l.doubtful).unwrap_or(lines.len());
    let last = lines[..sure].last().or(lines.last()).map_or(0, |l| l.row);
    let sums = Sums { known, printed: printed(page, last) };
    let mut best = (sure, sums.grade(lines[..sure].iter().map(amount).sum()));
    let mut sum = Decimal::ZERO;
    for (k, line) in lines.iter().enumerate() {
        // A row that only repeats the sum of those above is none of them.
        let repeats = k > 1 && amount(line) == sum && line.law != Some(true);
        let grade = sums.grade(sum).max(if repeats { 2.0 } else { 0.0 });
        let rest = lines[k..].iter().all(|l| l.law != Some(true));
        if k > 0 && rest && (grade > best.1 || repeats && grade >= best.1) {
            best = (k, grade);
        }
        sum += amount(line);
    }
    let whole = sums.grade(sum);
    let without = sums.grade(lines.iter().filter(|l| !l.doubtful).map(amount).sum());
    let lines: Vec<Line> = if sure < lines.len() && without > best.1 && without >= whole {
        best.1 = without;
        lines.into_iter().filter(|l| !l.doubtful).collect()
    } else if whole > best.1 {
        best.1 = whole;
        lines
    } else {
        lines.into_iter().take(best.0).collect()
    };
    let share = |of: &dyn Fn(&Line) -> bool| lines.iter().filter(|l| of(l)).count() as f64 / lines.len().max(1) as f64;
    let lawful = share(&|l| l.law == Some(true)) - 0.5 * share(&|l| l.law == Some(false));
    let told = share(&|l| l.item.description.is_some());
    let most = known.total.map(|t| t.abs().max(Decimal::ONE));
    let beyond = share(&|l| most.is_some_and(|most| amount(l).abs() > most * Decimal::TWO));
    let score = if lines.is_empty() { f64::MIN } else { best.1 + 2.0 * lawful + told - 2.0 * beyond };
    Reading { lines, agreement: best.1, score }
}

/// Leaves out the rows at a page's end or beginning that say the sum of the lines so far.
fn without_carried(page: &Page, lines: Vec<Line>) -> Vec<Line> {
    let sheet = |l: &Line| page.doc.rows[l.row].page;
    let sheets: Vec<usize> = lines.iter().map(sheet).collect();
    let mut sum = Decimal::ZERO;
    let mut kept = Vec::with_capacity(lines.len());
    for (k, line) in lines.into_iter().enumerate() {
        let amount = line.item.amount.unwrap_or_default();
        let turns = k > 0 && sheets[k - 1] != sheets[k] || sheets.get(k + 1).is_some_and(|next| *next != sheets[k]);
        if turns && kept.len() > 1 && amount == sum && line.law != Some(true) {
            continue;
        }
        sum += amount;
        kept.push(line);
    }
    kept
}

/// The amounts below a row.
fn printed(page: &Page, after: usize) -> HashSet<Decimal> {
    page.numbers.iter().skip(after + 1).take(400).flatten().filter(|n| n.money).map(|n| n.value.normalize()).collect()
}
