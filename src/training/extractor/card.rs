//! What a trained extractor's folder says of it: the manifest and the card.

use super::train::{Evaluation, HELD_OUT, Options, PRESENT};
use crate::extraction::candidates::SCORED;
use crate::extraction::context::{LINE_DENSE, LINE_IDS};
use crate::extraction::features::{self, DENSE, ID_WIDTH};
use crate::inference::{Manifest, TensorInfo};

/// The manifest of a model trained on `seen` documents.
pub(super) fn manifest(options: &Options, seen: u64, evaluation: &Evaluation) -> Manifest {
    let info = |name: &str, shape: String| TensorInfo { name: name.to_owned(), shape };
    let mut settings = toml::Table::new();
    settings.insert("features".to_owned(), toml::Value::Integer(features::VERSION));
    let fields = SCORED.iter().map(|f| toml::Value::String(f.as_str().to_owned())).collect();
    settings.insert("fields".to_owned(), toml::Value::Array(fields));
    let mut metrics = evaluation.metrics();
    metrics.insert("unreachable_per_document".to_owned(), evaluation.unreachable as f64 / HELD_OUT as f64);
    Manifest {
        name: "extractor".to_owned(),
        version: "2.0.0".to_owned(),
        task: "scores typed candidates of a page for the header fields of an invoice".to_owned(),
        training_data: format!("{seen} generated documents (seed {}), each seen once; calibrated on {HELD_OUT} others", options.seed),
        inputs: vec![
            info("ids", format!("i64[N, {ID_WIDTH}]")),
            info("figures", format!("f32[N, {DENSE}]")),
            info("line_of", "i64[N]".to_owned()),
            info("line_ids", format!("i64[L, {LINE_IDS}]")),
            info("line_figures", format!("f32[L, {LINE_DENSE}]")),
            info("relations", "i64[L, L]".to_owned()),
        ],
        outputs: vec![info("scores", format!("f32[N, {}]", SCORED.len()))],
        metrics,
        calibration: evaluation.calibration(),
        thresholds: [("present".to_owned(), PRESENT)].into(),
        settings,
        sha256: String::new(),
    }
}

/// How the architecture was chosen; measured once, see the text.
const CHOICE: &str = include_str!("choice.md");

/// The card of a model.
pub(super) fn card(manifest: &Manifest, options: &Options, seen: u64) -> String {
    let minutes = options.limit.as_secs() / 60;
    let stopped = if seen < options.pages {
        format!(" Training stopped at its limit of {minutes} minutes; how many documents are seen by then depends on the machine.")
    } else {
        String::new()
    };
    let mut rows = String::new();
    for (name, value) in &manifest.metrics {
        rows.push_str(&format!("| {name} | {value:.4} |\n"));
    }
    format!(
        "# {} {}\n\n{}.\n\n\
         Every date, amount, identifier, IBAN and name of a page is a candidate. The lines of the document attend to one another with a learned \
         bias for how they stand on the page; a candidate is scored for each field by its neighbouring words (hashed pieces), its own figures, \
         its standing among the others, and what its line learned. A softmax over a field's candidates and \"absent\" gives the probability, which \
         isotonic regression on held-out documents calibrates (after Majumder et al., ACL 2020, and LayoutLMv2's relative spatial attention).\n\n\
         ## Made by\n\n`countersign train extractor --out models/extractor --pages {} --seed {} --minutes {minutes}`: {seen} documents from the project's generator \
         (invoices, credit notes and receipts in eight languages, compositional layouts, readers' noise), each seen once; no real document. The same \
         command gives the same data and weights' start; sums of floats may differ in the last digits between machines.{stopped}\n\n\
         {CHOICE}\n\
         ## Held-out generated documents\n\nShare of right decisions by field, \"absent\" included, on documents made harder than those of the training \
         (15 of 100 labels are words of no language); figures on real documents are in the README.\n\n\
         | figure | value |\n|---|---|\n{rows}\n\
         ## Not good at\n\nForms whose labels stand far from their values; letters that state amounts in sentences; names that only a logo \
         shows; languages the generator does not draw; hand-written text.\n",
        manifest.name, manifest.version, manifest.task, options.pages, options.seed
    )
}
