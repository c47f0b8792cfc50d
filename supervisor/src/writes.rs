//! Whether the database takes what is written. A disk that is full still reads, so a question alone does not tell; and once
//! nobody is let in, no commit would tell that there is room again. So after a commit has failed, looking writes something.

use engine::beside::{Beside, Expected};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// Hexadecimal digits of a trial. Large enough that a half-filled page somewhere does not hold it.
const TRIAL_DIGITS: usize = 32 * 1024;
const COLLECTION: &str = "health";
const KEY: &str = "trial";

/// What is known of writes.
pub(crate) struct Writes {
    beside: Arc<dyn Beside>,
    known: Mutex<Known>,
}

impl std::fmt::Debug for Writes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writes")
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Commits that have failed since the start, when it was looked last.
    failed: u64,
    in_doubt: bool,
}

impl Writes {
    pub fn new(beside: Arc<dyn Beside>) -> Self {
        Self { beside, known: Mutex::default() }
    }

    /// Whether writes succeed, where so many commits have failed by now.
    pub async fn succeed(&self, failed: u64) -> bool {
        let before = self.learn(Known { failed, in_doubt: true }, |known| failed > known.failed);
        if failed > before.failed {
            return false;
        }
        if !before.in_doubt {
            return true;
        }
        let written = self.try_one(failed).await;
        self.learn(Known { failed, in_doubt: false }, |known| written && known.failed == failed);
        written
    }

    /// What was known; what is known now replaces it if `when` says so.
    fn learn(&self, now: Known, when: impl FnOnce(&Known) -> bool) -> Known {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *known;
        if when(&before) {
            *known = now;
        }
        before
    }

    async fn try_one(&self, failed: u64) -> bool {
        // Digits of a hash, so that nothing makes them smaller.
        let digest = |place: usize| hex::encode(Sha256::digest(format!("{failed}.{place}")));
        let digits: String = (0..TRIAL_DIGITS / 64).map(digest).collect();
        let written = self.beside.put_document(COLLECTION, KEY, &json!(digits), Expected::Any).await;
        if let Err(error) = &written {
            tracing::warn!(%error, "the database still takes no writes");
            return false;
        }
        self.beside.delete_document(COLLECTION, KEY).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryBeside;
    use std::sync::atomic::Ordering;

    #[tokio::test]
    async fn after_a_failed_commit_only_a_write_that_succeeds_tells_that_all_is_well() {
        let beside = Arc::new(MemoryBeside::default());
        let writes = Writes::new(Arc::clone(&beside) as Arc<dyn Beside>);
        assert!(writes.succeed(0).await, "nothing has failed");
        beside.fails.store(true, Ordering::SeqCst);
        assert!(writes.succeed(0).await, "nobody looks for trouble where there was none");
        assert!(!writes.succeed(1).await);
        assert!(!writes.succeed(1).await, "no commit failed since, but none was tried");
        beside.fails.store(false, Ordering::SeqCst);
        assert!(!writes.succeed(2).await, "another one failed");
        assert!(writes.succeed(2).await);
        assert!(writes.succeed(2).await);
    }
}
