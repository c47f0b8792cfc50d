use super::*;

fn open_to_all(policy: &Policy) -> Facts<'_> {
    Facts {
        listed: Listed::Yes,
        open: true,
        archived: false,
        draft: false,
        author_is_bot: false,
        fork: false,
        isolated: true,
        author_permission: Permission::Write,
        author_listed: None,
        own_push: false,
        asked: false,
        paused: false,
        policy,
    }
}

#[test]
fn each_gate_closes_alone_with_its_own_reason() {
    let policy = Policy::default();
    type Change = fn(&mut Facts<'_>);
    let cases: [(Change, Option<Closed>); 18] = [
        (|_| (), None),
        (|f| f.listed = Listed::NotInstallation, Some(Closed::InstallationNotAllowed)),
        (|f| f.listed = Listed::NotOwner, Some(Closed::OwnerNotAllowed)),
        (|f| f.listed = Listed::NotRepository, Some(Closed::RepositoryNotAllowed)),
        (|f| f.open = false, Some(Closed::PullRequestClosed)),
        (|f| f.archived = true, Some(Closed::Archived)),
        (|f| f.own_push = true, Some(Closed::OwnPush)),
        (|f| f.draft = true, Some(Closed::Draft)),
        (|f| f.author_is_bot = true, Some(Closed::Bot)),
        (|f| f.fork = true, Some(Closed::Fork)),
        (|f| (f.fork, f.isolated) = (true, false), Some(Closed::ForkNotIsolated)),
        (|f| f.author_listed = Some(false), Some(Closed::ActorNotAllowed)),
        (|f| f.author_permission = Permission::Read, Some(Closed::ActorPermission)),
        (|f| (f.author_listed, f.author_permission) = (Some(true), Permission::None), None),
        (|f| (f.draft, f.asked) = (true, true), None),
        (|f| (f.fork, f.isolated, f.asked) = (true, false, true), Some(Closed::ForkNotIsolated)),
        (|f| f.paused = true, Some(Closed::Paused)),
        (|f| (f.paused, f.asked) = (true, true), Some(Closed::Paused)),
    ];
    for (number, (change, expected)) in cases.into_iter().enumerate() {
        let mut facts = open_to_all(&policy);
        change(&mut facts);
        assert_eq!(decide(&facts), expected, "case {number}");
    }
}

#[test]
fn the_first_closed_gate_in_the_stated_order_gives_the_reason() {
    let policy = Policy::default();
    let mut facts = open_to_all(&policy);
    facts.draft = true;
    facts.author_is_bot = true;
    facts.author_permission = Permission::None;
    assert_eq!(decide(&facts), Some(Closed::Draft));
    facts.listed = Listed::NotOwner;
    assert_eq!(decide(&facts), Some(Closed::OwnerNotAllowed));
}

#[test]
fn a_repository_that_admits_drafts_and_bots_gets_both_reviewed() {
    let policy = Policy { drafts: true, bots: true, ..Policy::default() };
    let facts = Facts { draft: true, author_is_bot: true, author_permission: Permission::None, ..open_to_all(&policy) };
    assert_eq!(decide(&facts), None);
}

#[test]
fn nothing_is_written_where_the_operator_did_not_allow_it() {
    assert!(Closed::OwnerNotAllowed.is_silent());
    assert!(!Closed::Draft.is_silent());
}

#[test]
fn the_walk_asks_every_gate_in_order_until_one_is_closed() {
    let policy = Policy::default();
    let mut facts = open_to_all(&policy);
    assert!(walk(&facts).all(|asked| asked.answer == Answer::Passed));
    facts.draft = true;
    let answers: Vec<_> = walk(&facts).map(|asked| asked.answer).collect();
    let draft = ORDER.iter().position(|gate| *gate == Closed::Draft).unwrap();
    assert!(answers[..draft].iter().all(|answer| *answer == Answer::Passed));
    assert_eq!(answers[draft], Answer::Closed);
    assert!(answers[draft + 1..].iter().all(|answer| *answer == Answer::NotAsked));
    facts.asked = true;
    assert_eq!(walk(&facts).nth(draft).unwrap().answer, Answer::PassedByAsking);
}

#[test]
fn what_a_gate_found_says_why_it_is_open_or_closed() {
    let policy = Policy::default();
    let mut facts = open_to_all(&policy);
    assert_eq!(Closed::Draft.found(&facts), "no draft");
    assert_eq!(Closed::ActorPermission.found(&facts), "the author has `write`, and it takes `write`");
    (facts.draft, facts.fork, facts.isolated) = (true, true, false);
    assert_eq!(Closed::Draft.found(&facts), "a draft, and drafts are not reviewed here");
    assert_eq!(Closed::ForkNotIsolated.found(&facts), "from a fork, and machines here are not isolated");
}
