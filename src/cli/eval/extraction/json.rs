//! The figures as JSON: the tables under the keys that `evaluate.py --json` uses, and beside them
//! what it does not count.

use serde_json::{Map, Value, json};

use super::calibration::{self, Reliability, TARGET};
use super::counting::{Counts, Scores, Table, share};

/// Everything.
pub fn all(scores: &Scores, worst: usize) -> Value {
    let mut out = Map::new();
    for (source, data) in &scores.sources {
        out.insert(source.clone(), table(data));
    }
    out.insert("ALL".to_owned(), table(&scores.total()));
    let (overall, fields) = calibration::by_field(scores);
    let fields: Map<String, Value> = fields.iter().map(|(field, r)| ((*field).to_owned(), reliability(r))).collect();
    out.insert("_confidence".to_owned(), json!({"all": reliability(&overall), "fields": fields, "without": scores.unsaid}));
    let worst: Vec<Value> = scores
        .worst(worst)
        .into_iter()
        .map(|d| {
            let errors: Vec<Value> = d
                .errors
                .iter()
                .map(|e| json!({"field": e.field, "given": e.given, "confidence": e.confidence, "truth": e.truth}))
                .collect();
            json!({"document": d.name, "source": d.source, "errors": errors})
        })
        .collect();
    out.insert("_worst".to_owned(), worst.into());
    out.into()
}

fn table(table: &Table) -> Value {
    let fields: Map<String, Value> = table.fields.iter().map(|(field, c)| ((*field).to_owned(), counts(c))).collect();
    let mut out = json!({
        "documents": table.documents,
        "missing": table.missing,
        "perfect": table.perfect,
        "fields": fields,
        "micro": counts(&table.micro()),
    });
    if let Some((median, longest)) = table.times() {
        out["seconds"] = json!({"median": median, "longest": longest});
    }
    out
}

fn counts(c: &Counts) -> Value {
    json!({
        "n": c.n,
        "precision": c.precision(),
        "recall": c.recall(),
        "f1": c.f1(),
        "em": c.exact_match(),
        "absent": c.absent,
        "hallucinated": c.invented,
    })
}

fn reliability(r: &Reliability) -> Value {
    let bins: Vec<Value> = r.bins.iter().map(|b| json!({"n": b.n, "said": b.said, "right": b.right})).collect();
    let curve: Vec<Value> = r.curve.iter().map(|p| json!({"threshold": p.threshold, "coverage": p.coverage, "risk": p.risk})).collect();
    json!({
        "n": r.n,
        "right": share(r.right, r.n),
        "said": r.said,
        "calibration_error": r.error,
        "area_under_risk_coverage": r.area,
        "target": TARGET,
        "at_target": r.safe.map(|p| json!({"threshold": p.threshold, "coverage": p.coverage, "right": 1.0 - p.risk})),
        "bins": bins,
        "curve": curve,
    })
}
