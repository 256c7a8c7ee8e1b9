//! The demonstration as a process: killed while it is set up, taken up by the next start.

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(dir: &Path) -> Server {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).arg("--data-dir").arg(dir);
    command.arg("--models-dir").arg(here.join("models")).arg("--workflows-dir").arg(here.join("workflows"));
    Server(command.env("COUNTERSIGN_DEMO", "1").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

fn credentials(dir: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(dir.join("demo-credentials.json")).ok()?).ok()
}

fn listening(server: &mut Server) -> String {
    let mut said = BufReader::new(server.0.stdout.take().unwrap()).lines();
    said.find_map(|line| line.ok()?.strip_prefix("Countersign listens on ").map(str::to_owned)).expect("it says where it listens")
}

/// Waits until the credentials stand in the folder: what uses them comes after.
fn until_written(dir: &Path) -> Value {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(written) = credentials(dir) {
            return written;
        }
        assert!(Instant::now() < until, "the credentials are written first");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_start_that_is_setting_up_can_be_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = start(dir.path());
    until_written(dir.path());
    assert!(Command::new("kill").arg("-TERM").arg(server.0.id().to_string()).status().unwrap().success());
    let until = Instant::now() + Duration::from_secs(30);
    let status = loop {
        match server.0.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
        assert!(Instant::now() < until, "it stops");
    };
    assert_eq!(status.code(), Some(0));
    assert_eq!(credentials(dir.path()).unwrap()["seeded"], false);
}

#[test]
fn an_interrupted_first_start_is_taken_up_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = start(dir.path());
    let written = until_written(dir.path());
    // Some users are there, or none yet, and the documents are not.
    std::thread::sleep(Duration::from_millis(150));
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    assert_eq!(written["seeded"], false);

    for start_again in 0..2 {
        let mut server = start(dir.path());
        let url = listening(&mut server);
        let now = credentials(dir.path()).unwrap();
        assert_eq!((&now["users"], &now["seeded"]), (&written["users"], &Value::Bool(true)));
        let client = reqwest::blocking::Client::new();
        for user in now["users"].as_array().unwrap() {
            let answer = client.get(format!("{url}/api/v1/cases?limit=200")).bearer_auth(user["token"].as_str().unwrap()).send().unwrap();
            assert_eq!(answer.status(), 200, "{} in start {start_again}", user["name"]);
            let cases: Value = serde_json::from_slice(&answer.bytes().unwrap()).unwrap();
            assert_eq!(cases["items"].as_array().unwrap().len(), countersign::demo::documents::samples().len());
        }
        let clerk = now["users"].as_array().unwrap().iter().find(|user| user["name"] == "clerk").unwrap();
        let client = reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let form = format!("name=clerk&password={}", clerk["password"].as_str().unwrap());
        let post = client.post(format!("{url}/sign-in")).header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(post.body(form).send().unwrap().status(), 303, "the file's password is right");
    }
}
