//! `score_slice(scratch, step, models, slice)`: scores one slice and gives its number of rows.
//!
//! Known by name to client, scheduler and executors; only an executor, which has models, runs it.

use super::super::run::identity;
use super::super::slices::{Folder, Job, Slice};
use super::super::{RescoreError, Stop, anomalies, chronicle, duplicates, netting};
use crate::inference::Models;
use crate::screening::anomaly::AnomalyScorer;
use crate::screening::duplicates::DuplicateScorer;
use datafusion::arrow::array::{Array, Int64Array, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

pub(super) const NAME: &str = "score_slice";

/// The function; without models it can be planned but not run.
pub(super) struct ScoreSlice {
    signature: Signature,
    models: Option<Arc<Models>>,
    /// The step in work, by name.
    steps: Mutex<HashMap<String, Step>>,
}

/// What scoring the slices of a step takes.
#[derive(Clone)]
struct Step {
    /// Folder and time of the index: a later run under the same name is another step.
    stamp: (String, Option<SystemTime>),
    folder: Folder,
    slices: Arc<Vec<Slice>>,
    job: Arc<dyn Job>,
}

impl ScoreSlice {
    pub fn new(models: Option<Arc<Models>>) -> ScalarUDF {
        let text = DataType::Utf8;
        let signature = Signature::exact(vec![text.clone(), text.clone(), text, DataType::Int64], Volatility::Immutable);
        ScalarUDF::from(Self { signature, models, steps: Mutex::default() })
    }

    fn score(&self, scratch: &str, step: &str, models: &str, slice: i64) -> std::result::Result<i64, RescoreError> {
        let opened = self.step(scratch, step, models)?;
        let number = usize::try_from(slice).unwrap_or(usize::MAX);
        let missing = || RescoreError::Broken(format!("{step} has no slice {slice}"));
        let found = opened.slices.get(number).ok_or_else(missing)?;
        let mut worker = opened.job.worker();
        opened.folder.score(number, found, opened.job.as_ref(), worker.as_mut(), &Stop::default())?;
        Ok(found.rows.cast_signed())
    }

    fn step(&self, scratch: &str, name: &str, models: &str) -> std::result::Result<Step, RescoreError> {
        let folder = Folder::of(Path::new(scratch), name);
        let stamp = (scratch.to_owned(), folder.time());
        // Held while a step is opened, so that it is opened once.
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = steps.get(name).filter(|step| step.stamp == stamp) {
            return Ok(step.clone());
        }
        let unshared = || {
            RescoreError::Cluster(format!("{scratch} is not to be seen here: the folder of the output must be shared with the executors"))
        };
        let slices = Arc::new(folder.slices().ok_or_else(unshared)?);
        let job = self.job(Path::new(scratch), name, models)?;
        let step = Step { stamp, folder, slices, job };
        steps.insert(name.to_owned(), step.clone());
        Ok(step)
    }

    fn job(&self, scratch: &Path, name: &str, models: &str) -> std::result::Result<Arc<dyn Job>, RescoreError> {
        let scoring = |error: crate::screening::ScreeningError| RescoreError::Scoring(error.to_string());
        let own = self.models.as_ref().ok_or_else(|| RescoreError::Broken("only executors score slices".into()))?;
        let same = |found: String| {
            let other = || RescoreError::Cluster(format!("the executor has another model for {name} ({found}) than the caller ({models})"));
            (found == models).then_some(()).ok_or_else(other)
        };
        match name {
            anomalies::NAME => {
                let scorer = AnomalyScorer::open(own).map_err(scoring)?;
                same(identity(scorer.model(), scorer.threshold()))?;
                Ok(Arc::new(anomalies::ByVendor::new(scorer)))
            }
            duplicates::NAME => {
                let scorer = DuplicateScorer::open(own).map_err(scoring)?;
                same(identity(scorer.model(), scorer.threshold()))?;
                let shelf = Arc::new(super::super::shelf::Shelf::open(&scratch.join(chronicle::SHELF))?);
                let reversed = netting::Reversed::load(&scratch.join(netting::FILE))?;
                Ok(Arc::new(duplicates::Bench { shelf, reversed, scorer }))
            }
            other => Err(RescoreError::Broken(format!("{other} is no step"))),
        }
    }
}

impl fmt::Debug for ScoreSlice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScoreSlice").finish_non_exhaustive()
    }
}

impl PartialEq for ScoreSlice {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ScoreSlice {}

impl Hash for ScoreSlice {
    fn hash<H: Hasher>(&self, state: &mut H) {
        NAME.hash(state);
    }
}

impl ScalarUDFImpl for ScoreSlice {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let wrong = || DataFusionError::Internal(format!("{NAME} takes three texts and a number"));
        let text = |at: usize| arrays.get(at).and_then(|array| array.as_any().downcast_ref::<StringArray>()).ok_or_else(wrong);
        let (scratch, step, models) = (text(0)?, text(1)?, text(2)?);
        let slices = arrays.get(3).and_then(|array| array.as_any().downcast_ref::<Int64Array>()).ok_or_else(wrong)?;
        let scored = (0..slices.len()).map(|at| {
            let rows = self.score(scratch.value(at), step.value(at), models.value(at), slices.value(at));
            rows.map_err(|error| DataFusionError::Execution(error.to_string()))
        });
        let rows: Int64Array = scored.collect::<Result<Vec<i64>>>()?.into();
        Ok(ColumnarValue::Array(Arc::new(rows)))
    }
}
