use super::*;

fn cancel(by: &str, via: Via) -> Event {
    Event::CancelAsked { ask: "gh:comment:9:0".into(), by: person(by), via }
}

#[test]
fn its_author_cancels_it_at_once_in_any_spelling_of_the_name() {
    let mut tale = Tale::waiting(once(DAY));
    tale.take(cancel("Ann", comment(9)));
    assert_eq!((tale.status(), tale.said(), tale.timers.len()), ("cancelled", vec![&ReplyText::Cancelled], 0));
    tale.pass(2 * DAY);
    assert_eq!(tale.status(), "cancelled");
}

#[test]
fn somebody_else_needs_to_be_able_to_write() {
    for (permission, status) in [(Permission::Write, "cancelled"), (Permission::Triage, "waiting")] {
        let mut tale = Tale::waiting(once(DAY));
        tale.take(cancel("bob", comment(9)));
        assert_eq!(
            (tale.status(), tale.names()),
            ("waiting", vec!["react_about_reminder", "read_reminder_permission"])
        );
        tale.take(Event::PermissionRead { ask: "gh:comment:9:0".into(), permission });
        assert_eq!((tale.status(), tale.said().len()), (status, 1));
    }
}

#[test]
fn who_cancels_what_is_over_is_told_so() {
    let mut tale = Tale::waiting(once(2_000));
    tale.pass(2_000).take(delivered(1, None)).take(cancel("ann", comment(9)));
    assert_eq!((tale.status(), tale.said()), ("delivered", vec![&ReplyText::OverAlready]));
    assert!(!tale.is_terminal(), "an answer is on its way");
    tale.take(Event::Reacted { ask: "gh:comment:9:0".into() });
    tale.take(Event::Replied { key: "cancel:gh:comment:9:0".into() });
    assert!(tale.is_terminal());
}

#[test]
fn a_delivery_that_has_not_begun_is_withdrawn_and_one_that_has_is_counted() {
    let mut tale = Tale::waiting(once(2_000));
    tale.pass(2_000).take(cancel("ann", comment(9)));
    assert!(!tale.names().contains(&"deliver"), "withdrawn");
    tale.take(delivered(1, None));
    assert_eq!((tale.status(), tale.state().delivered), ("cancelled", 1));
}

#[test]
fn a_person_who_is_named_like_an_operator_is_not_the_author_of_what_the_operator_set() {
    let mut tale = Tale::new();
    let by = person("cli");
    let wish = Box::new(remind(daily(tale.now)));
    tale.take(Event::Asked { pr: pr(), ask: "cli:1".into(), by, via: Via::Operator, wish });
    tale.take(standing(Permission::None, true, 0, 0)).take(cancel("cli", comment(9)));
    assert_eq!(tale.status(), "waiting");
}

#[test]
fn a_hint_is_not_believed_and_a_reading_is() {
    let mut tale = Tale::waiting(daily);
    tale.take(Event::Hinted);
    assert_eq!((tale.status(), tale.names()), ("waiting", vec!["read_reminder_pull_request"]));
    tale.take(Event::PullRequestRead { open: true });
    assert_eq!((tale.status(), tale.timers.len()), ("waiting", 1));
    tale.take(Event::PullRequestRead { open: false });
    assert_eq!((tale.status(), tale.is_terminal(), tale.timers.len()), ("closed", true, 0));
}

#[test]
fn access_that_is_lost_ends_it_and_a_move_is_followed() {
    let mut tale = Tale::waiting(daily);
    let (owner, name) = ("new".to_owned(), "home".to_owned());
    tale.take(Event::AccessChanged { change: AccessChange::Moved { installation: Some(9), owner, name } });
    assert_eq!((tale.state().pr.title().as_str(), tale.state().pr.installation), ("new/home#7", 9));
    tale.take(Event::AccessChanged { change: AccessChange::Lost { why: "the installation was removed".into() } });
    assert_eq!((tale.status(), tale.is_terminal()), ("not_delivered", true));
}

#[test]
fn access_that_comes_back_delivers_at_once_what_is_due() {
    let mut tale = Tale::waiting(once(2_000));
    tale.take(Event::AccessChanged { change: AccessChange::Restored });
    assert_eq!(tale.timers.keys().collect::<Vec<_>>(), ["due"], "it is not due yet");
    tale.pass(MINUTE);
    let why = NotDelivered::NoAccess { why: "suspended".into() };
    tale.take(Event::NotDelivered { number: 1, why }).take(Event::AccessChanged { change: AccessChange::Restored });
    tale.actions.clear();
    tale.pass(0);
    assert_eq!(tale.names(), ["deliver"]);
}
