//! Death at any moment: the real program is killed at every named failure point and at random while
//! documents are uploaded, decided and posted. After the last restart every accepted upload is posted,
//! rejected or waits for people, the ledger holds each posted case once, and the trail is whole.

use countersign::audit;
use countersign::demo::documents;
use countersign::domain::CaseId;
use countersign::faults::Failpoint;
use countersign::store::types::RescoringState;
use countersign::store::{Store, sqlite_url};
use countersign::workflow::Phase;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::blocking::Client;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Uploads while each failure point is armed.
const A_POINT: u32 = 10;
/// Uploads under random kills.
const AT_RANDOM: u32 = 90;
const PATIENCE: Duration = Duration::from_secs(120);

/// The real program, serving; killed when dropped.
pub struct Server {
    pub child: Child,
    pub url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Bench {
    dir: PathBuf,
    client: Client,
    clerk: String,
    reviewer: String,
    controller: String,
    accepted: BTreeSet<String>,
    crashes: u32,
}

/// A document that has never been sent before; all but a few are plain and go straight through.
fn document(n: u32) -> Vec<u8> {
    let mut invoice = documents::samples().remove(0).invoice;
    invoice.number = format!("CR-{}{:04}", n % 7, n * 37);
    invoice.purchase_order = None;
    invoice.lines.truncate(1);
    invoice.lines[0].quantity = rust_decimal::Decimal::from(20 + n % 9);
    invoice.lines[0].unit_price = rust_decimal::Decimal::new(1500 + i64::from(n), 2);
    if n.is_multiple_of(10) {
        invoice.supplier.name = format!("Unbekannt {n} GmbH");
        invoice.supplier.vat_id = String::new();
        invoice.iban = None;
    }
    documents::ubl(&invoice)
}

/// Starts the real program on a data folder, with a failure point armed.
pub fn start(dir: &Path, failpoint: Option<(Failpoint, u32)>) -> Server {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command
        .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
        .arg("--data-dir")
        .arg(dir)
        .arg("--models-dir")
        .arg(here.join("models"))
        .arg("--workflows-dir")
        .arg(here.join("workflows"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some((point, count)) = failpoint {
        command.env("COUNTERSIGN_FAILPOINT", format!("{}:{count}", point.name()));
    }
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = said.find_map(|line| line.ok()?.strip_prefix("Countersign listens on ").map(str::to_owned));
    Server { child, url: url.expect("the server starts and says where it listens") }
}

impl Bench {
    fn start(&self, failpoint: Option<(Failpoint, u32)>) -> Server {
        start(&self.dir, failpoint)
    }

    /// Uploads; whatever was answered counts as accepted, whatever was not is sent again later.
    fn upload(&mut self, server: &Server, n: u32) -> bool {
        let sent = self
            .client
            .post(format!("{}/api/v1/documents", server.url))
            .bearer_auth(&self.clerk)
            .header("content-type", "application/xml")
            .body(document(n))
            .send();
        let Ok(answer) = sent else { return false };
        let status = answer.status().as_u16();
        let Ok(body) = answer.json::<Value>() else { return false };
        assert!(matches!(status, 200 | 202), "{status} {body}");
        self.accepted.insert(body["case_id"].as_str().unwrap().to_owned());
        true
    }

    /// A reviewer approves whatever waits in the review queue.
    fn review(&self, server: &Server) {
        let list = self.client.get(format!("{}/api/v1/cases?queue=review", server.url)).bearer_auth(&self.reviewer).send();
        let Ok(Ok(list)) = list.map(|answer| answer.json::<Value>()) else { return };
        for case in list["items"].as_array().into_iter().flatten().take(3) {
            let id = case["case_id"].as_str().unwrap();
            let decision = json!({"action": "approve", "version": case["version"], "comment": "checked"});
            let url = format!("{}/api/v1/cases/{id}/decisions", server.url);
            let _ = self.client.post(url).bearer_auth(&self.reviewer).json(&decision).send();
        }
    }

    /// Asks for a run over history; while one is open, that one goes on.
    fn look_back(&self, server: &Server) {
        let url = format!("{}/api/v1/rescorings", server.url);
        let _ = self.client.post(url).bearer_auth(&self.controller).json(&json!({})).send();
    }

    /// Works with a failure point armed until the process has died of it.
    fn die_at(&mut self, point: Failpoint, first: u32) {
        let mut server = self.start(Some((point, 1 + first % 3)));
        let begun = Instant::now();
        let mut left: Vec<u32> = (first..first + A_POINT).collect();
        while server.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "{} was never passed", point.name());
            match left.pop() {
                Some(n) if !self.upload(&server, n) => left.push(n),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(50)),
            }
            self.review(&server);
            if matches!(point, Failpoint::RescoringScored | Failpoint::RescoringWritten) {
                self.look_back(&server);
            }
        }
        self.crashes += 1;
        // The callers that had no answer ask again.
        let server = self.start(None);
        for n in left {
            assert!(self.upload(&server, n));
        }
    }

    fn kill_at_random(&mut self, first: u32) {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(20_261_125);
        let mut left: Vec<u32> = (first..first + AT_RANDOM).collect();
        while !left.is_empty() {
            let server = self.start(None);
            for _ in 0..random.random_range(4..14) {
                let Some(n) = left.pop() else { break };
                if !self.upload(&server, n) {
                    left.push(n);
                }
                if n.is_multiple_of(8) {
                    self.review(&server);
                }
            }
            std::thread::sleep(Duration::from_millis(random.random_range(0..250)));
            self.crashes += 1;
            drop(server); // SIGKILL
        }
    }

    /// Lets the program finish what it can, and stops it in order.
    fn settle(&self) {
        let mut server = self.start(None);
        let begun = Instant::now();
        let unsettled = |phase: &str| {
            let url = format!("{}/api/v1/cases?phase={phase}&limit=1", server.url);
            let list: Value = self.client.get(url).bearer_auth(&self.reviewer).send().unwrap().json().unwrap();
            !list["items"].as_array().unwrap().is_empty()
        };
        let looking_back = || {
            let url = format!("{}/api/v1/rescorings?limit=1", server.url);
            let list: Value = self.client.get(url).bearer_auth(&self.controller).send().unwrap().json().unwrap();
            matches!(list["items"][0]["state"].as_str(), Some("queued" | "running"))
        };
        while ["processing", "approved", "posting"].iter().any(|phase| unsettled(phase)) || looking_back() {
            assert!(begun.elapsed() < PATIENCE, "work does not come to an end");
            std::thread::sleep(Duration::from_millis(300));
        }
        let _ = Command::new("kill").arg(server.child.id().to_string()).status();
        assert!(server.child.wait().unwrap().success(), "SIGTERM ends it in order");
    }
}

/// The demonstration's tokens by role.
pub fn tokens(dir: &Path) -> BTreeMap<String, String> {
    let file: Value = serde_json::from_slice(&std::fs::read(dir.join("demo-credentials.json")).unwrap()).unwrap();
    let users = file["users"].as_array().unwrap().iter();
    users.map(|u| (u["role"].as_str().unwrap().to_owned(), u["token"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn nothing_is_lost_or_posted_twice_whenever_it_dies() {
    let dir = tempfile::tempdir().unwrap();
    let client = Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    let mut bench = Bench {
        dir: dir.path().to_owned(),
        client,
        clerk: String::new(),
        reviewer: String::new(),
        controller: String::new(),
        accepted: BTreeSet::new(),
        crashes: 0,
    };
    let seeding = bench.start(None);
    let tokens = tokens(dir.path());
    bench.clerk.clone_from(&tokens["clerk"]);
    bench.reviewer.clone_from(&tokens["reviewer"]);
    bench.controller.clone_from(&tokens["controller"]);
    drop(seeding);
    for (place, point) in (0_u32..).zip(Failpoint::ALL) {
        bench.die_at(*point, 1 + place * A_POINT);
    }
    bench.kill_at_random(1 + A_POINT * u32::try_from(Failpoint::ALL.len()).unwrap());
    bench.settle();
    assert!(bench.accepted.len() >= 200, "{} uploads were accepted", bench.accepted.len());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(check(&bench));
}

async fn check(bench: &Bench) {
    let store = Store::connect(&sqlite_url(&bench.dir.join("countersign.sqlite"))).await.unwrap();
    let company = store.companies().await.unwrap()[0].id;

    let mut posted = BTreeSet::new();
    let (mut waiting, mut straight) = (0, 0);
    for id in &bench.accepted {
        let id: CaseId = id.parse().unwrap();
        let row = store.case(company, id).await.unwrap().expect("an accepted upload is there");
        match row.case.state.phase() {
            Phase::Posted => {
                posted.insert(id);
                straight += usize::from(row.case.reviewed_by.is_empty());
            }
            Phase::Review | Phase::Approval => waiting += 1,
            other => panic!("case {id} is left {other:?}: {:?}", row.case.state),
        }
        let trail = store.audit_of_case(company, id).await.unwrap();
        assert_eq!(i64::try_from(trail.len()).unwrap(), row.case.version, "one record a transition of case {id}");
    }
    assert!(straight > 50, "only {straight} went straight through: the test lost its subject");

    // The ledger: each posted case once, nothing else.
    let entries = store.ledger_entries(company).await.unwrap();
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "no key twice");
    let booked: BTreeSet<CaseId> = keys.iter().map(|key| key.split('/').nth(1).unwrap().parse().unwrap()).collect();
    assert!(posted.is_subset(&booked), "every posted case is booked");
    for id in &booked {
        let row = store.case(company, *id).await.unwrap().unwrap();
        assert_eq!(row.case.state.phase(), Phase::Posted, "every booked case is posted");
    }

    // Runs over history that died were taken up and ended, each once.
    let runs = store.rescorings(company, None, 200).await.unwrap().items;
    assert!(runs.len() >= 2 && runs.iter().all(|run| run.state == RescoringState::Finished), "{runs:?}");
    assert!(runs.iter().any(|run| run.attempt > 1), "one was taken up");

    // The trail: gapless, unbroken, nothing without one.
    let mut verifier = audit::Verifier::new(company);
    let mut index = 0;
    loop {
        let rows = store.audit_rows(company, index, 500).await.unwrap();
        let Some(last) = rows.last() else { break };
        index = last.index + 1;
        for row in &rows {
            verifier.push(row).unwrap();
        }
    }
    assert_eq!(*verifier.head(), store.audit_head(company).await.unwrap());
    assert!(store.cases_without_trail(company).await.unwrap().is_empty());
    println!(
        "{} uploads, {} crashes: {} posted ({straight} straight through), {waiting} waiting for people, {} ledger entries, {index} trail records",
        bench.accepted.len(),
        bench.crashes,
        posted.len(),
        entries.len(),
    );
}
