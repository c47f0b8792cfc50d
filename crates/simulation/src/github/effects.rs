//! What the single calls do, in the moment in which they happen; and what must never be seen then.

use super::{Check, Comment, Commit, Hub, Review, Thread};
use crate::{production::APP, world::State};
use github::api::{self, CheckState};
use sha2::{Digest, Sha256};

impl State {
    pub(super) fn create_check(&mut self, wanted: &api::CheckRun) -> u64 {
        let id = self.github.id();
        self.github.checks.push(Check {
            id,
            app: APP,
            head_sha: wanted.head_sha.clone(),
            external_id: wanted.external_id.clone(),
            state: wanted.state,
            actions: wanted.actions.clone(),
            title: wanted.title.clone(),
        });
        self.github.offer(wanted);
        id
    }

    pub(super) fn update_check(&mut self, id: u64, wanted: &api::CheckRun) {
        let Some(check) = self.github.checks.iter_mut().find(|check| check.id == id) else { return };
        // GitHub answers 200 to the reopening of a completed one, and shows nothing.
        if check.is_completed() && !matches!(wanted.state, CheckState::Completed(_)) {
            return;
        }
        (check.state, check.actions, check.title) = (wanted.state, wanted.actions.clone(), wanted.title.clone());
        self.github.offer(wanted);
    }

    pub(super) fn create_review(&mut self, number: u64, wanted: &api::Review) -> u64 {
        let id = self.github.id();
        for comment in &wanted.comments {
            let thread = format!("thread-{}", self.github.id());
            let body = format!("{}\n\n{}", comment.body, comment.marker);
            self.github.threads.push(Thread { id: thread, number, body, resolved: false, review: id });
        }
        let comments = u32::try_from(wanted.comments.len()).unwrap_or(u32::MAX);
        let marker = wanted.marker.clone();
        self.github.reviews.push(Review { id, number, marker, submitted: false, comments });
        id
    }

    /// P5.
    pub(super) fn submit_review(&mut self, id: u64) {
        let Some(review) = self.github.reviews.iter_mut().find(|review| review.id == id) else { return };
        review.submitted = true;
        let about = about(&review.marker);
        let same = self.github.reviews.iter().filter(|it| it.submitted && self::about(&it.marker) == about).count();
        if same > 1 {
            self.violated("P5", format!("{same} submitted reviews are about {about}"));
        }
    }

    pub(super) fn create_comment(&mut self, number: u64, wanted: &api::Comment) -> u64 {
        let id = self.github.id();
        let (marker, body, late) = (wanted.marker.clone(), wanted.body.clone(), self.late);
        self.github.comments.push(Comment { id, number, marker, body, late });
        id
    }

    /// P10 and P3; the head must be the expected one, or nothing is written.
    pub(super) fn commit(&mut self, push: &api::Push, now_ms: u64) -> Option<String> {
        let sha = self.github.sha();
        let pull = self.github.pull_mut(push.number)?;
        if pull.head != push.head_sha || pull.branch != push.branch {
            return None;
        }
        let commit = Commit { sha: sha.clone(), parent: pull.head.clone(), decision: push.decision.clone() };
        let fork = pull.fork;
        pull.before = std::mem::replace(&mut pull.head, sha.clone());
        pull.moved_at_ms = now_ms;
        pull.commits.push(commit);
        let digest = hex::encode(Sha256::digest(push.diff.as_bytes()));
        let offered = self.github.offered.get(&push.decision).cloned();
        if offered.as_deref() != digest.get(..6) {
            self.violated("P10", format!("request {} offered {offered:?}, and {digest} was pushed", push.decision));
        }
        if fork {
            self.violated("P10", format!("{sha} was pushed to a fork"));
        }
        if !self.github.approved.contains(&push.decision) {
            self.violated("P10", format!("nobody permitted approved request {}, and it was pushed", push.decision));
        }
        Some(sha)
    }
}

/// Workflow, run and head in a review's marker; whatever else is in it makes no other review.
fn about(marker: &str) -> String {
    let fields: Vec<&str> = marker.split(':').skip(2).take(4).collect();
    fields.join(":")
}

impl Hub {
    /// What people are offered by the buttons of a check run.
    fn offer(&mut self, wanted: &api::CheckRun) {
        for action in &wanted.actions {
            let mut parts = action.identifier.split(':');
            if let (Some("fix"), Some(request), Some("yes")) = (parts.next(), parts.next(), parts.next()) {
                let digits = action.description.split(' ').nth(2).unwrap_or_default();
                self.offered.insert(request.to_owned(), digits.to_owned());
            }
        }
    }
}
