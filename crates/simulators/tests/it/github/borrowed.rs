//! A repository over objects that lie elsewhere, behind a path that only its owner knows.

use crate::{
    github::git::git,
    github::support::{Receiver, Stage},
};
use environment::Environment;
use simulators::github::{
    Options, Simulator,
    control::{BorrowedRepository, BranchPull, Client, ClientError, Command, PullName, Role},
};
use std::{collections::BTreeMap, path::Path};

/// Three commits on `main`, of which the last two are proposed.
async fn somewhere(folder: &Path) -> Vec<String> {
    git(folder, None, &["init", "-q", "--initial-branch=main"]).await;
    let mut shas = Vec::new();
    for text in ["one\n", "two\n", "three\n"] {
        std::fs::write(folder.join("file"), text).unwrap();
        git(folder, None, &["add", "file"]).await;
        let identity = ["-c", "user.name=Dana", "-c", "user.email=dana@example.org"];
        git(folder, None, &[&identity[..], &["commit", "-q", "-m", text.trim()]].concat()).await;
        let head = git(folder, None, &["rev-parse", "HEAD"]).await;
        shas.push(String::from_utf8(head.stdout).unwrap().trim().to_owned());
    }
    shas
}

fn borrowed(objects: &Path, shas: &[String]) -> BorrowedRepository {
    BorrowedRepository {
        owner: "local".into(),
        name: "shop".into(),
        objects: vec![objects.to_owned()],
        shallow: vec![shas[0].clone()],
        branches: BTreeMap::from([("main".into(), shas[0].clone()), ("work".into(), shas[2].clone())]),
        roles: BTreeMap::from([("you".into(), Role::Admin)]),
    }
}

fn pull() -> Command {
    let (repository, title, author) = ("local/shop".into(), "Count to three".into(), "you".into());
    let pull = BranchPull { repository, number: 81, title, author, head_ref: "work".into(), base_ref: "main".into() };
    Command::OpenBranchPull(pull)
}

fn objects_in(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name != "info" && name != "pack").count()
}

#[tokio::test]
async fn a_borrowed_repository_has_a_pull_request_and_copies_nothing() {
    let (stage, mine) = (Stage::empty().await, tempfile::tempdir().unwrap());
    // A name that a line of git's own file could trip over.
    let place = mine.path().join("a \"b\" \u{e9}");
    std::fs::create_dir(&place).unwrap();
    let shas = somewhere(&place).await;
    let new = borrowed(&place.join(".git/objects"), &shas);
    let made = stage.control.run(&Command::BorrowRepository(new.clone())).await.unwrap();
    assert_eq!(stage.control.run(&pull()).await.unwrap().sha, shas[2]);
    let again = stage.control.run(&Command::BorrowRepository(new)).await.unwrap();
    assert_eq!((again.id, again.installation), (made.id, made.installation), "it is the same repository");
    let snapshot = stage.control.pull(&PullName::new("local/shop", 81)).await.unwrap().unwrap();
    assert_eq!((snapshot.head_sha, snapshot.base_sha), (shas[2].clone(), shas[0].clone()));
    let shown = stage.arrival("pull_request.opened").await.json();
    assert_eq!((&shown["pull_request"]["commits"], &shown["pull_request"]["additions"]), (&2.into(), &1.into()));
    assert_eq!(objects_in(&stage.folder.path().join("repos/local/shop.git/objects")), 0);
    stage.call("GET", "/repos/local/shop", "", None).await.expect(404);
}

#[tokio::test]
async fn commits_that_are_not_there_make_no_branch() {
    let (stage, mine) = (Stage::empty().await, tempfile::tempdir().unwrap());
    let mut shas = somewhere(mine.path()).await;
    shas[2] = "0".repeat(40);
    let refused =
        stage.control.run(&Command::BorrowRepository(borrowed(&mine.path().join(".git/objects"), &shas))).await;
    assert!(matches!(refused, Err(ClientError::Refused(why)) if why.starts_with("there is no commit 0000")));
}

#[tokio::test]
async fn a_stand_in_with_a_secret_segment_answers_nobody_else() {
    let (environment, folder) = (Environment::real(), tempfile::tempdir().unwrap());
    let receiver = Receiver::start(&environment).await;
    let mut options = Options::new(folder.path());
    (options.webhook_url, options.secret_segment) = (Some(receiver.url.clone()), Some("s3cret".into()));
    let simulator = Simulator::start(environment, options).await.unwrap();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let origin = format!("http://{}", simulator.addr());
    assert_eq!(simulator.url(), format!("{origin}/s3cret"));
    for path in ["/", "/rate_limit", "/_sim/deliveries", "/app", "/s3cre/app", "/guess1/app", "/s3crets/app", "/s3cret"]
    {
        assert_eq!(http.get(format!("{origin}{path}")).send().await.unwrap().status(), 404, "{path}");
    }
    let control = Client::new(simulator.url()).unwrap();
    assert!(control.deliveries().await.is_ok());
    assert_eq!(http.get(format!("{}/app", simulator.url())).send().await.unwrap().status(), 401);
    assert_eq!(http.get(format!("{}/api/v3/app", simulator.url())).send().await.unwrap().status(), 401);
}
