//! Guards the house rules that neither the compiler nor clippy knows: layers, files, calls, models,
//! links. Every failure names file, line, rule and reason. It reads the files that git tracks, and
//! new ones that it does not ignore.

#![expect(clippy::expect_used, clippy::panic, reason = "a test program: a rule that cannot be checked fails it")]

mod calls;
mod files;
mod layers;
mod models;
mod text;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A rule that a line breaks.
#[derive(Debug, PartialEq)]
pub struct Finding {
    file: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// The repository: its root and the paths, relative to it, of its files.
struct Repository {
    root: PathBuf,
    files: Vec<String>,
}

impl Repository {
    fn open() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let git = Command::new("git")
            .current_dir(&root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
            .output()
            .expect("git lists the repository's files");
        assert!(git.status.success(), "git ls-files: {}", String::from_utf8_lossy(&git.stderr));
        let listed = String::from_utf8(git.stdout).expect("file names are UTF-8");
        let files = listed.split_terminator('\0').filter(|file| root.join(file).is_file()).map(str::to_owned).collect();
        Self { root, files }
    }

    fn has(&self, file: &str) -> bool {
        self.files.iter().any(|known| known == file)
    }

    /// Files under one of `folders` whose name ends in `suffix`.
    fn under<'r>(&'r self, folders: &'r [&str], suffix: &'r str) -> impl Iterator<Item = &'r str> {
        self.files
            .iter()
            .map(String::as_str)
            .filter(move |file| folders.iter().any(|folder| file.starts_with(folder)) && file.ends_with(suffix))
    }

    fn bytes(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    fn source(&self, file: &str) -> String {
        String::from_utf8(self.bytes(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// The product's own code in `file`: no comments, no string contents, no test modules.
    fn product_code(&self, file: &str) -> String {
        text::without_tests(&text::code_only(&self.source(file)))
    }
}

/// Rust files that are tests throughout, by their name.
fn is_test_file(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.ends_with("_tests.rs") || file.contains("/tests/")
}

#[track_caller]
fn assert_tidy(found: &[Finding]) {
    let list: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} broken:\n{}", list.len(), list.join("\n"));
}

const RUST: &[&str] = &["src/", "tests/", "benches/"];

#[test]
fn imports_follow_the_layers() {
    let repository = Repository::open();
    let product: Vec<&str> = repository.under(&["src/"], ".rs").filter(|file| !is_test_file(file)).collect();
    assert!(product.len() > 20, "the product's sources are not found: {product:?}");
    let found: Vec<Finding> = product.iter().flat_map(|file| layers::wrong_imports(file, &repository.product_code(file))).collect();
    assert_tidy(&found);
}

#[test]
fn the_table_of_layers_names_the_modules_of_the_library() {
    let code = text::code_only(&Repository::open().source("src/lib.rs"));
    let mut declared: Vec<String> = files::declared_modules(&code).into_iter().map(|(_, name)| name).collect();
    let mut known: Vec<&str> = layers::LAYERS.iter().map(|(module, _)| *module).collect();
    declared.sort();
    known.sort_unstable();
    assert_eq!(declared, known, "src/lib.rs and the table in tests/tidy/layers.rs differ");
}

#[test]
fn crates_stay_where_they_belong() {
    let repository = Repository::open();
    let product = repository.under(&["src/"], ".rs").filter(|file| !is_test_file(file));
    assert_tidy(&product.flat_map(|file| layers::wrong_crates(file, &repository.product_code(file))).collect::<Vec<_>>());
}

#[test]
fn files_stay_short() {
    let repository = Repository::open();
    assert_tidy(&repository.under(RUST, ".rs").filter_map(|file| files::too_long(file, &repository.source(file))).collect::<Vec<_>>());
}

#[test]
fn every_source_file_is_part_of_the_program() {
    let repository = Repository::open();
    assert_tidy(&files::unreached(&repository.under(RUST, ".rs").collect::<Vec<_>>(), |file| repository.source(file)));
}

#[test]
fn banned_calls_are_absent() {
    let repository = Repository::open();
    assert_tidy(&repository.under(RUST, ".rs").flat_map(|file| calls::banned(file, &repository.source(file))).collect::<Vec<_>>());
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    let repository = Repository::open();
    let texts = repository.files.iter().filter_map(|file| Some((file, String::from_utf8(repository.bytes(file)).ok()?)));
    assert_tidy(&texts.flat_map(|(file, text)| calls::machine_traces(file, &text)).collect::<Vec<_>>());
}

#[test]
fn every_model_is_what_its_manifest_says() {
    let repository = Repository::open();
    let folders = models::folders(repository.under(&["models/"], ""));
    assert!(!folders.is_empty(), "no model under models/: nothing can be extracted or scored");
    assert_tidy(
        &folders
            .iter()
            .flat_map(|folder| models::faults(folder, |file| repository.has(file).then(|| repository.bytes(file))))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let repository = Repository::open();
    for document in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"] {
        assert!(repository.has(document), "{document} is missing");
    }
    let exists = |path: &Path| repository.root.join(path).exists();
    assert_tidy(
        &repository.under(&[""], ".md").flat_map(|file| files::dead_links(file, &repository.source(file), exists)).collect::<Vec<_>>(),
    );
}
