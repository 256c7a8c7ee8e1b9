//! The rest of a receipt: items, sums, payment, tax summary, last lines.

use rand::RngExt as _;

use super::super::canvas::Piece;
use super::super::entities::{digits, pick};
use super::Job;
use super::sale::Item;
use crate::domain::FieldName;

/// A row of the sums.
struct Sum {
    label: String,
    minor: i64,
    field: Option<FieldName>,
    strong: bool,
}

impl Job<'_> {
    /// A tax with its rate, as the till names it.
    fn tax_name(&mut self) -> String {
        let name = self.choose(self.land.tax);
        let rate = self.sale.rate;
        let percent = if rate.is_multiple_of(10) { format!("{}", rate / 10) } else { format!("{}.{}", rate / 10, rate % 10) };
        match self.draft.rng.random_range(0..9) {
            0 | 1 => format!("{name} {percent}%"),
            2 => format!("{name} ({percent}%)"),
            3 => format!("{name} @ {percent}%"),
            4 => format!("{percent}% {name}"),
            5 => format!("{name} {percent} %"),
            6 => format!("{name} {percent}.00%"),
            _ => name.to_owned(),
        }
    }

    /// What was bought, in one of the ways of tills.
    pub(super) fn items(&mut self) {
        self.rule();
        let way = self.draft.rng.random_range(0..7);
        let marks: &[&str] = match self.draft.rng.random_range(0..8) {
            0 => &["SR", "SR", "ZRL", "SR"],
            1 => &["A", "A", "B"],
            2 => &["T", "", "T"],
            3 => &["*", ""],
            _ => &[""],
        };
        let signed = self.chance(0.2);
        if way < 3 && self.chance(0.6) || self.chance(0.15) {
            self.item_heads(way);
        }
        for item in self.sale.items.clone() {
            let mark = *pick(&mut self.draft.rng, marks);
            let amount = if signed { self.print.money(item.amount) } else { self.print.number(item.amount) };
            let amount = if mark.is_empty() {
                amount
            } else if self.chance(0.1) {
                format!("{amount}{mark}")
            } else {
                format!("{amount} {mark}")
            };
            self.item(way, &item, Piece::plain(amount));
        }
        self.rule();
    }

    fn item_heads(&mut self, way: usize) {
        let style = self.paper.style();
        let sign = self.print.sign();
        let heads = self.till.heads.map(|list| self.choose(list).replace("{}", sign).replace("()", ""));
        let [quantity, name, price, amount] = heads.map(Piece::plain);
        match way {
            0 => self.paper.cells(style, &[(0.0, false, quantity), (0.16, false, name), (1.0, true, amount)], &[]),
            1 => self.paper.cells(style, &[(0.0, false, name), (0.55, true, quantity), (0.77, true, price), (1.0, true, amount)], &[]),
            _ => self.paper.ends(style, &[name], &[amount]),
        }
        if self.chance(0.4) {
            self.rule();
        }
    }

    fn item(&mut self, way: usize, item: &Item, amount: Piece) {
        let style = self.paper.style();
        let price = self.print.number(item.price);
        let count = match item.measure {
            Some((thousandths, unit)) => {
                format!(
                    "{}{}{:03} {unit}",
                    thousandths / 1000,
                    if self.print.number(1).contains(',') { "," } else { "." },
                    thousandths % 1000
                )
            }
            None => item.count.to_string(),
        };
        let times = *pick(&mut self.draft.rng, &["x", "x", "X", "@", "*"]);
        let several = item.count > 1 || item.measure.is_some();
        let room = self.paper.columns * 45 / 100;
        let short: String = item.name.chars().take(room.max(8)).collect();
        let plain = |text: String| vec![Piece::plain(text)];
        // A weight is too wide for the column of a count.
        let way = if way == 0 && item.measure.is_some() { 2 } else { way };
        match way {
            0 => {
                self.paper.cells(style, &[(0.0, false, Piece::plain(count)), (0.16, false, Piece::plain(short)), (1.0, true, amount)], &[])
            }
            1 if several || item.name.len() > room => {
                self.paper.left(style, &plain(item.name.clone()));
                let price = Piece::plain(price);
                self.paper.cells(style, &[(0.55, true, Piece::plain(count)), (0.77, true, price), (1.0, true, amount)], &[]);
            }
            1 => {
                let cells = [
                    (0.0, false, Piece::plain(short)),
                    (0.55, true, Piece::plain(count)),
                    (0.77, true, Piece::plain(price)),
                    (1.0, true, amount),
                ];
                self.paper.cells(style, &cells, &[]);
            }
            2 => {
                self.paper.left(style, &plain(item.name.clone()));
                self.paper.ends(style, &plain(format!("{count} {times} {price}")), &[amount]);
            }
            3 => {
                self.paper.left(style, &plain(format!("{} {}", item.code, item.name)));
                self.paper.ends(style, &plain(format!("  {count}{times}{price}")), &[amount]);
            }
            4 => {
                self.paper.ends(style, &plain(item.name.clone()), &[amount]);
                if several {
                    self.paper.left(style, &plain(format!("   {count} {times} {price}")));
                }
            }
            5 => {
                let name = if several { format!("{count}{times} {}", item.name) } else { item.name.clone() };
                self.paper.ends(style, &plain(name), &[amount]);
            }
            _ => {
                self.paper.left(style, &plain(item.code.clone()));
                let name = if several { format!("{} {count} {times} {price}", item.name) } else { item.name.clone() };
                self.paper.ends(style, &plain(name), &[amount]);
            }
        }
    }

    /// Subtotal, discount, service, tax, rounding, total.
    pub(super) fn sums(&mut self) {
        let sale = self.sale.clone();
        if self.chance(0.2) {
            let label = self.label(self.till.count);
            let pieces = [Piece::plain(label), Piece::plain(sale.count().to_string())];
            let style = self.paper.style();
            self.paper.left(style, &pieces);
        }
        let mut sums = Vec::new();
        let add = |sums: &mut Vec<Sum>, label: String, minor: i64, field: Option<FieldName>| {
            sums.push(Sum { label, minor, field, strong: field == Some(FieldName::TotalAmount) });
        };
        let plain = sale.discount == 0 && sale.service.0 == 0;
        let subtotal = if sale.added { 0.93 } else { 0.35 };
        if self.chance(subtotal) {
            let net = (sale.added || sale.rate == 0) && sale.discount == 0;
            let label = self.label(self.till.subtotal);
            add(&mut sums, label, sale.sum, net.then_some(FieldName::NetAmount));
        }
        if sale.discount != 0 {
            let sign = if self.chance(0.75) { -1 } else { 1 };
            let label = self.label(self.till.discount);
            add(&mut sums, label, sign * sale.discount, None);
        }
        if sale.service.0 != 0 {
            let label = self.label(self.till.service).replace("{}", &sale.service.1.to_string());
            add(&mut sums, label, sale.service.0, None);
        }
        if sale.added && !plain && self.chance(0.25) {
            let label = self.label(self.till.subtotal);
            sums.iter_mut().for_each(|s| s.field = None);
            add(&mut sums, label, sale.net, Some(FieldName::NetAmount));
        }
        if sale.added {
            let label = format!("{}{}", self.tax_name(), self.colon);
            add(&mut sums, label, sale.tax, Some(FieldName::TaxAmount));
        }
        let before_tax = sale.rate != 0 && !sale.added && self.chance(0.15);
        if before_tax {
            let label = format!("{}{}", self.tax_name(), self.colon);
            let list = self.label(self.till.subtotal);
            add(&mut sums, list, sale.net, Some(FieldName::NetAmount));
            add(&mut sums, label, sale.tax, Some(FieldName::TaxAmount));
        }
        self.totals(&mut sums);
        if sale.rate != 0 && !sale.added && !before_tax && self.chance(0.5) {
            let name = self.tax_name();
            let label = self.choose(self.till.included).replace("{}", &name);
            add(&mut sums, label, sale.tax, Some(FieldName::TaxAmount));
        }
        self.print_sums(sums);
    }

    /// The total, before and after rounding where the till rounds.
    fn totals(&mut self, sums: &mut Vec<Sum>) {
        let sale = self.sale.clone();
        let taxed = sale.rate != 0 && self.chance(0.3);
        let mut label = if taxed { self.label(self.till.total_with_tax) } else { self.label(self.till.total) };
        if label.contains("{}") {
            let name = self.choose(self.land.tax);
            label = label.replace("{}", name);
        }
        let shown = sale.rounding != 0 || (self.land.coin > 1 && self.chance(0.3));
        if shown {
            if self.chance(0.6) {
                let text = self.label(self.till.total);
                sums.push(Sum { label: text, minor: sale.total - sale.rounding, field: None, strong: false });
            }
            let text = self.label(self.till.rounding);
            sums.push(Sum { label: text, minor: sale.rounding, field: None, strong: false });
        }
        let sign = self.print.sign();
        if !sign.is_empty() && self.chance(0.12) {
            label = format!("{label} ({sign})");
        }
        sums.push(Sum { label, minor: sale.total, field: Some(FieldName::TotalAmount), strong: true });
        if shown && sale.rounding == 0 {
            // Not rounded: the total before is as right.
            sums.iter_mut()
                .filter(|s| s.minor == sale.total && !s.strong && s.field.is_none())
                .for_each(|s| s.field = Some(FieldName::TotalAmount));
        }
    }

    fn print_sums(&mut self, sums: Vec<Sum>) {
        let large = if self.chance(0.4) { self.draft.rng.random_range(1.1..1.9) } else { 1.0 };
        let (bold, signed) = (self.chance(0.5), self.chance(0.45));
        let (indented, centred) = (self.chance(0.3), self.chance(0.06));
        let gap = self.draft.rng.random_range(0.0..0.8);
        for sum in sums {
            let style = if sum.strong { self.paper.scaled(large, bold) } else { self.paper.style() };
            if sum.strong {
                self.paper.skip(gap);
            }
            let marked = signed || (sum.strong && self.chance(0.5));
            let printed = if marked { self.print.money(sum.minor) } else { self.print.number(sum.minor) };
            let printed = if sum.strong && self.chance(0.04) { format!("*{printed}") } else { printed };
            let value = self.amount(sum.field, sum.minor, printed);
            if centred {
                self.paper.centred(style, &[Piece::plain(sum.label), value]);
            } else if indented {
                self.paper.cells(style, &[(0.72, true, Piece::plain(sum.label)), (1.0, true, value)], &[]);
            } else {
                self.paper.ends(style, &[Piece::plain(sum.label)], &[value]);
            }
            self.paper.skip(if sum.strong { gap } else { 0.0 });
        }
        if self.chance(0.3) {
            self.rule();
        }
    }

    /// Cash and change, or the card and its slip: amounts that are not the total, or repeat it.
    pub(super) fn paid(&mut self) {
        let style = self.paper.style();
        let total = self.sale.total;
        let signed = self.chance(0.3);
        let money = |job: &Self, minor: i64| if signed { job.print.money(minor) } else { job.print.number(minor) };
        let told = self.chance(0.85);
        match self.sale.cash.filter(|_| told) {
            Some(cash) => {
                let (given, back) = (self.label(self.till.cash), self.label(self.till.change));
                let field = (cash == total).then_some(FieldName::TotalAmount);
                let printed = money(self, cash);
                let value = self.amount(field, cash, printed);
                self.paper.ends(style, &[Piece::plain(given)], &[value]);
                if cash != total || self.chance(0.7) {
                    let value = Piece::plain(money(self, cash - total));
                    self.paper.ends(style, &[Piece::plain(back)], &[value]);
                }
            }
            None if told => {
                let label = self.label(self.till.card);
                let printed = money(self, total);
                let value = self.amount(Some(FieldName::TotalAmount), total, printed);
                self.paper.ends(style, &[Piece::plain(label)], &[value]);
                let slip = self.draft.rng.random_range(0..6);
                for _ in 0..slip {
                    let line = self.choose(self.till.slip);
                    let line = self.with_digits(line);
                    self.paper.left(style, &[Piece::plain(line)]);
                }
            }
            None => {}
        }
        let often = if self.land.country == "US" { 0.0 } else { 0.32 };
        if self.sale.rate != 0 && self.chance(often) {
            self.summary();
        }
    }

    fn with_digits(&mut self, text: &str) -> String {
        text.chars().map(|c| if c == '#' { digits(&mut self.draft.rng, 1).chars().next().unwrap_or('1') } else { c }).collect()
    }

    /// Net and tax by rate, as a small table.
    fn summary(&mut self) {
        let style = self.paper.style();
        self.paper.skip(0.6);
        let sign = self.print.sign();
        let heads = self.till.summary.map(|list| self.choose(list).replace("{}", sign).replace("()", ""));
        let gross_shown = self.chance(0.4);
        let [code, net, tax, gross] = heads.map(Piece::plain);
        let columns: [f32; 3] = if gross_shown { [0.5, 0.75, 1.0] } else { [0.65, 1.0, 1.0] };
        let mut cells = vec![(0.0, false, code), (columns[0], true, net), (columns[1], true, tax)];
        if gross_shown {
            cells.push((columns[2], true, gross));
        }
        self.paper.cells(style, &cells, &[]);
        let rate = self.sale.rate;
        let rate = if rate.is_multiple_of(10) { (rate / 10).to_string() } else { format!("{}.{}", rate / 10, rate % 10) };
        let code = match self.draft.rng.random_range(0..4) {
            0 => format!("{rate}%"),
            1 => format!("SR @ {rate}%"),
            2 => format!("A {rate}%"),
            _ => format!("S ({rate}%)"),
        };
        let (net, tax) = (self.sale.net, self.sale.tax);
        let printed = (self.print.number(net), self.print.number(tax));
        // The sum of items is what the page calls net where discount or service came between.
        let named = self
            .draft
            .truth
            .get(&FieldName::NetAmount)
            .is_none_or(|known| known.parse() == Ok(rust_decimal::Decimal::new(net, self.land.decimals)));
        let net_piece = self.amount(named.then_some(FieldName::NetAmount), net, printed.0);
        let tax_piece = self.amount(Some(FieldName::TaxAmount), tax, printed.1);
        let mut cells = vec![(0.0, false, Piece::plain(code)), (columns[0], true, net_piece), (columns[1], true, tax_piece)];
        if gross_shown {
            let gross = net + tax;
            cells.push((columns[2], true, Piece::plain(self.print.number(gross))));
        }
        self.paper.cells(style, &cells, &[]);
        if self.chance(0.2) {
            self.rule();
        }
    }

    /// What was left for the end, thanks and small print.
    pub(super) fn foot(&mut self) {
        let gap = self.draft.rng.random_range(0.2..1.5);
        self.paper.skip(gap);
        let style = self.paper.style();
        let mut lines: Vec<Vec<Piece>> = std::mem::take(&mut self.late);
        for _ in 0..self.draft.rng.random_range(0..5) {
            let text = self.choose(self.till.thanks);
            let text = self.with_digits(text);
            if lines.iter().any(|line| line[0].text == text) {
                continue;
            }
            let at = self.draft.rng.random_range(0..=lines.len());
            lines.insert(at, vec![Piece::plain(text)]);
        }
        for line in lines {
            self.paper.centred(style, &line);
        }
        if self.chance(0.12) {
            let number = digits(&mut self.draft.rng, 12);
            self.paper.centred(style, &[Piece::plain(number)]);
        }
    }
}
