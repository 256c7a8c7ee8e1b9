//! What each company's own history taught the anomaly model: left by a run over history with the installed
//! models, used for every case of the company from then on, as the batch used it.
//!
//! A lesson that adds to another shipped model than the installed one is not used, and said so.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::SystemTime;

use super::Pipeline;
use crate::domain::CompanyId;
use crate::domain::causes::with_causes;
use crate::inference::{MANIFEST_FILE, MODEL_FILE, Models};
use crate::screening::AnomalyScorer;
use crate::screening::anomaly::OWN_MODEL_NAME;

/// Where lessons lie, in the data folder: `lessons/<company>/anomaly-own`.
const LESSONS: &str = "lessons";

/// A company's scorer, and of which lesson.
pub(super) type Lesson = (Option<SystemTime>, AnomalyScorer);

impl Pipeline {
    fn lesson_folder(&self, company: CompanyId) -> PathBuf {
        self.data_dir.join(LESSONS).join(company.to_string())
    }

    /// Takes over what a run left in `models`, if it left anything. A failure is told and harms nobody: the
    /// company is scored as before.
    pub(super) fn adopt(&self, company: CompanyId, models: &Path) {
        let (from, to) = (models.join(OWN_MODEL_NAME), self.lesson_folder(company).join(OWN_MODEL_NAME));
        if !from.is_dir() {
            return;
        }
        let copied = std::fs::create_dir_all(&to).and_then(|()| {
            // The manifest last: it vouches for the file.
            [MODEL_FILE, MANIFEST_FILE].iter().try_for_each(|file| {
                let staged = to.join(format!("{file}.part"));
                std::fs::copy(from.join(file), &staged)?;
                std::fs::rename(staged, to.join(file))
            })
        });
        match copied {
            Ok(()) => tracing::info!(%company, "what the company's history taught is used from now on"),
            Err(error) => tracing::warn!(%company, %error, "what the company's history taught could not be kept"),
        }
    }

    /// The anomaly scorer for a company: with what its history taught, where it did.
    pub(super) fn anomaly_scorer(&self, company: CompanyId) -> AnomalyScorer {
        let folder = self.lesson_folder(company);
        let stamp = std::fs::metadata(folder.join(OWN_MODEL_NAME).join(MANIFEST_FILE)).and_then(|file| file.modified()).ok();
        let mut lessons = self.lessons.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, scorer)) = lessons.get(&company)
            && *known == stamp
        {
            return scorer.clone();
        }
        let scorer = match stamp.map(|_| Models::open(&folder).map_err(|error| with_causes(&error))) {
            None => self.anomalies.clone(),
            Some(opened) => {
                opened.and_then(|models| self.anomalies.with_own(&models).map_err(|error| with_causes(&error))).unwrap_or_else(|error| {
                    tracing::warn!(%company, error, "what the company's history taught cannot be used; scoring as shipped");
                    self.anomalies.clone()
                })
            }
        };
        lessons.insert(company, (stamp, scorer.clone()));
        scorer
    }
}
