//! A person's way through the product in a real browser: sign in, upload, review, approve, see the
//! posting. Needs Debian's chromium and chromedriver; skipped, visibly, where they are absent.
//! Screenshots land in the target folder.

use axum::body::Bytes;
use axum::http::{Request, Response};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use thirtyfour::ChromiumLikeCapabilities as _;
use thirtyfour::prelude::*;
use thirtyfour::session::http::{Body, HttpClient};

use serde_json::Value;

use crate::web_world::ubl;

/// The driver's HTTP client.
struct Client(reqwest::Client);

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send(&self, request: Request<Body<'_>>) -> WebDriverResult<Response<Bytes>> {
        let (parts, body) = request.into_parts();
        let failed = |error: &dyn std::fmt::Display| WebDriverError::FatalError(error.to_string());
        let mut request = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers);
        if let Body::Json(json) = body {
            request = request.json(json);
        }
        let response = request.send().await.map_err(|e| failed(&e))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|e| failed(&e))?;
        Response::builder().status(status).body(bytes).map_err(|e| failed(&e))
    }

    async fn new(&self) -> Arc<dyn HttpClient> {
        Arc::new(Self(self.0.clone()))
    }
}

/// A child process that ends with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn until_listening(port: u16) {
    for _ in 0..600 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing listens on port {port}");
}

/// A headless browser; none where it is not installed.
async fn browser(profile: &Path) -> Option<(WebDriver, Process)> {
    let port = free_port();
    let driver = Command::new("chromedriver").arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(driver) = driver else {
        eprintln!("skipped: chromedriver is not installed");
        return None;
    };
    let driver = Process(driver);
    until_listening(port).await;
    let mut capabilities = DesiredCapabilities::chrome();
    for flag in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--window-size=1500,950",
        &format!("--user-data-dir={}", profile.display()),
    ] {
        capabilities.add_arg(flag).unwrap();
    }
    let client = Client(reqwest::Client::new());
    let page = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities).client(client).await.unwrap();
    Some((page, driver))
}

/// The product itself, as a newcomer starts it; gives what `demo-credentials.json` says.
async fn demo(dir: &Path) -> (Value, Process) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
        .arg("--data-dir")
        .arg(dir)
        .arg("--models-dir")
        .arg(here.join("models"))
        .arg("--workflows-dir")
        .arg(here.join("workflows"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let program = Process(program.unwrap());
    for _ in 0..600 {
        if let Some(credentials) =
            std::fs::read(dir.join("demo-credentials.json")).ok().and_then(|b| serde_json::from_slice::<Value>(&b).ok())
        {
            let port =
                credentials["url"].as_str().and_then(|url| url.rsplit(':').next()).and_then(|port| port.trim_matches('/').parse().ok());
            until_listening(port.unwrap()).await;
            return (credentials, program);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the demo does not start");
}

/// Where screenshots go.
fn pictures() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

struct Person<'a> {
    page: &'a WebDriver,
    url: &'a str,
}

impl Person<'_> {
    async fn at(&self, path: &str) {
        self.page.goto(format!("{}{path}", self.url)).await.unwrap();
    }

    async fn click(&self, css: &str) {
        self.page.find(By::Css(css)).await.unwrap_or_else(|e| panic!("{css}: {e}")).click().await.unwrap();
    }

    async fn write(&self, css: &str, text: &str) {
        self.page.find(By::Css(css)).await.unwrap_or_else(|e| panic!("{css}: {e}")).send_keys(text).await.unwrap();
    }

    async fn text(&self, css: &str) -> String {
        match self.page.find(By::Css(css)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the text is there; pages that still change load themselves again.
    async fn see(&self, css: &str, wanted: &str) {
        let mut last = String::new();
        for _ in 0..150 {
            last = self.text(css).await;
            if last.to_lowercase().contains(&wanted.to_lowercase()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{wanted:?} is not in {css}, but {last:?}");
    }

    async fn picture(&self, name: &str) {
        self.page.screenshot(&pictures().join(name)).await.unwrap();
    }

    async fn sign_in(&self, name: &str, password: &str) {
        self.page.delete_all_cookies().await.unwrap();
        self.at("/sign-in").await;
        self.write("#name", name).await;
        self.write("#password", password).await;
        self.click(".sign-in button.primary").await;
        self.see(".who", name).await;
    }
}

/// A hybrid PDF: its page, and the XML it carries on demand.
async fn hybrid(person: &Person<'_>, dir: &Path) {
    let mut invoice = countersign::demo::documents::samples().remove(0).invoice;
    invoice.number = "F-4712".to_owned();
    let pdf = countersign::demo::documents::facturx_pdf(&invoice);
    let file = dir.join("hybrid.pdf");
    std::fs::write(&file, pdf).unwrap();
    person.at("/").await;
    person.write("#files", file.to_str().unwrap()).await;
    person.click("#upload button").await;
    person.see(".results", "accepted").await;
    person.click(".results a").await;
    person.see(".paper summary", "electronic invoice").await;
    person.click(".einvoice summary").await;
    person.see(".sheet h2", "F-4712").await;
    person.see(".sheet.files", "factur-x.xml").await;
    person.picture("13-hybrid.png").await;
}

async fn walk(page: &WebDriver, credentials: &Value, dir: &Path) {
    let url = credentials["url"].as_str().unwrap();
    let person = Person { page, url };
    let sign_in = async |role: &str| {
        let user = credentials["users"].as_array().unwrap().iter().find(|user| user["role"] == role).unwrap();
        person.sign_in(user["name"].as_str().unwrap(), user["password"].as_str().unwrap()).await;
    };
    person.at("/").await;
    person.see("h1", "Sign in").await;
    person.picture("1-sign-in.png").await;

    let file = dir.join("walk-4711.xml");
    std::fs::write(&file, ubl("W-4711", "Reepschlägerei Walk GmbH", "6000.00", "1140.00", "7140.00")).unwrap();
    sign_in("clerk").await;
    person.write("#files", file.to_str().unwrap()).await;
    person.click("#upload button").await;
    person.see(".results", "accepted").await;
    person.picture("2-uploaded.png").await;
    person.click(".results a").await;
    person.see(".phase", "review").await;
    let uploaded = page.current_url().await.unwrap().to_string();
    hybrid(&person, dir).await;
    person.at(uploaded.strip_prefix(url).unwrap()).await;
    let case = page.current_url().await.unwrap().to_string();
    let case = case.strip_prefix(url).unwrap().to_owned();
    assert!(page.find(By::Css("button[value=approve]")).await.is_err(), "a clerk is not offered what a clerk may not do");

    sign_in("reviewer").await;
    person.picture("3-queue.png").await;
    person.at(&case).await;
    person.see(".sheet h2", "W-4711").await;
    person.see(".sheet .totals .strong", "7\u{202f}140.00").await;
    person.picture("4-case-in-review.png").await;
    person.click(".paper-bar .print").await;
    person.see("main > .sheet", "Reepschlägerei Walk").await;
    person.picture("12-einvoice.png").await;
    person.at(&case).await;
    person.click("button[value=reject]").await;
    person.see(".problem", "comment").await;
    person.write("body", "a").await;
    let active = page.active_element().await.unwrap();
    assert_eq!(active.attr("value").await.unwrap().as_deref(), Some("approve"), "the key a goes to the approve button");
    active.click().await.unwrap();
    person.see(".phase", "approval").await;

    sign_in("approver").await;
    person.at(&case).await;
    person.picture("5-case-in-approval.png").await;
    person.click("button[value=approve]").await;
    person.see(".phase", "posted").await;
    assert!(!person.text("#posting-reference").await.is_empty(), "the posting has its reference");
    person.picture("6-case-posted.png").await;
    person.at("/postings").await;
    person.see("table.list", "posted").await;
    person.picture("7-postings.png").await;
    sign_in("auditor").await;
    person.at("/?tab=all").await;
    person.picture("10-all.png").await;
    let pdf = page.find_all(By::Css(".main a")).await.unwrap();
    for link in pdf.into_iter().rev().take(1) {
        link.click().await.unwrap();
        person.see(".facts", "history").await;
        person.picture("11-case.png").await;
    }
    person.at("/audit").await;
    person.see("table.audit", "approve").await;
    person.picture("8-audit.png").await;
    person.at("/api/docs").await;
    person.see("h1", "HTTP API").await;
    person.picture("9-api.png").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_an_invoice_from_upload_to_posting() {
    let dir = tempfile::tempdir().unwrap();
    let Some((page, _driver)) = browser(&dir.path().join("profile")).await else { return };
    let (credentials, _program) = demo(&dir.path().join("data")).await;
    walk(&page, &credentials, dir.path()).await;
    page.quit().await.unwrap();
}
