use super::story::{Story, snapshot};
use crate::{people::Permission, policy::Policy, pull_request::*};

fn at_once() -> Policy {
    Policy { retention_ms: 0, ..Policy::default() }
}

#[test]
fn a_closed_pull_request_gives_up_machine_then_volume_then_itself() {
    let mut story = Story::opened_with(at_once());
    story.run_starts().closed();
    assert_eq!((story.status(), story.did("destroy_machine"), story.did("delete_volume")), ("closing", 1, 0));
    assert_eq!(story.conclusion(1, "aaaaaaa1"), Some(Conclusion::Cancelled));
    story.machine_gone(1);
    assert_eq!(story.actions, [Action::DeleteVolume { volume: Some("pr_1".into()), copy: 0 }]);
    story.event(Event::VolumeDeleted { copy: 0 });
    assert_eq!(story.status(), "closing", "its check is not published yet");
    story.published();
    assert_eq!(story.status(), "closed");
}

#[test]
fn a_volume_is_kept_for_a_while_and_goes_only_after_one_more_reading() {
    let mut story = Story::waiting();
    story.closed();
    assert_eq!((story.status(), story.did("delete_volume")), ("closing", 0));
    story.fires(Timer::Retention);
    assert_eq!(story.actions, [Action::ReadPullRequest]);
    story.read_as(Snapshot { open: false, ..snapshot("aaaaaaa1") });
    assert_eq!(story.did("delete_volume"), 1);
}

#[test]
fn reopened_within_the_retention_it_keeps_its_volume() {
    let mut story = Story::waiting();
    story.closed().hint(Hint::Reopened).read("aaaaaaa1");
    assert_eq!((story.status(), story.state().generation), ("queued", 1));
    assert!(story.state().volume.is_some());
}

#[test]
fn reopened_after_its_volume_went_it_is_a_new_generation_that_says_so() {
    let mut story = Story::opened_with(at_once());
    story.run_starts().finds(1, None).machine_gone(1).published().closed();
    story.hint(Hint::Reopened).read("aaaaaaa1");
    assert_eq!(story.status(), "closing", "closing is one-way once the volume began to go");
    story.event(Event::VolumeDeleted { copy: 0 }).published();
    assert_eq!((story.status(), story.did("read_pull_request")), ("closed", 1));
    story.read("aaaaaaa1");
    assert_eq!((story.status(), story.state().generation), ("queued", 2));
    assert_eq!(story.replies(), [&ReplyText::NewGeneration]);
    assert!(story.state().session_lost && story.state().run > 1, "run numbers are never used again");
}

#[test]
fn a_volume_whose_creation_answers_after_closing_is_deleted() {
    let mut story = Story::opened_with(at_once());
    story.event(Event::SlotGranted).closed();
    assert_eq!(story.did("delete_volume"), 0);
    story.event(Event::VolumeCreated { run: 1, copy: 0, volume: "pr_1".into() });
    assert_eq!(story.did("delete_volume"), 1);
}

#[test]
fn a_404_alone_is_never_closed() {
    let mut story = Story::waiting();
    story.hint(Hint::Edited);
    story.event(Event::PullRequestRead { reading: Box::new(Reading::NoAccess { why: "404".into() }) });
    assert_eq!((story.status(), story.state().request.is_some()), ("awaiting_decision", true));
    story.fires(Timer::Refresh);
    assert_eq!(story.did("read_pull_request"), 1);
}

#[test]
fn a_moved_repository_is_followed_by_its_id() {
    let mut story = Story::waiting();
    story.hint(Hint::Edited);
    let moved = Reading::Moved { owner: "acme2".into(), name: "store".into() };
    story.event(Event::PullRequestRead { reading: Box::new(moved) });
    assert_eq!((story.state().pr.title().as_str(), story.did("read_pull_request")), ("acme2/store#7", 1));
}

#[test]
fn an_uninstalled_app_takes_everything_down_and_writes_nothing() {
    let mut story = Story::opened_with(at_once());
    story.run_starts().event(Event::AccessChanged { change: AccessChange::InstallationRemoved });
    assert_eq!((story.status(), story.did("destroy_machine"), story.did("publish_check")), ("closing", 1, 0));
    story.machine_gone(1).event(Event::VolumeDeleted { copy: 0 });
    assert_eq!(story.status(), "closed");
}

#[test]
fn a_suspended_installation_stops_what_runs_and_keeps_the_volume_until_it_is_restored() {
    let mut story = Story::running();
    story.event(Event::AccessChanged { change: AccessChange::InstallationSuspended });
    assert_eq!((story.status(), story.did("destroy_machine"), story.did("publish_check")), ("idle", 1, 0));
    story.machine_gone(1);
    assert!(story.state().volume.is_some());
    story.event(Event::AccessChanged { change: AccessChange::InstallationRestored });
    assert_eq!(story.did("read_pull_request"), 1);
    story.read("aaaaaaa1");
    assert_eq!(story.status(), "queued");
}

#[test]
fn an_archived_repository_waits_with_its_request() {
    let mut story = Story::waiting();
    story.event(Event::AccessChanged { change: AccessChange::RepositoryArchived });
    let id = story.request().id;
    story.hint(Hint::Started).read_as(Snapshot { archived: true, ..snapshot("aaaaaaa1") });
    assert_eq!((story.status(), story.request().id), ("awaiting_decision", id.clone()), "a restart changes nothing");
    story.event(Event::AccessChanged { change: AccessChange::RepositoryUnarchived }).read("aaaaaaa1");
    story.clicks("bob", Permission::Write, &id, Choice::Yes);
    assert_eq!(story.status(), "queued");
}

#[test]
fn heard_of_again_after_access_was_lost_it_is_read_and_begins_anew() {
    let mut story = Story::opened_with(at_once());
    story.run_starts().event(Event::AccessChanged { change: AccessChange::InstallationRemoved });
    story.machine_gone(1).event(Event::VolumeDeleted { copy: 0 });
    assert_eq!(story.status(), "closed");
    story.hint(Hint::Started);
    assert_eq!(story.did("read_pull_request"), 0, "a start alone does not wake it");
    story.hint(Hint::Opened);
    assert_eq!(story.did("read_pull_request"), 1);
    story.read("aaaaaaa1");
    assert_eq!((story.status(), story.state().generation), ("queued", 2));
}

#[test]
fn a_closed_one_that_cannot_be_read_is_not_read_for_ever() {
    let mut story = Story::opened_with(at_once());
    story.closed();
    story.published();
    assert_eq!(story.status(), "closed");
    story.hint(Hint::Reopened);
    story.event(Event::PullRequestRead { reading: Box::new(Reading::NoAccess { why: "404".into() }) });
    assert_eq!(story.status(), "closed");
    assert!(story.timers.is_empty(), "nothing waits: {:?}", story.timers);
}

#[test]
fn a_reading_that_began_before_the_retention_was_over_does_not_delete_the_volume() {
    let mut story = Story::waiting();
    story.closed().hint(Hint::Edited).fires(Timer::Retention);
    story.read_as(Snapshot { open: false, ..snapshot("aaaaaaa1") });
    assert_eq!((story.did("delete_volume"), story.did("read_pull_request")), (0, 1));
    story.read_as(Snapshot { open: false, ..snapshot("aaaaaaa1") });
    assert_eq!(story.did("delete_volume"), 1);
}

#[test]
fn a_reading_that_began_before_the_app_was_uninstalled_does_not_bring_access_back() {
    let mut story = Story::waiting();
    story.hint(Hint::Edited).event(Event::AccessChanged { change: AccessChange::InstallationRemoved });
    story.read("aaaaaaa1");
    assert_eq!((story.status(), story.state().access.can_write()), ("closing", false));
}

#[test]
fn a_reading_that_began_before_a_suspension_does_not_end_it() {
    let mut story = Story::waiting();
    story.hint(Hint::Edited).event(Event::AccessChanged { change: AccessChange::InstallationSuspended });
    story.read("aaaaaaa2");
    assert_eq!((story.status(), story.did("read_pull_request")), ("awaiting_decision", 1));
    assert!(!story.state().access.can_write());
}

#[test]
fn uninstalled_while_it_is_read_for_the_last_time_it_is_given_up_all_the_same() {
    let mut story = Story::waiting();
    story.closed().fires(Timer::Retention);
    story.event(Event::AccessChanged { change: AccessChange::InstallationRemoved });
    assert_eq!(story.did("delete_volume"), 1);
    story.event(Event::VolumeDeleted { copy: 0 });
    assert_eq!(story.status(), "closed");
}

#[test]
fn an_ask_on_a_closed_pull_request_is_judged_although_it_is_opened_again_meanwhile() {
    let mut story = Story::opened_with(at_once());
    story.closed().published();
    assert_eq!(story.status(), "closed");
    let ask = story.asks("bob", Ask::Review);
    story.hint(Hint::Reopened).read("aaaaaaa1");
    assert_eq!((story.state().generation, story.state().asks.len()), (2, 1));
    story.event(Event::PermissionRead { ask, permission: Permission::Write, owns: None });
    assert_eq!(story.state().asks, []);
}

#[test]
fn opened_again_while_its_volume_goes_it_is_read_once_at_a_time() {
    let mut story = Story::opened_with(at_once());
    story.run_starts().finds(1, None).machine_gone(1).published().closed();
    story.hint(Hint::Reopened).read("aaaaaaa1").hint(Hint::Edited);
    story.published().event(Event::VolumeDeleted { copy: 0 });
    assert_eq!((story.status(), story.did("read_pull_request")), ("closed", 0), "one reading is under way");
    story.read("aaaaaaa1");
    assert_eq!(story.did("read_pull_request"), 1);
}

#[test]
fn a_check_that_could_not_be_published_before_the_end_is_published_when_access_is_back() {
    let mut story = Story::opened_with(at_once());
    story.event(Event::ActionFailed {
        failed: Failed::PublishCheck { run: 1, sha: "aaaaaaa1".into() },
        message: "it broke".into(),
        ambiguous: false,
    });
    story.event(Event::AccessChanged { change: AccessChange::InstallationRemoved });
    assert_eq!((story.status(), story.did("publish_check")), ("closed", 0));
    story.hint(Hint::Edited);
    story.hint(Hint::Opened);
    assert_eq!(story.did("publish_check"), 1);
}
