//! `models install`: the text recognition models, taken out of a package by the package client.
//!
//! pip checks the wheel against the pinned hash and unpacks it into a temporary folder inside the
//! models folder; each model is checked against its own hash, gets a manifest and is moved to its
//! place in one step. What is installed and whole is left alone. Nothing of the package is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::domain::hash::sha256_hex;
use crate::inference::{MANIFEST_FILE, MODEL_FILE, Manifest, Models, TensorInfo};

/// The pinned package, for pip.
const REQUIREMENTS: &str = include_str!("../../../scripts/ocr-models.txt");
/// Its folder of models, once unpacked.
const UNPACKED: &str = "rapidocr_onnxruntime/models";
const LICENCE: &str = "Apache-2.0";
const ORIGIN: &str = "PaddleOCR, PP-OCR models, in the Python package rapidocr-onnxruntime 1.4.4";

/// A model of the package.
struct Packaged {
    /// Folder under the models folder.
    folder: &'static str,
    file: &'static str,
    sha256: &'static str,
    version: &'static str,
    task: &'static str,
    input: &'static str,
    output: &'static str,
}

const PACKAGED: [Packaged; 3] = [
    Packaged {
        folder: "ocr/detection",
        file: "ch_PP-OCRv4_det_infer.onnx",
        sha256: "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
        version: "4.0.0",
        task: "Marks the pixels of a page that are text",
        input: "f32[1, 3, H, W]",
        output: "f32[1, 1, H, W]",
    },
    Packaged {
        folder: "ocr/recognition",
        file: "ch_PP-OCRv4_rec_infer.onnx",
        sha256: "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
        version: "4.0.0",
        task: "Reads a line of text",
        input: "f32[1, 3, 48, W]",
        output: "f32[1, W / 8, 6625]",
    },
    Packaged {
        folder: "ocr/orientation",
        file: "ch_ppocr_mobile_v2.0_cls_infer.onnx",
        sha256: "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
        version: "2.0.0",
        task: "Tells a line of text from one upside down",
        input: "f32[1, 3, 48, 192]",
        output: "f32[1, 2]",
    },
];

/// A folder that goes when this goes.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays as a hidden folder: no harm, and no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Installs what is not there yet into `models`, from the registry or from a wheel at hand.
pub(super) fn install(models: &Path, wheel: Option<&Path>) -> anyhow::Result<()> {
    fs::create_dir_all(models.join("ocr")).with_context(|| format!("cannot make {}", models.join("ocr").display()))?;
    let whole: Vec<String> =
        Models::open(models)?.verify()?.into_iter().filter(|(_, verdict)| verdict.is_ok()).map(|(name, _)| name).collect();
    let wanted: Vec<&Packaged> = PACKAGED.iter().filter(|model| !whole.iter().any(|name| name == model.folder)).collect();
    if wanted.is_empty() {
        println!("the text recognition models are installed in {}", models.join("ocr").display());
        return Ok(());
    }
    let scratch = Scratch(models.join("ocr").join(format!(".install-{}", std::process::id())));
    fs::create_dir(&scratch.0).with_context(|| format!("cannot make {}", scratch.0.display()))?;
    unpack(&scratch.0, wheel)?;
    for model in wanted {
        put(model, models, &scratch.0)?;
        println!("{}@{}  installed  {}", model.folder, model.version, model.sha256);
    }
    Ok(())
}

/// Lets pip fetch, check and unpack the package into `scratch/package`.
fn unpack(scratch: &Path, wheel: Option<&Path>) -> anyhow::Result<()> {
    let requirements = scratch.join("requirements.txt");
    let text = match wheel {
        None => REQUIREMENTS.to_owned(),
        Some(wheel) => {
            let bytes = fs::read(wheel).with_context(|| format!("cannot read {}", wheel.display()))?;
            let expected = REQUIREMENTS.split_once("--hash=sha256:").map_or("", |(_, hash)| hash.trim());
            let found = sha256_hex(&bytes);
            ensure!(found == expected, "{} has sha256 {found}, {expected} was expected", wheel.display());
            let wheel = wheel.canonicalize().with_context(|| format!("cannot read {}", wheel.display()))?;
            format!("{} --hash=sha256:{expected}\n", wheel.display())
        }
    };
    fs::write(&requirements, text).with_context(|| format!("cannot write {}", requirements.display()))?;
    let pip = |arguments: &[&str]| Command::new("python3").args(["-m", "pip"]).args(arguments).output();
    const NEEDED: &str = "the models come through Python's package client: install python3 and pip (Debian: python3-pip), then try again";
    let version = pip(&["--version"]).with_context(|| format!("cannot run python3; {NEEDED}"))?;
    ensure!(version.status.success(), "python3 has no pip; {NEEDED}");
    let target = scratch.join("package");
    let mut arguments = vec!["install", "--no-deps", "--require-hashes", "--no-compile", "--ignore-requires-python"];
    arguments.extend(["--only-binary", ":all:", "--disable-pip-version-check", "--no-input", "--quiet"]);
    if wheel.is_some() {
        arguments.push("--no-index");
    }
    let (target, requirements) = (target.to_string_lossy(), requirements.to_string_lossy());
    arguments.extend(["--target", &target, "--requirement", &requirements]);
    let done = pip(&arguments).context("cannot run python3 -m pip")?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let last: Vec<&str> = said.lines().filter(|line| line.starts_with("ERROR")).collect();
        let reason = if last.is_empty() { said.trim().to_owned() } else { last.join("\n") };
        bail!("pip could not install the package of the models; is the package index reachable?\n{reason}");
    }
    Ok(())
}

/// Checks one model and moves it to its place, the former one out of the way.
fn put(model: &Packaged, models: &Path, scratch: &Path) -> anyhow::Result<()> {
    let source = scratch.join("package").join(UNPACKED).join(model.file);
    let bytes = fs::read(&source).with_context(|| format!("the package has no {}", model.file))?;
    let found = sha256_hex(&bytes);
    ensure!(found == model.sha256, "{} has sha256 {found}, {} was expected: it is not installed", model.file, model.sha256);
    let ready = scratch.join(model.file.replace('.', "-"));
    fs::create_dir(&ready).with_context(|| format!("cannot make {}", ready.display()))?;
    fs::write(ready.join(MODEL_FILE), &bytes).with_context(|| format!("cannot write {}", ready.display()))?;
    let text = toml::to_string(&manifest(model)).context("cannot write a manifest")?;
    fs::write(ready.join(MANIFEST_FILE), text).with_context(|| format!("cannot write {}", ready.display()))?;
    let place = models.join(model.folder);
    if place.exists() {
        let former = ready.with_extension("former");
        fs::rename(&place, &former).with_context(|| format!("cannot move {} away", place.display()))?;
    }
    fs::rename(&ready, &place).with_context(|| format!("cannot put {} in place", place.display()))
}

fn manifest(model: &Packaged) -> Manifest {
    let text = |value: &str| toml::Value::String(value.to_owned());
    let settings = [("licence", LICENCE), ("origin", ORIGIN), ("file", model.file)];
    let tensor = |shape: &str| vec![TensorInfo { name: String::new(), shape: shape.to_owned() }];
    Manifest {
        name: model.folder.to_owned(),
        version: model.version.to_owned(),
        task: model.task.to_owned(),
        sha256: model.sha256.to_owned(),
        training_data: "not trained here: as published by its authors".to_owned(),
        inputs: tensor(model.input),
        outputs: tensor(model.output),
        settings: settings.into_iter().map(|(key, value)| (key.to_owned(), text(value))).collect(),
        ..Manifest::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_pinned_to_one_hash() {
        let lines: Vec<&str> = REQUIREMENTS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines[0].starts_with("rapidocr-onnxruntime==1.4.4 "), "{lines:?}");
        let hash = REQUIREMENTS.split_once("--hash=sha256:").unwrap().1.trim();
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    }

    /// A package whose file is another than the pinned one is refused, and nothing is left behind.
    #[test]
    fn another_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = folder.path().join("scratch");
        let unpacked = scratch.join("package").join(UNPACKED);
        fs::create_dir_all(&unpacked).unwrap();
        fs::write(unpacked.join(PACKAGED[0].file), b"another model").unwrap();
        let error = put(&PACKAGED[0], folder.path(), &scratch).unwrap_err().to_string();
        assert!(error.contains("is not installed"), "{error}");
        assert!(!folder.path().join(PACKAGED[0].folder).exists());
    }

    #[test]
    fn a_wheel_with_another_hash_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("rapidocr_onnxruntime-1.4.4-py3-none-any.whl");
        fs::write(&wheel, b"no wheel").unwrap();
        let error = format!("{:#}", install(folder.path(), Some(&wheel)).unwrap_err());
        assert!(error.contains("was expected"), "{error}");
        let left: Vec<_> = fs::read_dir(folder.path().join("ocr")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
