//! Histories that were read before. What a full SHA leads to never changes, and a pull request is shown again and again: each
//! time would start git anew.

use super::CommitInfo;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Histories that are kept; they are all forgotten when there are more.
const KEPT_MAX: usize = 1_024;

/// The repository's folder, and what git was asked; of a single commit only its SHA.
type Asked = (String, Vec<String>);

/// By what was asked.
#[derive(Debug, Default)]
pub(super) struct Logs(Mutex<BTreeMap<Asked, Arc<Vec<CommitInfo>>>>);

impl Logs {
    pub(super) fn known(&self, asked: &Asked) -> Option<Vec<CommitInfo>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(asked).cloned();
        found.map(|found| (*found).clone())
    }

    /// Keeps an answer, if it is one for ever: of commits that are there, named by their SHAs.
    pub(super) fn keep(&self, asked: Asked, found: &[CommitInfo], named: &[&str]) {
        let forever = !found.is_empty() && named.iter().all(|name| is_sha(name));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if forever && kept.len() >= KEPT_MAX {
            kept.clear();
        }
        if forever {
            for commit in found {
                let asked = (asked.0.clone(), vec![commit.sha.clone()]);
                kept.entry(asked).or_insert_with(|| Arc::new(vec![commit.clone()]));
            }
            kept.insert(asked, Arc::new(found.to_vec()));
        }
    }
}

fn is_sha(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::git::Author;
    use environment::Timestamp;

    #[test]
    fn only_what_shas_lead_to_is_kept() {
        let author = Author { name: "ann".into(), email: "ann@example.com".into() };
        let commit = CommitInfo {
            sha: "a".repeat(40),
            tree: "b".repeat(40),
            parents: Vec::new(),
            author: author.clone(),
            author_at: Timestamp::default(),
            committer: author,
            committer_at: Timestamp::default(),
            message: "first".into(),
        };
        let logs = Logs::default();
        let asked = |what: &str| ("folder".to_owned(), vec![what.to_owned()]);
        let sha = "a".repeat(40);
        logs.keep(asked("branch"), std::slice::from_ref(&commit), &["main"]);
        logs.keep(asked("missing"), &[], &[&sha]);
        logs.keep(asked("sha"), &[commit], &[&sha]);
        assert!(logs.known(&asked("branch")).is_none() && logs.known(&asked("missing")).is_none());
        assert!(logs.known(&asked(&sha)).is_some(), "each commit of it is known as well");
        assert_eq!(logs.known(&asked("sha")).map(|found| found[0].message.clone()).as_deref(), Some("first"));
    }
}
