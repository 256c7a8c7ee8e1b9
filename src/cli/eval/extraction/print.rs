//! The figures as text.

use super::calibration::{self, BINS, Reliability, TARGET, THRESHOLDS};
use super::counting::{Counts, HEADER, LINE_ROWS, Scores, Table, Wrong, share};

/// Prints everything; the first `errors` errors and the `worst` documents where asked for.
pub fn all(scores: &Scores, errors: usize, worst: usize) {
    for (source, data) in &scores.sources {
        table(source, data);
    }
    table("ALL", &scores.total());
    let (overall, fields) = calibration::by_field(scores);
    confidence(&overall, scores.unsaid);
    by_field(&fields);
    if errors > 0 {
        println!("\nfirst {errors} errors (document | field | given | truth):");
        let all = scores.faulty.iter().flat_map(|d| d.errors.iter().map(|e| (&d.name, e)));
        for (name, error) in all.take(errors) {
            println!("  {name} | {} | {} | {}", error.field, error.given.as_deref().unwrap_or("-"), error.truth);
        }
    }
    if worst > 0 {
        println!("\ndocuments with the most header errors");
        for document in scores.worst(worst) {
            println!("  {} [{}] {} errors", document.name, document.source, document.errors.len());
            document.errors.iter().for_each(|e| println!("    {:<16} {}", e.field, told(e)));
        }
    }
}

/// What was given and what is there, in words.
pub fn told(error: &Wrong) -> String {
    let sure = error.confidence.map(|c| format!(" ({c:.2})")).unwrap_or_default();
    match (&error.given, error.truth.is_null()) {
        (Some(given), true) => format!("invented {given:?}{sure}; there is none"),
        (Some(given), false) => format!("{given:?}{sure} for {}", truth(error)),
        (None, _) => format!("missed {}", truth(error)),
    }
}

fn truth(error: &Wrong) -> String {
    match error.truth.as_array() {
        Some(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        None => error.truth.to_string(),
    }
}

fn table(source: &str, table: &Table) {
    let times = table.times().map(|(median, longest)| format!(" seconds a document: median {median:.2}, longest {longest:.2}"));
    println!(
        "\n[{source}] documents={} without prediction={} all known header fields right={} ({:.1}%){}",
        table.documents,
        table.missing,
        table.perfect,
        share(table.perfect, table.documents) * 100.0,
        times.unwrap_or_default()
    );
    for field in HEADER.into_iter().chain(LINE_ROWS) {
        if let Some(counts) = table.fields.get(field) {
            row(field, counts);
        }
    }
    row(if source == "ALL" { "MICRO-AVERAGE" } else { "micro(header)" }, &table.micro());
}

fn row(label: &str, counts: &Counts) {
    let absent = if counts.absent > 0 {
        format!("  absent={} invented={} ({:.1}%)", counts.absent, counts.invented, share(counts.invented, counts.absent) * 100.0)
    } else {
        String::new()
    };
    let (p, r, f1, em) = (counts.precision(), counts.recall(), counts.f1(), counts.exact_match());
    println!("  {label:<18} n={:<5} P={p:6.3} R={r:6.3} F1={f1:6.3} EM={em:6.3}{absent}", counts.n);
}

fn confidence(all: &Reliability, unsaid: usize) {
    if all.n == 0 {
        return;
    }
    println!("\nconfidence of given header values whose truth is known (n={}, {unsaid} without one)", all.n);
    for (step, bin) in all.bins.iter().enumerate().filter(|(_, b)| b.n > 0) {
        let (low, high) = (step as f64 / BINS as f64, (step + 1) as f64 / BINS as f64);
        println!("  {low:.1}–{high:.1}  n={:<5} said={:.3} right={:.3}", bin.n, bin.said, bin.right);
    }
    println!("  expected calibration error {:.4}; said {:.3}, right {:.3}", all.error, all.said, share(all.right, all.n));
    println!("\nrisk by coverage (area under the curve {:.4})", all.area);
    for point in THRESHOLDS.map(|t| all.at(t)) {
        if point.accepted == 0 {
            println!("  from {:.3}: nothing is accepted", point.threshold);
            continue;
        }
        println!("  from {:.3}: {:.3} of values accepted, {:.4} of them right", point.threshold, point.coverage, 1.0 - point.risk);
    }
    match all.safe {
        Some(p) => println!("  at least {TARGET} right from {:.4} on: {:.3} of values accepted", p.threshold, p.coverage),
        None => println!("  no threshold gives {TARGET} right"),
    }
}

fn by_field(fields: &[(&'static str, Reliability)]) {
    if fields.is_empty() {
        return;
    }
    println!("\n  confidence by field  n      said   right  error  area    accepted with {TARGET} right");
    for (field, r) in fields {
        let safe = r.safe.map_or_else(|| "none".to_owned(), |p| format!("{:.3} from {:.4}", p.coverage, p.threshold));
        println!("  {field:<18}  {:<5}  {:.3}  {:.3}  {:.3}  {:.4}  {safe}", r.n, r.said, share(r.right, r.n), r.error, r.area);
    }
}
