//! Each kind of oddity moves its feature; sparse rows stay finite; hindsight tells what came later.

use super::*;
use crate::screening::anomaly::{BookHistory, Trace};
use crate::screening::tests::payable;

fn value(name: &str, features: &[f32]) -> f32 {
    features[ANOMALY_FEATURES.iter().position(|n| *n == name).unwrap()]
}

fn monthly(count: i8) -> (VendorHistory, BookHistory) {
    let (mut history, mut book) = (VendorHistory::default(), BookHistory::default());
    for month in 1..=count {
        let amount = format!("{}.37", 900 + i32::from(month) * 11);
        let mut p = payable("V1", &format!("A-{}", 40 + month * 7), &amount, &format!("2024-{month:02}-05"));
        p.bank_account = "DE1".to_owned();
        (p.department, p.account_code) = ("D1".to_owned(), "4100".to_owned());
        history.push(&p);
        book.push(&p);
    }
    (history, book)
}

#[test]
fn names_and_values_are_as_many_and_names_differ() {
    let mut names = ANOMALY_FEATURES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ANOMALY_FEATURES.len());
    let p = payable("V1", "1", "10", "2024-01-01");
    let row = anomaly_features(&p, &VendorHistory::default(), &BookView::default(), &Hindsight::none(), &Policy::default());
    assert_eq!(row.len(), ANOMALY_FEATURES.len());
    assert!((0..row.len()).all(|at| family_of(at).is_some()) && family_of(row.len()).is_none());
}

#[test]
fn each_kind_moves_its_feature() {
    let (history, book) = monthly(9);
    let usual = payable("V1", "A-110", "1001.20", "2024-10-05");
    let of = |p: &Payable| anomaly_features(p, &history, &book.view(p), &Hindsight::none(), &Policy::default());
    assert!(value("amount-deviation", &of(&usual)).abs() < 1.0);
    assert_eq!(value("amount-ten-times", &of(&payable("V1", "A-110", "9550.00", "2024-10-05"))), 1.0);
    assert_eq!(value("amount-shifted-repeat", &of(&payable("V1", "A-110", "9990.00", "2024-10-05"))), 0.0);
    assert_eq!(value("amount-shifted-repeat", &of(&payable("V1", "A-110", "9333.70", "2024-10-05"))), 1.0);
    assert_eq!(value("limit-just-below", &of(&payable("V1", "A-110", "4990.00", "2024-10-05"))), 1.0);
    assert_eq!(value("gap-dormant", &of(&payable("V1", "A-110", "990.00", "2026-10-05"))), 1.0);
    assert_eq!(value("number-next", &of(&payable("V1", "A-104", "990.00", "2024-10-05"))), 1.0);
    assert!(value("number-shape-new", &of(&payable("V1", "INV/2024/104", "990.00", "2024-10-05"))) > 0.5);
    let mut moved = usual.clone();
    moved.bank_account = "DE2".to_owned();
    moved.account_code = "6300".to_owned();
    moved.department = "D9".to_owned();
    assert_eq!((value("bank-new", &of(&moved)), value("bank-new", &of(&usual))), (1.0, 0.0));
    assert!(value("place-new", &of(&moved)) > 1.0 && value("surprise-sum", &of(&moved)) > value("surprise-sum", &of(&usual)));
}

#[test]
fn a_sparse_row_gives_finite_features() {
    let mut bare = payable("V1", "", "0", "2024-01-01");
    (bare.invoice_date, bare.payment_date) = (None, None);
    let none = Policy { approval_limits: Vec::new() };
    for (history, book) in [(VendorHistory::default(), BookHistory::default()), monthly(4)] {
        let row = anomaly_features(&bare, &history, &book.view(&bare), &Hindsight::none(), &none);
        assert!(row.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn hindsight_tells_a_change_for_good_from_one_that_is_taken_back() {
    let (history, book) = monthly(9);
    let paid = |account: &str, date: &str| {
        let mut p = payable("V1", "A-300", "990.10", date);
        p.bank_account = account.to_owned();
        p
    };
    let now = paid("DE2", "2024-10-05");
    let of = |later: &[Payable]| {
        let traces: Vec<Trace> = later.iter().map(Trace::of).collect();
        let end = Trace::of(&paid("DE2", "2025-10-05")).day();
        anomaly_features(&now, &history, &book.view(&now), &Hindsight::new(&traces, end), &Policy::default())
    };
    let (kept, back) = (of(&[paid("DE2", "2024-11-05")]), of(&[paid("DE1", "2024-11-05")]));
    assert_eq!((value("later-bank-last-kept", &kept), value("later-bank-last-back", &kept)), (1.0, 0.0));
    assert_eq!((value("later-bank-last-kept", &back), value("later-bank-last-back", &back)), (0.0, 1.0));
    assert_eq!(value("later-none", &of(&[])), 1.0);
    let blind = anomaly_features(&now, &history, &book.view(&now), &Hindsight::none(), &Policy::default());
    for (at, seen) in blind.iter().enumerate().filter(|(at, _)| family_of(*at) == Some(Family::Later)) {
        assert_eq!(*seen, 0.0, "{}", ANOMALY_FEATURES[at]);
    }
}
