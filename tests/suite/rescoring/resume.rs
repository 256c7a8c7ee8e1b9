//! A run that is killed goes on where it was: the real program, killed with no warning at every phase.

use super::{Desk, generated};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// What a run said, and whether it ended by itself and well.
struct Told {
    lines: Vec<String>,
    done: bool,
}

impl Told {
    fn phases(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line.strip_suffix(" …")).collect()
    }

    fn has(&self, part: &str) -> bool {
        self.lines.iter().any(|line| line.contains(part))
    }
}

/// Runs the program on `history.csv` into `folder`, and kills it as soon as it says `kill_at`.
fn rescore(desk: &Desk, folder: &str, kill_at: Option<&str>, more: &[&str]) -> Told {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("rescore")
        .arg(desk.path("history.csv"))
        .arg("--out")
        .arg(desk.path(&format!("{folder}/scored.parquet")))
        .arg("--duplicates")
        .arg(desk.path(&format!("{folder}/pairs.csv")))
        .arg("--report")
        .arg(desk.path(&format!("{folder}/report.html")))
        .args(["--partitions", "2", "--memory", "64"])
        .args(more)
        .arg("--models-dir")
        .arg(desk.path("models"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        let now = kill_at.is_some_and(|word| line == format!("{word} …"));
        lines.push(line);
        if now {
            // SIGKILL: nothing of the program runs any more.
            child.kill().unwrap();
        }
    }
    let done = child.wait().unwrap().success();
    Told { lines, done }
}

fn outputs(desk: &Desk, folder: &str) -> Vec<Vec<u8>> {
    ["scored.parquet", "pairs.csv", "report.html"].map(|name| std::fs::read(desk.path(&format!("{folder}/{name}"))).unwrap()).to_vec()
}

fn scratch(desk: &Desk, folder: &str) -> std::path::PathBuf {
    desk.path(&format!("{folder}/.countersign-rescore-scored.parquet"))
}

#[test]
fn a_killed_run_goes_on_and_gives_the_same_bytes() {
    let desk = Desk::new();
    desk.put("history.csv", &generated(2_500));
    let whole = rescore(&desk, "whole", None, &[]);
    assert!(whole.done, "{:?}", whole.lines);
    let phases = ["reading", "learning from the book", "anomalies", "duplicates", "writing"];
    assert_eq!(whole.phases(), phases);
    for (at, phase) in phases.into_iter().enumerate() {
        let killed = rescore(&desk, phase, Some(phase), &[]);
        assert!(!killed.done && killed.phases() == phases[..=at], "{:?}", killed.lines);
        assert!(!Path::new(&desk.path(&format!("{phase}/scored.parquet"))).exists());
        let again = rescore(&desk, phase, None, &[]);
        assert!(again.done, "{:?}", again.lines);
        // What was finished is not done again, and is named.
        assert_eq!(again.phases(), phases[at..]);
        assert!(phases[..at].iter().all(|name| again.has("going on after") && again.has(step_of(name))), "{:?}", again.lines);
        assert!(outputs(&desk, phase) == outputs(&desk, "whole"), "killed in {phase}");
        assert!(!scratch(&desk, phase).exists());
    }
}

/// How the journal calls the last step of a phase.
fn step_of(phase: &str) -> &str {
    match phase {
        "duplicates" => "pairs",
        "learning from the book" => "lesson",
        other => other,
    }
}

#[test]
fn what_changed_is_said_and_begins_anew() {
    let desk = Desk::new();
    desk.put("history.csv", &generated(3_000));
    rescore(&desk, "out", Some("duplicates"), &["--as-shipped"]);
    assert!(scratch(&desk, "out").exists());
    let fresh = rescore(&desk, "out", Some("duplicates"), &["--fresh", "--as-shipped"]);
    assert_eq!(fresh.phases(), ["reading", "anomalies", "duplicates"]);
    desk.put("history.csv", &generated(3_001));
    let anew = rescore(&desk, "out", None, &["--as-shipped"]);
    assert!(anew.done && anew.has("history.csv changed") && anew.has("starting anew"), "{:?}", anew.lines);
    assert_eq!(anew.phases().len(), 4);
    // Another model is another run, too.
    rescore(&desk, "out", Some("writing"), &["--as-shipped"]);
    let manifest = desk.path("models/anomaly/model.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("0.0.1", "0.0.2")).unwrap();
    let anew = rescore(&desk, "out", None, &["--as-shipped"]);
    assert!(anew.done && anew.has("the model anomaly@0.0.2 changed"), "{:?}", anew.lines);
}

#[test]
fn two_runs_on_one_output_are_refused() {
    let desk = Desk::new();
    desk.put("history.csv", &generated(3_000));
    let folder = scratch(&desk, "out");
    std::fs::create_dir_all(&folder).unwrap();
    let held = std::fs::File::create(folder.join("lock")).unwrap();
    held.try_lock().unwrap();
    let second = rescore(&desk, "out", None, &["--as-shipped"]);
    assert!(!second.done && second.has("another run is writing"), "{:?}", second.lines);
    drop(held);
    assert!(rescore(&desk, "out", None, &["--as-shipped"]).done);
}

#[cfg(not(feature = "cluster"))]
#[test]
fn a_cluster_is_wrong_use_where_it_is_not_built_in() {
    let desk = Desk::new();
    desk.put("history.csv", &generated(100));
    for arguments in [vec!["rescore", "history.csv", "--out", "s.csv", "--scheduler", "http://127.0.0.1:1"], vec!["cluster", "scheduler"]] {
        let ended = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .current_dir(desk.path(""))
            .args(&arguments)
            .arg("--models-dir")
            .arg(desk.path("models"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(2) && said.contains("make cluster"), "{said}");
    }
}
