//! What a group of look-alikes says about one pair: series, reversals, parts, better candidates.
//!
//! Computed for a new payable and the earlier ones that share a key with it; nothing later is seen,
//! so the context is the same online and in batch.

use jiff::civil::Date;

use super::features::Prepared;

/// Counts that tell a second payment of one debt from a habit. The default says that nothing is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PairContext {
    /// Earlier positive entries of the vendor with the new one's amount.
    pub same_amount: u32,
    /// Distinct numbers among them.
    pub same_amount_numbers: u32,
    /// Earlier entries of the vendor with the new one's number.
    pub same_number: u32,
    /// Distinct amounts among those.
    pub same_number_amounts: u32,
    /// Earlier entries of the vendor with the new one's invoice date.
    pub same_day: u32,
    /// The earlier entry was credited or voided before the new one came.
    pub reversed: bool,
    /// A credit or void of the vendor with this amount exists at all before the new one.
    pub reversals: u32,
    /// How well the new one continues a series of equal amounts, 0 to 1.
    pub rhythm: f32,
    /// Earlier entries that resemble the new one more than this one does.
    pub better: u32,
    /// How much closer this one is than the best of the others (negative: another is closer).
    pub margin: f32,
    /// With other entries since, the new one adds up to the earlier one's amount.
    pub completes: bool,
    /// Earlier entries of the vendor whose number is next to the new one's.
    pub neighbours: u32,
}

/// The context of each of `candidates` (all earlier than `later`) as its possible original.
#[must_use]
pub fn contexts(later: &Prepared, candidates: &[&Prepared]) -> Vec<PairContext> {
    let group = Group::of(later, candidates);
    let closeness: Vec<f32> = candidates.iter().map(|c| closeness(c, later)).collect();
    let mut ranked = closeness.clone();
    ranked.sort_by(|a, b| b.total_cmp(a));
    candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| {
            let own = closeness[index];
            let rival = if ranked.first() == Some(&own) { ranked.get(1) } else { ranked.first() };
            PairContext {
                reversed: group.reversed[index],
                better: ranked.partition_point(|other| *other > own) as u32,
                margin: rival.map_or(4.0, |rival| own - rival),
                completes: completes(candidate, later, candidates),
                ..group.shared
            }
        })
        .collect()
}

/// What is the same for all candidates of one new payable.
struct Group {
    shared: PairContext,
    reversed: Vec<bool>,
}

impl Group {
    fn of(later: &Prepared, candidates: &[&Prepared]) -> Self {
        let mut shared = PairContext::default();
        let (mut numbers, mut amounts, mut dates) = (Vec::new(), Vec::new(), Vec::new());
        for &c in candidates.iter().filter(|c| c.same_vendor(later)) {
            if c.cents == later.cents {
                shared.same_amount += 1;
                numbers.push(c.number.key.as_str());
                dates.extend(c.day());
            }
            if !later.number.is_blank() && c.number.key == later.number.key {
                shared.same_number += 1;
                amounts.push(c.cents);
            }
            if c.invoice_date.is_some() && c.invoice_date == later.invoice_date {
                shared.same_day += 1;
            }
            if c.cents == -later.cents {
                shared.reversals += 1;
            }
            if c.number.stem == later.number.stem && step(c, later).is_some_and(|s| (1..=3).contains(&s)) {
                shared.neighbours += 1;
            }
        }
        shared.same_amount_numbers = distinct(&mut numbers);
        shared.same_number_amounts = distinct(&mut amounts);
        shared.rhythm = later.day().map_or(0.0, |day| rhythm(dates, day));
        Self { shared, reversed: reversals(later, candidates) }
    }
}

fn step(a: &Prepared, b: &Prepared) -> Option<u64> {
    a.number.tail.zip(b.number.tail).map(|(x, y)| x.abs_diff(y))
}

fn distinct<T: Ord>(values: &mut Vec<T>) -> u32 {
    values.sort_unstable();
    values.dedup();
    values.len() as u32
}

/// How well `day` continues the series: the regularity of the gaps times the fit of the new gap.
/// A series needs three earlier members on different days.
fn rhythm(mut dates: Vec<Date>, day: Date) -> f32 {
    dates.sort_unstable();
    dates.dedup();
    let Some(last) = dates.last().copied().filter(|_| dates.len() >= 3) else {
        return 0.0;
    };
    let mut gaps: Vec<i32> = dates.windows(2).map(|w| days(w[0], w[1])).collect();
    gaps.sort_unstable();
    let median = gaps[gaps.len() / 2];
    let slack = (median / 6).max(3);
    let regular = gaps.iter().filter(|gap| (*gap - median).abs() <= slack).count() as f32 / gaps.len() as f32;
    let miss = (days(last, day) - median).abs() as f32 / slack as f32;
    regular * (-0.5 * miss * miss).exp()
}

/// Days from `a` to `b`.
pub(super) fn days(a: Date, b: Date) -> i32 {
    b.since(a).map_or(0, |span| span.get_days())
}

/// Which candidates a later credit or void took back: the one with its number, else the latest of
/// its amount before it that is not taken back yet.
fn reversals(later: &Prepared, candidates: &[&Prepared]) -> Vec<bool> {
    let mut reversed = vec![false; candidates.len()];
    for reversal in candidates.iter().filter(|c| c.cents < 0 && c.row < later.row) {
        let fits = |c: &Prepared| c.cents == -reversal.cents && c.row < reversal.row && c.same_vendor(reversal);
        let open = |index: usize| !reversed[index] && fits(candidates[index]);
        let numbered = (0..candidates.len()).filter(|i| open(*i) && same_number(candidates[*i], reversal));
        let target = numbered
            .max_by_key(|i| candidates[*i].row)
            .or_else(|| (0..candidates.len()).filter(|i| open(*i)).max_by_key(|i| candidates[*i].row));
        if let Some(index) = target {
            reversed[index] = true;
        }
    }
    reversed
}

fn same_number(a: &Prepared, b: &Prepared) -> bool {
    !a.number.is_blank() && a.number.key == b.number.key
}

/// A quick likeness, to rank candidates against each other.
fn closeness(a: &Prepared, b: &Prepared) -> f32 {
    let number = if a.number.is_blank() || b.number.is_blank() {
        0.3
    } else if a.number.key == b.number.key {
        2.0
    } else if a.number.confused == b.number.confused {
        1.8
    } else {
        1.6 * a.number.likeness(&b.number)
    };
    let amount = if a.cents == b.cents { 1.5 } else { 0.0 };
    let date = if a.invoice_date.is_some() && a.invoice_date == b.invoice_date { 0.8 } else { 0.0 };
    let vendor = if a.same_vendor(b) { 0.5 } else { 0.0 };
    let sign = if a.cents < 0 { -4.0 } else { 0.0 };
    number + amount + date + vendor + sign
}

/// Whether `later` alone with one other, or with all others of the same root, makes up `earlier`.
fn completes(earlier: &Prepared, later: &Prepared, candidates: &[&Prepared]) -> bool {
    if later.cents <= 0 || later.cents >= earlier.cents || !earlier.same_vendor(later) {
        return false;
    }
    let mut rest = earlier.cents - later.cents;
    let since = || candidates.iter().filter(|c| c.row > earlier.row && c.cents > 0 && c.cents < earlier.cents && c.same_vendor(later));
    if since().any(|c| c.cents.abs_diff(rest) <= 1) {
        return true;
    }
    for part in since().filter(|c| c.number.run == later.number.run && !later.number.is_blank()) {
        rest -= part.cents;
    }
    rest.abs() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::EntryType;
    use crate::screening::tests::{payable, payable_of};

    fn run(rows: &[(&str, &str, &str)], kinds: &[EntryType]) -> Vec<PairContext> {
        let mut prepared: Vec<Prepared> = rows
            .iter()
            .zip(kinds)
            .enumerate()
            .map(|(row, (&(number, amount, date), kind))| {
                Prepared::of(&crate::domain::history::Payable {
                    row: row as u64,
                    entry_type: *kind,
                    ..payable_of("V1", "Dorn AG", number, amount, date)
                })
            })
            .collect();
        let later = prepared.pop().unwrap();
        contexts(&later, &prepared.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_monthly_bill_has_rhythm_and_a_repeat_has_none() {
        let months = ["2024-01-05", "2024-02-05", "2024-03-05", "2024-04-05", "2024-05-05"];
        let rows: Vec<_> = months.iter().map(|m| ("A1", "100", *m)).collect();
        assert!(run(&rows, &[EntryType::Invoice; 5])[3].rhythm > 0.9);
        let mut odd = rows.clone();
        odd[4].2 = "2024-04-07";
        assert!(run(&odd, &[EntryType::Invoice; 5])[3].rhythm < 0.1);
    }

    #[test]
    fn a_void_takes_back_the_entry_with_its_number() {
        let rows = [("A1", "100", "2024-01-05"), ("A2", "100", "2024-01-06"), ("A1", "-100", "2024-01-09"), ("A1", "100", "2024-01-10")];
        let kinds = [EntryType::Invoice, EntryType::Invoice, EntryType::Void, EntryType::Invoice];
        let reversed: Vec<bool> = run(&rows, &kinds).iter().map(|c| c.reversed).collect();
        assert_eq!(reversed, [true, false, false]);
    }

    #[test]
    fn two_parts_complete_the_whole() {
        let rows = [("A1", "100", "2024-01-05"), ("A1/1", "60", "2024-02-06"), ("A1/2", "40", "2024-02-09")];
        assert!(run(&rows, &[EntryType::Invoice; 3])[0].completes);
        assert!(!run(&rows[..2], &[EntryType::Invoice; 2])[0].completes);
    }

    #[test]
    fn nothing_to_compare_gives_nothing() {
        assert!(contexts(&Prepared::of(&payable("V", "1", "1", "2024-01-01")), &[]).is_empty());
    }
}
