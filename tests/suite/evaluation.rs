//! `eval duplicates` and `eval anomalies` read what `rescore` writes, CSV or Parquet, and say the same.

use std::path::Path;
use std::process::Command;

use crate::rescoring::{generator, models};

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn parquet_and_csv_are_evaluated_alike() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    models::write(&at("models"));
    let mut history = Vec::new();
    generator::write(&mut history, 2000, 3).unwrap();
    std::fs::write(at("history.csv"), history).unwrap();
    std::fs::create_dir_all(at("truth")).unwrap();
    std::fs::write(at("truth/truth_pairs.csv"), "row_a,row_b,type,cluster,overpaid\n1,2,exact,c1,10.00\n").unwrap();
    std::fs::write(at("truth/labels.csv"), "row_id,label,type,scheme_id\n5,1,round,s1\n9,0,hn_rush,\n").unwrap();
    let evaluated = |ending: &str| {
        let (rows, pairs) = (text(&at(&format!("rows.{ending}"))), text(&at(&format!("pairs.{ending}"))));
        let (history, folder) = (text(&at("history.csv")), text(&at("models")));
        run(&["--models-dir", &folder, "rescore", &history, "--out", &rows, "--duplicates", &pairs, "--partitions", "1"]);
        let truth = text(&at("truth"));
        let anomalies = run(&["eval", "anomalies", "--truth", &truth, "--pred", &rows]);
        let duplicates = run(&["eval", "duplicates", "--truth", &truth, "--pred", &pairs]);
        assert!(anomalies.contains("auroc") && duplicates.contains("candidate_recall"));
        (anomalies, duplicates)
    };
    assert_eq!(evaluated("csv"), evaluated("parquet"));
}
