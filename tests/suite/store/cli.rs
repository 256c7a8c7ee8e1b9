//! The administration commands, as processes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, input: &str, args: &[&str]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("--data-dir")
        .arg(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn ok(folder: &Path, args: &[&str]) -> String {
    let ran = run(folder, "", args);
    assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
    ran.out
}

#[test]
fn companies_users_tokens_and_their_trail() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let missing = run(at, "", &["audit", "verify"]);
    assert_eq!(missing.code, Some(2), "{}", missing.err);

    let nobody = run(at, "", &["user", "add", "ann", "--role", "clerk"]);
    assert_eq!(nobody.code, Some(2), "{}", nobody.err);
    ok(at, &["company", "add", "DEMO", "--name", "Demo GmbH"]);
    assert_eq!(ok(at, &["user", "add", "ann", "--role", "clerk", "--role", "reviewer"]).trim().len(), 20);
    let short = run(at, "short\n", &["user", "add", "bob", "--role", "clerk", "--password-stdin"]);
    assert_eq!((short.code, short.out.as_str()), (Some(2), ""));
    let given = run(at, "correct horse battery\n", &["user", "add", "bob", "--role", "auditor", "--password-stdin"]);
    assert_eq!((given.code, given.out.as_str()), (Some(0), ""), "{}", given.err);
    assert_eq!(run(at, "", &["user", "add", "ann", "--role", "clerk"]).code, Some(1), "taken");
    assert!(ok(at, &["user", "list"]).contains("ann\tann\tenabled\tDEMO:clerk DEMO:reviewer"));

    let token = ok(at, &["token", "create", "ann", "--label", "scanner", "--expires", "30"]);
    assert!(token.starts_with("cs_") && token.trim().len() == 67, "{token}");
    let listed = ok(at, &["token", "list"]);
    assert!(listed.contains("scanner") && !listed.contains(token.trim()));
    let id = listed.split('\t').next().unwrap();
    ok(at, &["token", "create", "ann", "--label", "short", "--expires", "never"]);
    assert!(ok(at, &["token", "list"]).contains("no expiry"));
    ok(at, &["token", "revoke", id]);
    assert_eq!(run(at, "", &["token", "revoke", id]).code, Some(2), "once");
    ok(at, &["user", "disable", "ann"]);
    ok(at, &["user", "password", "bob"]);

    // company-created, user-created twice, token-created twice, token-revoked, user-disabled, password-changed
    assert!(ok(at, &["audit", "verify"]).starts_with("DEMO: 8 records verified"));
    let file = at.join("trail.jsonl");
    let path = file.to_str().unwrap();
    ok(at, &["audit", "export", "--out", path]);
    assert!(ok(at, &["audit", "verify", "--bundle", path]).starts_with("DEMO: 8 records verified"));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("auditor", "approver")).unwrap();
    let tampered = run(at, "", &["audit", "verify", "--bundle", path]);
    assert_eq!(tampered.code, Some(1));
    assert!(tampered.err.contains("record 2"), "{}", tampered.err);
    let nothing = at.join("nothing");
    let nothing = nothing.to_str().unwrap();
    for wrong in [
        ["audit", "verify", "--bundle", nothing].as_slice(),
        &["eval", "extraction", "--truth", nothing, "--pred", nothing],
        &["eval", "duplicates", "--truth", nothing, "--pred", nothing],
        &["eval", "anomalies", "--truth", nothing, "--pred", nothing],
        &["serve", "--demo", "--listen", "0.0.0.0:0"],
    ] {
        let ran = run(at, "", wrong);
        assert_eq!(ran.code, Some(2), "{wrong:?}: {}", ran.err);
    }
    assert!(ok(at, &["ledger", "export", "--company", "DEMO"]).contains("Demo GmbH"));
}
