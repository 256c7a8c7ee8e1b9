//! What clerks make of invoice numbers: words, months, dates, half numbers, the branch's own sequence.

use std::collections::HashMap;

use super::Dice;
use super::vendors::{self, Numbering};
use crate::domain::history::Payable;

/// A book's untidiness in invoice numbers.
pub(super) struct Scribble {
    mess: f64,
    many: f64,
    /// Further sequences of suppliers with branches or departments of their own.
    branches: HashMap<usize, Vec<(Numbering, i64)>>,
}

impl Scribble {
    pub fn new(dice: &mut Dice) -> Self {
        Self { mess: 0.4 * dice.unit() * dice.unit(), many: 0.35 * dice.unit(), branches: HashMap::new() }
    }

    /// Perhaps writes the number another way.
    pub fn rewrite(&mut self, dice: &mut Dice, p: &mut Payable, vendor: usize) {
        let date = p.invoice_date.unwrap_or_default();
        let many = self.many;
        let branches = self.branches.entry(vendor).or_insert_with(|| {
            let count = if dice.chance(many) { dice.range(1, 4) } else { 0 };
            (0..count).map(|_| (vendors::numbering(dice), (dice.unit() * 11.0).exp() as i64)).collect()
        });
        if !branches.is_empty() && dice.chance(0.5) {
            let at = dice.index(branches.len());
            let (numbering, next) = &mut branches[at];
            *next += dice.range(1, 12);
            p.invoice_no = vendors::print(dice, numbering, date, *next);
        }
        if !dice.chance(self.mess) {
            return;
        }
        p.invoice_no = match dice.index(9) {
            0 => format!("INVOICE {}", dice.range(1, 300)),
            1 => date.strftime("%B").to_string().to_uppercase(),
            2 => format!("{} {}", dice.word().to_uppercase(), date.year()),
            3 => date.strftime("%d%m%y").to_string(),
            4 => format!("{}/{}", p.invoice_no, dice.range(1, 9)),
            5 => dice.range(1, 200).to_string(),
            6 => format!("{}-{}", dice.letters(3), dice.digits(4)),
            7 => dice.word().to_uppercase(),
            _ => p.invoice_no.chars().filter(char::is_ascii_digit).collect(),
        };
    }
}
