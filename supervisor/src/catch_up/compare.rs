//! What a list says of a pull request, against what its workflow believes.

use domain::pull_request::{Access, AccessChange, Phase, Read, State};
use github::{api::Repository, app_level::OpenPullRequest};

/// What must be done about an open pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// Nothing.
    None,
    /// It has no workflow.
    Unknown,
    /// Its workflow is over.
    Over,
    /// It must be read: head, base or draft differ, or it is not known how it stands.
    Changed,
    /// It is reached in another way than its workflow believes, or again.
    Access(AccessChange),
}

/// Compares one; its repository is not archived, and the installation may be used.
pub(super) fn compare(state: Option<&State>, repository: &Repository, pull: &OpenPullRequest) -> Difference {
    let Some(state) = state else { return Difference::Unknown };
    if state.phase == Phase::Closed {
        return Difference::Over;
    }
    let pr = &state.pr;
    if (pr.installation, &pr.owner, &pr.name) != (repository.installation, &repository.owner, &repository.name) {
        return Difference::Access(AccessChange::RepositoryMoved {
            installation: Some(repository.installation),
            owner: repository.owner.clone(),
            name: repository.name.clone(),
        });
    }
    match state.access {
        Access::Gone { .. } | Access::Suspended { .. } => {
            return Difference::Access(AccessChange::InstallationRestored);
        }
        Access::Unclear { .. } => return Difference::Changed,
        Access::Open => {}
    }
    if state.read != Read::No {
        return Difference::None;
    }
    let closing = matches!(state.phase, Phase::Closing { .. });
    let same = state.snapshot.as_ref().is_some_and(|snapshot| {
        snapshot.open
            && !snapshot.archived
            && (&snapshot.head_sha, &snapshot.base_ref, snapshot.draft) == (&pull.head_sha, &pull.base_ref, pull.draft)
    });
    if same && !closing { Difference::None } else { Difference::Changed }
}

/// Why the pull requests of a repository cannot be listed, though GitHub answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// The installation is suspended.
    Suspended,
    /// The repository is archived.
    Archived,
}

/// What a workflow must be told of that; nothing if it knows, or is over.
pub(super) fn closed(state: &State, why: Closed) -> Option<AccessChange> {
    let over = matches!(state.phase, Phase::Closing { .. } | Phase::Closed);
    let known = matches!(state.access, Access::Suspended { .. } | Access::Gone { .. });
    (!over && !known).then_some(match why {
        Closed::Suspended => AccessChange::InstallationSuspended,
        Closed::Archived => AccessChange::RepositoryArchived,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        gates,
        ids::PullRequestRef,
        people::Permission,
        pull_request::{Snapshot, Teardown},
    };

    fn shop() -> Repository {
        Repository { installation: 5, id: 1, owner: "acme".into(), name: "shop".into() }
    }

    fn listed() -> OpenPullRequest {
        OpenPullRequest { number: 7, head_sha: "aaaaaaa1".into(), base_ref: "main".into(), draft: false }
    }

    /// Idle, and read as it is listed.
    fn state() -> State {
        let (owner, name) = ("acme".to_owned(), "shop".to_owned());
        let mut state = State::new(PullRequestRef { installation: 5, repository_id: 1, owner, name, number: 7 });
        (state.phase, state.read) = (Phase::Idle, Read::No);
        state.snapshot = Some(Snapshot {
            head_sha: "aaaaaaa1".into(),
            head_ref: "limits".into(),
            base_sha: "b".into(),
            base_ref: "main".into(),
            title: String::new(),
            author: "dana".into(),
            author_is_bot: false,
            author_permission: Permission::Write,
            author_listed: None,
            open: true,
            draft: false,
            fork: false,
            archived: false,
            isolated: false,
            listed: gates::Listed::Yes,
        });
        state
    }

    fn compared(change: impl FnOnce(&mut State, &mut OpenPullRequest)) -> Difference {
        let (mut state, mut pull) = (state(), listed());
        change(&mut state, &mut pull);
        compare(Some(&state), &shop(), &pull)
    }

    #[test]
    fn one_that_is_as_listed_is_not_read_again() {
        assert_eq!(compared(|_, _| {}), Difference::None);
    }

    #[test]
    fn head_base_and_draft_are_what_counts() {
        assert_eq!(compared(|_, pull| pull.head_sha = "bbbbbbb2".into()), Difference::Changed);
        assert_eq!(compared(|_, pull| pull.base_ref = "release".into()), Difference::Changed);
        assert_eq!(compared(|_, pull| pull.draft = true), Difference::Changed);
        assert_eq!(compared(|state, _| state.snapshot = None), Difference::Changed);
    }

    #[test]
    fn a_reading_under_way_sees_it_anyway() {
        let changed = |state: &mut State, pull: &mut OpenPullRequest| {
            state.read = Read::Asked;
            pull.draft = true;
        };
        assert_eq!(compared(changed), Difference::None);
    }

    #[test]
    fn open_again_is_known_by_the_list_alone() {
        assert_eq!(compare(None, &shop(), &listed()), Difference::Unknown);
        assert_eq!(compared(|state, _| state.phase = Phase::Closed), Difference::Over);
        let closing = Phase::Closing { volume: Teardown::Kept, reopened: false };
        assert_eq!(compared(|state, _| state.phase = closing), Difference::Changed);
    }

    #[test]
    fn a_repository_reached_otherwise_moved_and_one_reached_again_is_restored() {
        let moved = compared(|state, _| (state.pr.installation, state.pr.name) = (4, "store".into()));
        let (owner, name) = ("acme".into(), "shop".into());
        assert_eq!(moved, Difference::Access(AccessChange::RepositoryMoved { installation: Some(5), owner, name }));
        let why = || "it was".to_owned();
        let restored = Difference::Access(AccessChange::InstallationRestored);
        assert_eq!(compared(|state, _| state.access = Access::Suspended { why: why() }), restored);
        assert_eq!(compared(|state, _| state.access = Access::Unclear { why: why() }), Difference::Changed);
    }

    #[test]
    fn closed_to_us_is_told_once_and_never_to_one_that_is_over() {
        let mut state = state();
        assert_eq!(closed(&state, Closed::Suspended), Some(AccessChange::InstallationSuspended));
        assert_eq!(closed(&state, Closed::Archived), Some(AccessChange::RepositoryArchived));
        state.access = Access::Suspended { why: "it is".into() };
        assert_eq!(closed(&state, Closed::Archived), None);
        (state.access, state.phase) = (Access::Open, Phase::Closed);
        assert_eq!(closed(&state, Closed::Suspended), None);
    }
}
