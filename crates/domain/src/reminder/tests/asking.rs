use super::*;
use crate::reminder::{PER_PERSON_MAX, PER_PULL_REQUEST_MAX};

#[test]
fn what_is_asked_is_granted_or_answered() {
    let plan = || remind(Plan::Once { at: Timestamp::from_millis(1_000_002_000) });
    let refused = |permission: &str| ReplyText::NotPermitted { login: "ann".into(), permission: permission.into() };
    let too_many = |max, of_person| ReplyText::TooMany { max, of_person };
    let why = "I found no time in it";
    let misunderstood = || Wish::Misunderstood { why: why.into() };
    let rows = [
        ("a writer is reminded", plan(), standing(Permission::Write, true, 0, 0), "waiting", ReplyText::Confirmed),
        ("a reader is not", plan(), standing(Permission::Read, true, 0, 0), "refused", refused("read")),
        (
            "a closed pull request takes none",
            plan(),
            standing(Permission::Write, false, 0, 0),
            "refused",
            ReplyText::PullRequestClosed,
        ),
        (
            "the last one that a person may have",
            plan(),
            standing(Permission::Write, true, PER_PERSON_MAX - 1, PER_PERSON_MAX),
            "waiting",
            ReplyText::Confirmed,
        ),
        (
            "one more than a person may have",
            plan(),
            standing(Permission::Admin, true, PER_PERSON_MAX, PER_PERSON_MAX),
            "refused",
            too_many(PER_PERSON_MAX, true),
        ),
        (
            "one more than a pull request may have",
            plan(),
            standing(Permission::Admin, true, 0, PER_PULL_REQUEST_MAX),
            "refused",
            too_many(PER_PULL_REQUEST_MAX, false),
        ),
        (
            "what is not understood is answered with the reason",
            misunderstood(),
            standing(Permission::Write, true, 0, 0),
            "refused",
            ReplyText::Misunderstood { why: why.into() },
        ),
        ("a stranger's is not", misunderstood(), standing(Permission::None, true, 0, 0), "refused", refused("none")),
        ("a list", Wish::List, standing(Permission::Write, false, 0, 0), "answered", ReplyText::List),
        (
            "to cancel what there is not",
            Wish::CancelUnknown { id: "ABC".into() },
            standing(Permission::Write, true, 0, 0),
            "refused",
            ReplyText::NoSuch { id: "ABC".into() },
        ),
    ];
    for (what, wish, standing, status, says) in rows {
        let mut tale = Tale::of(wish);
        assert_eq!((tale.status(), tale.names()), ("asked", vec!["react_about_reminder", "read_standing"]), "{what}");
        tale.take(Event::Reacted { ask: "gh:comment:1:0".into() }).take(standing);
        assert_eq!((tale.status(), tale.said()), (status, vec![&says]), "{what}");
        assert!(!tale.is_terminal(), "{what}: its answer is on its way");
        tale.take(Event::Replied { key: "answer".into() });
        assert_eq!(tale.is_terminal(), status != "waiting", "{what}");
    }
}

#[test]
fn a_repeated_ask_changes_nothing() {
    let mut tale = Tale::waiting(once(2_000));
    let before = tale.state().clone();
    tale.take(asked(Wish::List, comment(2)));
    assert_eq!((tale.state(), tale.names()), (&before, vec![]));
}

#[test]
fn a_bot_is_not_reminded() {
    let mut tale = Tale::new();
    let by = Person { login: "dependabot".into(), bot: true };
    let ask = "gh:comment:1:0".into();
    tale.take(Event::Asked { pr: pr(), ask, by, via: comment(1), wish: Box::new(Wish::List) });
    assert!(tale.state.is_none() && matches!(tale.refused, Some(Illegal::Refused(_))));
}

#[test]
fn an_operator_was_authorised_before_and_reads_the_answer_elsewhere() {
    let mut tale = Tale::new();
    tale.take(asked(remind(daily(tale.now)), Via::Operator)).take(standing(Permission::None, true, 0, 0));
    assert_eq!((tale.status(), tale.said()), ("waiting", vec![]));
}

#[test]
fn what_cannot_be_read_is_dropped_and_said() {
    let mut tale = Tale::of(Wish::List);
    let failed = crate::reminder::Failed::ReadStanding;
    tale.take(Event::ActionFailed { failed, message: "503".into(), ambiguous: false });
    assert_eq!((tale.status(), tale.said()), ("refused", vec![&ReplyText::Unreadable]));
}

#[test]
fn the_id_is_the_same_each_time_and_another_for_each_ask() {
    use crate::reminder::{ReminderId, key, prefix_of_pull_request};
    let id = ReminderId::derive(1, 7, "gh:comment:1:0");
    assert_eq!(id, ReminderId::derive(1, 7, "gh:comment:1:0"));
    assert_ne!(id, ReminderId::derive(1, 7, "gh:comment:1:1"));
    assert_eq!(ReminderId::parse(&id.to_string().to_lowercase()), Some(id));
    assert!(!key(1, 70, "x").starts_with(&prefix_of_pull_request(1, 7)));
}

#[test]
fn a_comment_shows_that_it_was_taken_in_before_anything_is_read_and_behind_nothing() {
    let tale = Tale::of(Wish::List);
    let Some(seen) = tale.actions.first() else { panic!("nothing is done") };
    assert_eq!(seen, &Action::React { ask: "gh:comment:1:0".into(), to: comment(1) });
    let options = seen.options();
    assert!(
        options.turn == engine::Turn::Independent && options.attempts_max == 2,
        "late, it is worth nothing: {options:?}"
    );
    let mut by_operator = Tale::new();
    by_operator.take(asked(Wish::List, Via::Operator));
    assert_eq!(by_operator.names(), ["read_standing"]);
}

#[test]
fn a_sign_that_cannot_be_shown_keeps_nothing_open() {
    let mut tale = Tale::of(Wish::List);
    let failed = crate::reminder::Failed::React { ask: "gh:comment:1:0".into() };
    tale.take(Event::ActionFailed { failed, message: "no".into(), ambiguous: false });
    tale.take(standing(Permission::Write, true, 0, 0)).take(Event::Replied { key: "answer".into() });
    assert!(tale.is_terminal());
}
