//! What the driver remembers. Nothing that must not be forgotten: after a restart lists have caught up.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long Fly may not show what was made.
const YOUNG: Duration = Duration::from_secs(60);
/// Ids that are remembered of volumes that are lost.
const LOST_MAX: usize = 10_000;

/// Machines that were made a moment ago.
#[derive(Debug, Default)]
pub struct Young(Mutex<HashMap<String, Duration>>);

impl Young {
    pub fn made(&self, id: &str, now: Duration) {
        let mut young = locked(&self.0);
        young.retain(|_, made| *made + YOUNG > now);
        young.insert(id.to_owned(), now);
    }

    pub fn has(&self, id: &str, now: Duration) -> bool {
        locked(&self.0).get(id).is_some_and(|made| *made + YOUNG > now)
    }

    pub fn forget(&self, id: &str) {
        locked(&self.0).remove(id);
    }

    pub fn ids(&self, now: Duration) -> Vec<String> {
        let young = locked(&self.0);
        let mut ids: Vec<_> = young.iter().filter(|(_, made)| **made + YOUNG > now).map(|(id, _)| id.clone()).collect();
        ids.sort();
        ids
    }
}

/// Volumes that were deleted, or turned out to be: Fly may go on showing them.
#[derive(Debug, Default)]
pub struct Lost(Mutex<HashSet<String>>);

impl Lost {
    pub fn add(&self, id: &str) {
        let mut lost = locked(&self.0);
        if lost.len() >= LOST_MAX {
            lost.clear(); // By then Fly has caught up with most of them; what it shows is looked at again.
        }
        lost.insert(id.to_owned());
    }

    pub fn has(&self, id: &str) -> bool {
        locked(&self.0).contains(id)
    }
}

/// Deployments that were spoken of, by the digits that stand for them in a volume's name.
#[derive(Debug, Default)]
pub struct Deployments(Mutex<HashMap<String, String>>);

impl Deployments {
    pub fn spoken_of(&self, mark: String, deployment: &str) {
        locked(&self.0).insert(mark, deployment.to_owned());
    }

    /// The deployment, or the digits, which are no deployment's id.
    pub fn of(&self, mark: &str) -> String {
        locked(&self.0).get(mark).cloned().unwrap_or_else(|| mark.to_owned())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
