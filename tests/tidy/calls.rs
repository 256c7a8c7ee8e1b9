//! Calls and marks that do not belong in the tree, each with its reason.

use crate::Finding;
use crate::text::{code_only, line_of};

/// What code must not contain, where it may all the same, and why.
const CALLS: &[(&str, &[&str], &str)] = &[
    ("Timestamp::now", &["src/ambient.rs"], "time is handed in, so that a run can be replayed"),
    ("Zoned::now", &["src/ambient.rs"], "time is handed in, so that a run can be replayed"),
    ("SystemTime::now", &["src/ambient.rs"], "time is handed in, so that a run can be replayed"),
    ("Uuid::new_v4", &["src/ambient.rs"], "ids are handed in, so that a run can be replayed"),
    ("Uuid::now_v7", &["src/ambient.rs"], "ids are handed in, so that a run can be replayed"),
    ("getrandom::", &["src/ambient.rs"], "randomness is handed in, so that a run can be replayed"),
    ("process::exit", &[], "return an ExitCode, so that destructors run"),
    ("todo!", &[], "unfinished work is an error value or an issue, not a panic"),
    ("unimplemented!", &[], "unfinished work is an error value or an issue, not a panic"),
    ("dbg!", &[], "what matters goes to the log, the rest goes away"),
    ("#[allow(", &[], "an exception is `#[expect(lint, reason = \"…\")]`, which ends when its cause does"),
    ("#![allow(", &[], "an exception is `#[expect(lint, reason = \"…\")]`, which ends when its cause does"),
    ("#[ignore", &[], "a test that does not run guards nothing: mend it or delete it"),
];

/// A mark that comments must not contain; split, so that this file does not.
const UNFINISHED: &str = concat!("FIX", "ME");

/// Banned calls and marks in `source`.
pub fn banned(file: &str, source: &str) -> Vec<Finding> {
    let code = code_only(source);
    let calls = CALLS.iter().filter(|(_, homes, _)| !homes.contains(&file)).flat_map(|(call, _, reason)| {
        let starts_word =
            |at: usize| !call.starts_with(char::is_alphabetic) || !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let hits = code.match_indices(call).filter(move |(at, _)| starts_word(*at)).map(|(at, _)| at).collect::<Vec<_>>();
        hits.into_iter().map(|at| Finding::new(file, line_of(&code, at), format!("`{call}`: {reason}"))).collect::<Vec<_>>()
    });
    let marks = source
        .match_indices(UNFINISHED)
        .map(|(at, _)| Finding::new(file, line_of(source, at), "unfinished work belongs in an issue, not in a comment"));
    calls.chain(marks).collect()
}

/// Paths and hosts of one machine or one registry, split so that this file does not contain them.
const TRACES: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/tmp/", "bash_jobs"), "a path of one machine"),
    (concat!("index.", "crates.io"), "a registry's host: the client knows it"),
    (concat!("static.", "crates.io"), "a registry's host: the client knows it"),
    (concat!("pypi.", "org"), "a registry's host: the client knows it"),
    (concat!("python", "hosted.org"), "a registry's host: the client knows it"),
    (concat!("registry.", "npmjs.org"), "a registry's host: the client knows it"),
    (concat!("deb.", "debian.org"), "a registry's host: the client knows it"),
];

/// Traces of the machine that a text was written on.
pub fn machine_traces(file: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (trace, what) in TRACES {
        // The end of a longer path is no trace; at the start of a word or after a quote it is.
        let begins = |at: usize| !trace.starts_with('/') || !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_-.~*}".contains(c));
        found.extend(
            text.match_indices(trace)
                .filter(|(at, _)| begins(*at))
                .map(|(at, _)| Finding::new(file, line_of(text, at), format!("`{trace}`: {what} does not belong in the tree"))),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(found: &[Finding]) -> Vec<usize> {
        found.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn banned_calls_are_found_in_code_and_not_in_comments() {
        let source = format!(
            "let t = jiff::Timestamp::now();\n// Timestamp::now\nlet s = \"dbg!\";\nlet n = MyTimestamp::now();\n#[allow(dead_code)]\n// {UNFINISHED}: later\nx.to_do!();"
        );
        assert_eq!(lines(&banned("src/a.rs", &source)), [1, 5, 6]);
        assert_eq!(lines(&banned("src/ambient.rs", &source)), [5, 6]);
        let found = banned("src/a.rs", "#[ignore = \"slow\"]");
        assert_eq!(found[0].to_string(), "src/a.rs:1: `#[ignore`: a test that does not run guards nothing: mend it or delete it");
    }

    #[test]
    fn traces_of_a_machine_are_found() {
        let text = format!("cd {}main\nsrc{}x\nurl = https://{}/simple\n", TRACES[0].0, TRACES[0].0, TRACES[5].0);
        assert_eq!(lines(&machine_traces("README.md", &text)), [1, 3]);
    }
}
