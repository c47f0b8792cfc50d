use super::*;
use crate::reminder::{Failed, GIVE_UP_MS, RECURS_MS_MAX, TRY_AGAIN_MS};

#[test]
fn a_reminder_comes_at_its_time_and_then_is_over() {
    let mut tale = Tale::waiting(once(2_000));
    tale.pass(1_999);
    assert_eq!((tale.status(), tale.names()), ("waiting", vec![]));
    tale.pass(1);
    assert_eq!((tale.status(), tale.names()), ("delivering", vec!["deliver"]));
    tale.take(delivered(1, None));
    assert_eq!((tale.status(), tale.is_terminal(), tale.timers.len()), ("delivered", true, 0));
}

#[test]
fn a_recurring_one_waits_for_the_time_that_its_delivery_names() {
    let mut tale = Tale::waiting(daily);
    tale.pass(DAY);
    let next = tale.now.plus_millis(3 * DAY);
    tale.take(delivered(1, Some(next)));
    assert_eq!((tale.status(), tale.timers.get("due")), ("waiting", Some(&next)));
    tale.actions.clear();
    tale.pass(3 * DAY);
    assert_eq!(tale.actions, [Action::Deliver { number: 2, due: next }]);
}

#[test]
fn a_delivery_that_is_told_twice_counts_once() {
    let mut tale = Tale::waiting(daily);
    let next = tale.now.plus_millis(2 * DAY);
    tale.pass(DAY).take(delivered(1, Some(next))).take(delivered(1, None));
    assert_eq!((tale.status(), tale.state().delivered), ("waiting", 1));
}

#[test]
fn a_recurring_one_ends_after_a_year() {
    let mut tale = Tale::waiting(daily);
    let beyond = tale.state().asked_at.plus_millis(RECURS_MS_MAX + 1);
    tale.pass(DAY).take(delivered(1, Some(beyond)));
    assert_eq!((tale.status(), tale.is_terminal()), ("delivered", true));
}

#[test]
fn what_could_not_be_delivered_is_tried_again_for_a_week_and_then_given_up_by_name() {
    let no_access = || NotDelivered::NoAccess { why: "GitHub answers 404".into() };
    let mut tale = Tale::waiting(once(2_000));
    tale.pass(2_000);
    tale.take(Event::NotDelivered { number: 1, why: no_access() });
    assert_eq!((tale.status(), tale.timers.get("again")), ("waiting", Some(&tale.now.plus_millis(TRY_AGAIN_MS))));
    tale.pass(TRY_AGAIN_MS);
    let message = "GitHub answers 503".to_owned();
    tale.take(Event::ActionFailed { failed: Failed::Deliver { number: 1 }, message, ambiguous: true });
    assert_eq!(tale.status(), "waiting", "an exhausted action is tried again too");
    tale.pass(GIVE_UP_MS);
    tale.take(Event::NotDelivered { number: 1, why: no_access() });
    assert_eq!((tale.status(), tale.is_terminal()), ("not_delivered", true));
    assert!(tale.state().explain().contains("GitHub answers 404"));
}

#[test]
fn the_delivery_itself_finds_the_pull_request_closed_or_the_repository_archived() {
    for (why, status) in [(NotDelivered::Closed, "closed"), (NotDelivered::Archived, "not_delivered")] {
        let mut tale = Tale::waiting(daily);
        tale.pass(DAY).take(Event::NotDelivered { number: 1, why });
        assert_eq!((tale.status(), tale.is_terminal()), (status, true));
    }
}

#[test]
fn a_delivery_learns_where_the_repository_is_now() {
    let mut tale = Tale::waiting(daily);
    let next = Some(tale.now.plus_millis(2 * DAY));
    let pr = PullRequestRef { owner: "new".into(), name: "home".into(), ..pr() };
    tale.pass(DAY).take(Event::Delivered { number: 1, next, missed: 0, pr });
    assert_eq!(tale.state().pr.title(), "new/home#7");
}
