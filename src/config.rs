//! One validated configuration from file, environment and command line (the later wins).

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML of the expected shape.
    #[error("{path}: {message}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
    /// A folder that must be there is not.
    #[error("there is no folder of {what}: looked in {looked}; name it with --{option}")]
    Missing {
        /// `models` or `workflows`.
        what: &'static str,
        /// Where it was looked for.
        looked: String,
        /// The option that names it.
        option: &'static str,
    },
}

/// The largest upload that can be set, in bytes, and the one that is set unless the file says less.
pub const LARGEST_UPLOAD: usize = 25 * 1024 * 1024;

/// Settings of the file; every one may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    models_dir: Option<PathBuf>,
    workflows_dir: Option<PathBuf>,
    max_upload_bytes: Option<usize>,
    readers: Option<usize>,
    recognizers: Option<usize>,
}

/// What the command line and the environment say.
#[derive(Debug, Default, Clone)]
pub struct Overrides {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--database-url`.
    pub database_url: Option<String>,
    /// `--models-dir`.
    pub models_dir: Option<PathBuf>,
    /// `--workflows-dir`.
    pub workflows_dir: Option<PathBuf>,
}

/// The configuration that the program runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for the database, credentials and checkpoints.
    pub data_dir: PathBuf,
    /// Where the database is.
    pub database_url: String,
    /// Folder of the models.
    pub models_dir: PathBuf,
    /// Folder of the workflow files.
    pub workflows_dir: PathBuf,
    /// Largest upload, in bytes.
    pub max_upload_bytes: usize,
    /// Reading children at most.
    pub readers: usize,
    /// Children at most that recognize text, besides those; each takes up to 600 MB while it works.
    pub recognizers: usize,
}

/// How many children recognize text at once unless the file says so: each works on several processors,
/// and memory is dearer than waiting.
#[must_use]
pub fn default_recognizers(cores: usize) -> usize {
    (cores / 2).clamp(1, 4)
}

impl Config {
    /// Puts the three sources together and checks what must exist.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigError> {
        let file = overrides.file()?;
        let (data_dir, database_url) = place(overrides, &file);
        let max_upload_bytes = file.max_upload_bytes.unwrap_or(LARGEST_UPLOAD);
        if max_upload_bytes == 0 || max_upload_bytes > LARGEST_UPLOAD {
            let path = overrides.config.clone().unwrap_or_default();
            return Err(ConfigError::Invalid { path, message: format!("max_upload_bytes must lie between 1 and {LARGEST_UPLOAD}") });
        }
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self {
            data_dir,
            database_url,
            models_dir: resource("models", "models-dir", overrides.models_dir.clone().or(file.models_dir))?,
            workflows_dir: resource("workflows", "workflows-dir", overrides.workflows_dir.clone().or(file.workflows_dir))?,
            max_upload_bytes,
            readers: file.readers.unwrap_or(cores).max(1),
            recognizers: file.recognizers.unwrap_or_else(|| default_recognizers(cores)).max(1),
        })
    }
}

impl Overrides {
    fn file(&self) -> Result<FileConfig, ConfigError> {
        let Some(path) = &self.config else { return Ok(FileConfig::default()) };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|e| ConfigError::Invalid { path: path.clone(), message: e.to_string() })
    }

    /// Where the database is: for commands that need nothing else.
    ///
    /// # Errors
    /// [`ConfigError`] of the file.
    pub fn database_url(&self) -> Result<String, ConfigError> {
        Ok(place(self, &self.file()?).1)
    }

    /// Where the models are: for commands that need nothing else.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn models_dir(&self) -> Result<PathBuf, ConfigError> {
        resource("models", "models-dir", self.models_dir.clone().or(self.file()?.models_dir))
    }
}

/// Data folder and database.
fn place(overrides: &Overrides, file: &FileConfig) -> (PathBuf, String) {
    let data_dir = overrides.data_dir.clone().or_else(|| file.data_dir.clone()).unwrap_or_else(|| PathBuf::from("data"));
    let named = overrides.database_url.clone().or_else(|| file.database_url.clone());
    let url = named.unwrap_or_else(|| sqlite_url(&data_dir.join("countersign.sqlite")));
    (data_dir, url)
}

/// The URL of a SQLite file.
#[must_use]
pub fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// A folder: as named, else here or beside the binary.
fn resource(what: &'static str, option: &'static str, named: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
    let candidates = match named {
        Some(named) => vec![named],
        None => {
            let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|dir| dir.join(what)));
            std::iter::once(PathBuf::from(what)).chain(beside).collect()
        }
    };
    let found = candidates.iter().find(|path| path.is_dir()).cloned();
    found.ok_or_else(|| {
        let looked: Vec<String> = candidates.iter().map(|path: &PathBuf| Path::display(path).to_string()).collect();
        ConfigError::Missing { what, looked: looked.join(" and "), option }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_limit_beyond_what_the_server_takes_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        let load = |bytes: usize| {
            std::fs::write(&path, format!("max_upload_bytes = {bytes}\n")).unwrap();
            let here = Path::new(env!("CARGO_MANIFEST_DIR"));
            let (models_dir, workflows_dir) = (Some(here.join("models")), Some(here.join("workflows")));
            Config::load(&Overrides { config: Some(path.clone()), models_dir, workflows_dir, ..Overrides::default() })
        };
        assert_eq!(load(1_000_000).unwrap().max_upload_bytes, 1_000_000);
        for wrong in [0, LARGEST_UPLOAD + 1] {
            assert!(load(wrong).unwrap_err().to_string().contains("max_upload_bytes"), "{wrong}");
        }
    }
}
