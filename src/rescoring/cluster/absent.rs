//! What stands in for the cluster where it is not built in.

use super::super::slices::{Share, Slice};
use super::super::{RescoreError, Stop};
use std::collections::BTreeMap;
use std::path::Path;

/// There is none.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Cluster {}

impl Cluster {
    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn connect(url: &str, _: BTreeMap<String, String>) -> Result<Self, RescoreError> {
        Err(RescoreError::WrongUse(format!("{url}: this program was built without the feature `cluster` (make cluster)")))
    }

    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn score(&self, _: &Path, _: &str, _: &[Slice], _: (&Stop, &Share)) -> Result<(), RescoreError> {
        match *self {}
    }
}
