//! Files: how long they are, whether the program reaches them, whether links to them hold.

use crate::Finding;
use crate::text::{code_only, line_of, words};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Lines a Rust file may have.
pub const LINES: usize = 500;

/// A finding where `source` is longer than [`LINES`].
pub fn too_long(file: &str, source: &str) -> Option<Finding> {
    let lines = source.lines().count();
    (lines > LINES).then(|| {
        Finding::new(file, LINES, format!("{lines} lines, over {LINES}: a file that outgrows it holds two ideas; split it by idea"))
    })
}

/// The modules that `code` declares in other files (`mod name;`), with their byte offsets.
pub fn declared_modules(code: &str) -> Vec<(usize, String)> {
    let all: Vec<(usize, &str)> = words(code).collect();
    all.windows(2)
        .filter(|pair| pair[0].1 == "mod" && code[pair[1].0 + pair[1].1.len()..].trim_start().starts_with(';'))
        .map(|pair| (pair[1].0, pair[1].1.to_owned()))
        .collect()
}

/// Files among `files` that no `mod` declaration reaches from a crate root, and so are never compiled.
pub fn unreached(files: &[&str], source: impl Fn(&str) -> String) -> Vec<Finding> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = files.iter().filter(|file| is_root(file)).map(|file| (*file).to_owned()).collect();
    while let Some(file) = open.pop() {
        let text = source(&file);
        let folder = children_folder(&file);
        let by_name = declared_modules(&code_only(&text))
            .into_iter()
            .flat_map(|(_, module)| [format!("{folder}/{module}.rs"), format!("{folder}/{module}/mod.rs")]);
        let beside = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let children = by_name.chain(stated_paths(&text).map(|path| format!("{beside}/{path}")));
        open.extend(children.filter(|child| files.contains(&child.as_str()) && !reached.contains(child)));
        reached.insert(file);
    }
    let dead = files.iter().filter(|file| !reached.contains(**file));
    dead.map(|file| Finding::new(file, 1, "no `mod` declaration reaches this file: it is never compiled; declare it or delete it"))
        .collect()
}

/// The files that `#[path = "…"]` lines name.
fn stated_paths(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]"))
}

/// `src/lib.rs`, `src/main.rs`, and every test and benchmark program.
fn is_root(file: &str) -> bool {
    let parts: Vec<&str> = file.split('/').collect();
    match parts.as_slice() {
        ["src", "lib.rs" | "main.rs"] | ["tests" | "benches", _] => true,
        ["tests" | "benches", _, last] => *last == "main.rs",
        _ => false,
    }
}

/// Where the files of a file's submodules lie: beside a `mod.rs` or a root, else in a folder of its name.
fn children_folder(file: &str) -> &str {
    match file.rsplit_once('/') {
        Some((folder, "mod.rs")) => folder,
        Some((folder, _)) if is_root(file) => folder,
        _ => file.trim_end_matches(".rs"),
    }
}

/// Relative links of a Markdown file that lead nowhere; `exists` is asked about paths from the root.
pub fn dead_links(file: &str, markdown: &str, exists: impl Fn(&Path) -> bool) -> Vec<Finding> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for (offset, _) in markdown.match_indices("](") {
        let target: &str = markdown[offset + 2..].split([')', ' ', '\n']).next().unwrap_or_default();
        let path = target.split('#').next().unwrap_or_default();
        if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
            continue;
        }
        match inside(&folder.join(path)) {
            Some(path) if exists(&path) => {}
            _ => found.push(Finding::new(file, line_of(markdown, offset), format!("the link to `{target}` leads nowhere"))),
        }
    }
    found
}

/// `path` without `.` and `..`; nothing where it leaves the repository.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir => clean.pop().then_some(())?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_found() {
        assert_eq!(too_long("src/a.rs", &"x\n".repeat(LINES)), None);
        assert!(too_long("src/a.rs", &"x\n".repeat(LINES + 1)).unwrap().to_string().starts_with("src/a.rs:500: 501 lines"));
    }

    #[test]
    fn a_file_that_no_module_declares_is_found() {
        let files = [
            "src/lib.rs",
            "src/main.rs",
            "src/a/mod.rs",
            "src/a/b.rs",
            "src/a/b/c.rs",
            "src/a/dead.rs",
            "src/d.rs",
            "tests/suite/main.rs",
            "tests/suite/e.rs",
            "tests/suite/f.rs",
        ];
        let source = |file: &str| {
            let text = match file {
                "src/lib.rs" => "pub mod a;\n// mod d;\nmod g { }",
                "src/a/mod.rs" => "pub(crate) mod b ;",
                "src/a/b.rs" => "#[cfg(test)]\nmod c;\n#[path = \"g.rs\"]\nmod other;",
                "tests/suite/main.rs" => "mod e;",
                _ => "",
            };
            text.to_owned()
        };
        let dead: Vec<String> = unreached(&files, source).into_iter().map(|finding| finding.file).collect();
        assert_eq!(dead, ["src/a/dead.rs", "src/d.rs", "tests/suite/f.rs"]);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let markdown = "[a](a.md) [b](../b.md#c)\n[d](#d) [e](https://e.example/x) [f](f/ \"F\")\n![g](../../g.png) [h](/h)";
        let found = dead_links("docs/x.md", markdown, |path| ["docs/a.md", "b.md"].contains(&path.to_str().unwrap()));
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [2, 3, 3], "{found:?}");
    }
}
