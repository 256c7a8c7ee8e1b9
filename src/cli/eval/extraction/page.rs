//! The figures as one page: no scripts, nothing loaded, the same input gives the same page.

use askama::Template;

use super::calibration::{self, Reliability, TARGET, THRESHOLDS};
use super::chart::{self, Chart};
use super::counting::{Counts, HEADER, LINE_ROWS, Scores, Table, share};
use super::print::told;

/// What was compared.
pub struct About {
    /// Folder of truths.
    pub truth: String,
    /// Folder of predictions.
    pub pred: String,
    /// Values below this confidence count as not given.
    pub conf: Option<f64>,
}

struct Cell {
    /// `F1`, or nothing where no document has the field.
    text: String,
    /// Style of the background, and a description for a pointer.
    class: &'static str,
    title: String,
}

struct HeatRow {
    source: String,
    documents: usize,
    missing: usize,
    perfect: String,
    seconds: String,
    cells: Vec<Cell>,
}

struct FieldRow {
    field: String,
    n: usize,
    precision: String,
    recall: String,
    f1: String,
    exact: String,
    absent: usize,
    invented: String,
}

struct Section {
    source: String,
    rows: Vec<FieldRow>,
}

struct SureRow {
    field: String,
    n: usize,
    said: String,
    right: String,
    error: String,
    area: String,
    coverage: String,
    threshold: String,
}

struct CutRow {
    threshold: String,
    coverage: String,
    right: String,
    wrong: usize,
}

struct WorstRow {
    name: String,
    source: String,
    errors: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "eval_extraction.html")]
struct Page<'a> {
    about: &'a About,
    conf: String,
    documents: usize,
    f1: String,
    precision: String,
    recall: String,
    perfect: String,
    invented: String,
    error: String,
    area: String,
    target: String,
    safe: Option<(String, String)>,
    median: String,
    columns: Vec<String>,
    heat: Vec<HeatRow>,
    sections: Vec<Section>,
    judged: usize,
    unsaid: usize,
    reliability: Chart,
    risk: Chart,
    sure: Vec<SureRow>,
    cuts: Vec<CutRow>,
    worst: Vec<WorstRow>,
}

/// Renders the page, with the `worst` documents with the most errors.
pub fn html(scores: &Scores, about: &About, worst: usize) -> anyhow::Result<String> {
    let total = scores.total();
    let micro = total.micro();
    let (overall, fields) = calibration::by_field(scores);
    let columns: Vec<&'static str> = HEADER.into_iter().chain(LINE_ROWS).filter(|f| total.fields.contains_key(f)).collect();
    let all = ("all".to_owned(), &total);
    let tables: Vec<(String, &Table)> = scores.sources.iter().map(|(s, t)| (s.clone(), t)).chain([all]).collect();
    let page = Page {
        about,
        conf: about.conf.map(|t| format!("{t}")).unwrap_or_default(),
        documents: total.documents,
        f1: figure(micro.f1()),
        precision: figure(micro.precision()),
        recall: figure(micro.recall()),
        perfect: percent(total.perfect, total.documents),
        invented: percent(micro.invented, micro.absent),
        error: figure(overall.error),
        area: format!("{:.4}", overall.area),
        target: figure(TARGET),
        safe: overall.safe.map(|p| (percent(p.accepted, overall.n), format!("{:.4}", p.threshold))),
        median: total.times().map(|t| format!("{:.2}", t.0)).unwrap_or_default(),
        heat: tables.iter().map(|(source, table)| heat_row(source, table, &columns)).collect(),
        sections: tables.iter().map(|(source, table)| section(source, table)).collect(),
        columns: columns.iter().map(|c| worded(c)).collect(),
        judged: overall.n,
        unsaid: scores.unsaid,
        reliability: chart::reliability(&overall),
        risk: chart::risk(&overall, 1.0 - TARGET),
        sure: fields.iter().map(|(field, r)| sure_row(field, r)).collect(),
        cuts: cuts(&overall),
        worst: scores
            .worst(worst)
            .into_iter()
            .map(|d| WorstRow {
                name: d.name.clone(),
                source: d.source.clone(),
                errors: d.errors.iter().map(|e| (worded(e.field), told(e))).collect(),
            })
            .collect(),
    };
    Ok(page.render()?)
}

/// A field's name in words.
fn worded(field: &str) -> String {
    field.replace("lines.", "line ").replace('_', " ")
}

fn figure(value: f64) -> String {
    format!("{value:.3}")
}

fn percent(a: usize, b: usize) -> String {
    format!("{:.1} %", share(a, b) * 100.0)
}

fn heat_row(source: &str, table: &Table, columns: &[&'static str]) -> HeatRow {
    let mut cells: Vec<Cell> = columns.iter().map(|field| cell(field, table.fields.get(field))).collect();
    cells.push(cell("all header fields", Some(&table.micro())));
    HeatRow {
        source: source.to_owned(),
        documents: table.documents,
        missing: table.missing,
        perfect: percent(table.perfect, table.documents),
        seconds: table.times().map(|(median, longest)| format!("{median:.2} / {longest:.2}")).unwrap_or_default(),
        cells,
    }
}

fn cell(field: &str, counts: Option<&Counts>) -> Cell {
    let Some(counts) = counts.filter(|c| c.n > 0) else {
        return Cell { text: String::new(), class: "none", title: format!("{field}: no document has it") };
    };
    let f1 = counts.f1();
    let class = match f1 {
        f if f >= 0.98 => "h6",
        f if f >= 0.95 => "h5",
        f if f >= 0.9 => "h4",
        f if f >= 0.8 => "h3",
        f if f >= 0.6 => "h2",
        _ => "h1",
    };
    let title = format!("{field}: precision {:.3}, recall {:.3}, {} values", counts.precision(), counts.recall(), counts.n);
    Cell { text: figure(f1), class, title }
}

fn section(source: &str, table: &Table) -> Section {
    let row = |field: &str, c: &Counts| FieldRow {
        field: worded(field),
        n: c.n,
        precision: figure(c.precision()),
        recall: figure(c.recall()),
        f1: figure(c.f1()),
        exact: figure(c.exact_match()),
        absent: c.absent,
        invented: if c.absent > 0 { format!("{} ({})", c.invented, percent(c.invented, c.absent)) } else { String::new() },
    };
    let mut rows: Vec<FieldRow> = HEADER.into_iter().chain(LINE_ROWS).filter_map(|f| table.fields.get(f).map(|c| row(f, c))).collect();
    rows.push(row("all header fields", &table.micro()));
    Section { source: source.to_owned(), rows }
}

fn sure_row(field: &str, r: &Reliability) -> SureRow {
    SureRow {
        field: worded(field),
        n: r.n,
        said: figure(r.said),
        right: figure(share(r.right, r.n)),
        error: figure(r.error),
        area: format!("{:.4}", r.area),
        coverage: r.safe.map_or_else(|| "none".to_owned(), |p| percent(p.accepted, r.n)),
        threshold: r.safe.map(|p| format!("{:.4}", p.threshold)).unwrap_or_default(),
    }
}

fn cuts(r: &Reliability) -> Vec<CutRow> {
    THRESHOLDS
        .map(|t| r.at(t))
        .map(|p| CutRow {
            threshold: figure(p.threshold),
            coverage: percent(p.accepted, r.n),
            right: if p.accepted > 0 { format!("{:.4}", 1.0 - p.risk) } else { String::new() },
            wrong: p.wrong,
        })
        .into()
}
