//! What was last read of each repository: what its default branch is called, and the policy's file at a commit of it. The
//! name is a guess that lets two calls go out at once; the file at a commit never changes, so it is asked for once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Repositories that are remembered; with a file of the longest kind each they take 4 MiB.
const REPOSITORIES_MAX: usize = 256;

/// By the repository's id.
#[derive(Debug, Clone, Default)]
pub(super) struct Tips(Arc<Mutex<BTreeMap<u64, Tip>>>);

/// The default branch as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) branch: String,
    pub(super) sha: String,
    /// The policy's file at that commit; none if there is none.
    pub(super) file: Option<Vec<u8>>,
}

impl Tips {
    pub(super) fn branch(&self, repository: u64) -> Option<String> {
        self.of(repository, |tip| tip.branch.clone())
    }

    /// The file at a commit, if it is known.
    pub(super) fn file(&self, repository: u64, sha: &str) -> Option<Option<Vec<u8>>> {
        self.of(repository, |tip| (tip.sha == sha).then(|| tip.file.clone())).flatten()
    }

    /// Remembers it in place of what was known of the repository, or of any other if there is no room.
    pub(super) fn remember(&self, repository: u64, tip: Tip) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REPOSITORIES_MAX && !all.contains_key(&repository) {
            all.pop_first();
        }
        all.insert(repository, tip);
    }

    fn of<T>(&self, repository: u64, take: impl FnOnce(&Tip) -> T) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&repository).map(take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tip(sha: &str) -> Tip {
        Tip { branch: "main".into(), sha: sha.into(), file: Some(b"enabled: true".to_vec()) }
    }

    #[test]
    fn a_file_is_known_at_its_commit_only() {
        let tips = Tips::default();
        assert_eq!((tips.branch(1), tips.file(1, "a")), (None, None));
        tips.remember(1, tip("a"));
        assert_eq!(tips.branch(1).as_deref(), Some("main"));
        assert_eq!(tips.file(1, "a"), Some(Some(b"enabled: true".to_vec())));
        assert_eq!((tips.file(1, "b"), tips.file(2, "a")), (None, None));
        tips.remember(1, Tip { file: None, ..tip("b") });
        assert_eq!((tips.file(1, "a"), tips.file(1, "b")), (None, Some(None)));
    }

    #[test]
    fn only_so_many_repositories_are_remembered() {
        let tips = Tips::default();
        let many = u64::try_from(REPOSITORIES_MAX).unwrap() + 10;
        (0..many).for_each(|repository| tips.remember(repository, tip("a")));
        assert_eq!(tips.0.lock().unwrap().len(), REPOSITORIES_MAX);
        assert!(tips.branch(many - 1).is_some());
    }
}
