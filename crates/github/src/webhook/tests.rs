use super::*;
use std::path::PathBuf;

fn recordings() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/github/webhooks")
}

fn recording(name: &str) -> Vec<u8> {
    std::fs::read(recordings().join(name)).expect("a recording")
}

#[test]
fn every_recording_is_accepted() {
    let mut count = 0;
    for event in std::fs::read_dir(recordings()).expect("recordings").flatten().filter(|it| it.path().is_dir()) {
        let name = event.file_name().into_string().expect("a name");
        for file in std::fs::read_dir(event.path()).expect("recordings").flatten() {
            let body = std::fs::read(file.path()).expect("a recording");
            if let Err(error) = parse(&name, &body) {
                panic!("{}: {error}", file.path().display());
            }
            count += 1;
        }
    }
    assert_eq!(count, 111);
}

#[test]
fn a_click_on_a_button_keeps_its_identifier_and_who_clicked() {
    let delivery = parse("check_run", &recording("check_run/requested_action.payload.json")).unwrap();
    let Delivery::CheckRunRequestedAction { installation, repository, check_run, identifier, sender } = delivery else {
        panic!("{delivery:?}");
    };
    assert_eq!(installation, Some(690_857));
    assert_eq!(
        (repository.id, repository.owner.as_str(), repository.name.as_str()),
        (9_384_267, "electron", "electron")
    );
    assert_eq!((check_run.id, check_run.app_id), (1_494_503_112, 25_811));
    assert_eq!(check_run.head_sha, "5bd5f196a46b8222fb7484f05faba41a73cf34bd");
    assert_eq!(identifier, "lgtm|26764");
    assert_eq!((sender.login.as_str(), sender.is_bot), ("codebytere", false));
}

#[test]
fn an_opened_pull_request_names_its_commits() {
    let delivery = parse("pull_request", &recording("pull_request/opened.payload.json")).unwrap();
    let Delivery::PullRequest { action, pull_request, repository, .. } = delivery else { panic!("{delivery:?}") };
    assert_eq!((action.as_str(), repository.owner.as_str()), ("opened", "Codertocat"));
    assert!(pull_request.open && !pull_request.merged);
    assert_eq!(pull_request.head_sha.len(), 40);
    assert_ne!(pull_request.head_sha, pull_request.base_sha);
}

#[test]
fn rerequests_carry_the_commit() {
    let suite = parse("check_suite", &recording("check_suite/rerequested.payload.json")).unwrap();
    assert!(matches!(&suite, Delivery::CheckSuiteRerequested { head_sha, sender, .. }
        if head_sha.starts_with("ec26c3e") && sender.is_bot));
    let run = parse("check_run", &recording("check_run/rerequested.payload.json")).unwrap();
    assert!(matches!(run, Delivery::CheckRunRerequested { .. }));
}

#[test]
fn comments_say_where_they_were_made() {
    let issue = parse("issue_comment", &recording("issue_comment/created.payload.json")).unwrap();
    assert!(matches!(issue, Delivery::Comment { kind: CommentKind::Issue, is_pull_request: false, .. }));
    let review =
        parse("pull_request_review_comment", &recording("pull_request_review_comment/created.payload.json")).unwrap();
    assert!(matches!(review, Delivery::Comment { kind: CommentKind::Review, is_pull_request: true, number: 2, .. }));
    let edited = parse("issue_comment", &recording("issue_comment/edited.payload.json")).unwrap();
    assert_eq!(edited, Delivery::Other { event: "issue_comment".into(), action: Some("edited".into()) });
}

#[test]
fn installations_list_their_repositories_with_owner() {
    let body = recording("installation_repositories/added.payload.json");
    let Delivery::InstallationRepositories { id, added, removed } = parse("installation_repositories", &body).unwrap()
    else {
        panic!("not understood");
    };
    assert_eq!((id, removed.len()), (957_387, 0));
    assert_eq!(added, [RepositoryRef { id: 186_853_007, owner: "Codertocat".into(), name: "Space".into() }]);
}

#[test]
fn a_renamed_repository_is_known_by_its_id() {
    let body = br#"{"action":"renamed","repository":{"id":7,"name":"new","owner":{"login":"acme"}}}"#;
    let expected = Delivery::RepositoryChanged {
        action: "renamed".into(),
        installation: None,
        repository: RepositoryRef { id: 7, owner: "acme".into(), name: "new".into() },
    };
    assert_eq!(parse("repository", body), Ok(expected));
}

#[test]
fn unknown_events_and_actions_are_no_error() {
    let other = |event: &str, action: Option<&str>| {
        Ok(Delivery::Other { event: event.into(), action: action.map(str::to_owned) })
    };
    assert_eq!(parse("dreams", b"{}"), other("dreams", None));
    assert_eq!(parse("check_run", br#"{"action":"pondered"}"#), other("check_run", Some("pondered")));
}

#[test]
fn a_truncated_body_says_what_to_check() {
    let body = recording("pull_request/opened.payload.json");
    let error = parse("pull_request", &body[..body.len() / 2]).unwrap_err().to_string();
    assert!(error.starts_with("the webhook's body is not JSON (EOF while parsing"), "{error}");
    assert!(error.ends_with("); set the webhook's content type to application/json"), "{error}");
    assert!(matches!(parse("ping", b"payload=%7B%7D"), Err(PayloadError::NotJson { .. })));
}

#[test]
fn a_body_that_does_not_fit_its_event_names_the_event_and_the_field() {
    let error = parse("pull_request", &recording("ping/payload.json")).unwrap_err();
    assert!(matches!(&error, PayloadError::DoesNotFit { event, .. } if event == "pull_request"), "{error}");
    assert!(error.to_string().contains("missing field"), "{error}");
    let click = parse("check_run", br#"{"action":"requested_action"}"#).unwrap_err();
    assert!(matches!(click, PayloadError::DoesNotFit { .. }));
}

/// Actions of `pull_request` that no reading would see.
const UNUSED: [&str; 8] = [
    "assigned",
    "unassigned",
    "labeled",
    "unlabeled",
    "locked",
    "unlocked",
    "review_requested",
    "review_request_removed",
];

/// The class is used to leave bodies unread: nothing that is used may lack one.
#[test]
fn what_has_no_class_has_no_consequence() {
    for event in std::fs::read_dir(recordings()).expect("recordings").flatten().filter(|it| it.path().is_dir()) {
        let name = event.file_name().into_string().expect("a name");
        for file in std::fs::read_dir(event.path()).expect("recordings").flatten() {
            let body = std::fs::read(file.path()).expect("a recording");
            let value: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            let delivery = parse(&name, &body).expect("it is accepted");
            let of_use = match &delivery {
                Delivery::Other { .. } | Delivery::Ping => false,
                Delivery::PullRequest { action, .. } => !UNUSED.contains(&action.as_str()),
                _ => true,
            };
            let class = class(&name, value["action"].as_str());
            assert_eq!(class.is_some(), of_use, "{}", file.path().display());
            let is_fact = matches!(
                delivery,
                Delivery::CheckRunRequestedAction { .. }
                    | Delivery::CheckRunRerequested { .. }
                    | Delivery::CheckSuiteRerequested { .. }
                    | Delivery::Comment { .. }
            );
            assert_eq!(class == Some(Class::Decision), is_fact, "{}", file.path().display());
        }
    }
}
