//! Installations whose open pull requests are to be read: access was given, or came back.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Notify;

/// Installations that are remembered; beyond that they are found at the next start.
const INSTALLATIONS_MAX: usize = 1_000;

/// What the intake asks to be read. In memory only: after a start everything is read anyway.
#[derive(Debug, Clone, Default)]
pub struct Wanted(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    installations: Mutex<BTreeSet<u64>>,
    woken: Notify,
}

impl Wanted {
    /// The open pull requests of this installation are to be read.
    pub fn installation(&self, id: u64) {
        let mut installations = self.0.installations.lock().unwrap_or_else(PoisonError::into_inner);
        if installations.len() < INSTALLATIONS_MAX {
            installations.insert(id);
        }
        self.0.woken.notify_one();
    }

    pub(crate) fn take(&self) -> BTreeSet<u64> {
        std::mem::take(&mut *self.0.installations.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) async fn woken(&self) {
        self.0.woken.notified().await;
    }
}
