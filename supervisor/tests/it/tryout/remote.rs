//! A public pull request on a server, without a token; the stand-in is the server.

use super::repository::{Mine, Said};
use environment::Environment;
use simulators::github::{
    Options, RunningSimulator, Simulator,
    control::{Client, Command, NewPull, NewRepository},
    fixtures::demo_fixture,
};

struct Server {
    mine: Mine,
    _simulator: RunningSimulator,
    client: Client,
    url: String,
}

impl Server {
    async fn with(private: bool, fork: Option<&str>) -> Self {
        let mine = Mine::new(&[("README.md", "# Shop\n")]);
        let options = Options::new(mine.path().join("github"));
        let simulator = Simulator::start(Environment::real(), options).await.expect("it starts");
        let client = Client::new(simulator.url()).expect("a client");
        let fixture = demo_fixture();
        client.create_repository(NewRepository { private, ..fixture.repository }).await.expect("a repository");
        let fork_owner = fork.map(str::to_owned);
        client.open_pull(NewPull { fork_owner, ..fixture.pull }).await.expect("a pull request");
        let url = simulator.url();
        Self { mine, _simulator: simulator, client, url }
    }

    async fn tries(&self, path: &str, words: &[&str]) -> Said {
        let target = format!("{}/{path}", self.url);
        let all: Vec<&str> =
            [target.as_str(), "--github-url", &self.url].into_iter().chain(words.iter().copied()).collect();
        let output = tokio::process::Command::from(self.mine.command(&all)).output().await.expect("the program runs");
        Said::of(&output)
    }
}

#[tokio::test]
async fn a_public_pull_request_is_reviewed_and_nothing_is_kept() {
    for fork in [None, Some("stranger")] {
        let server = Server::with(false, fork).await;
        let said = server.tries("acme/shop/pull/7", &["--json"]).await;
        assert_eq!(said.code, Some(0), "{}", said.err);
        let mut rules = said.found();
        rules.sort();
        let expected = [
            "debug-calls src/upload.rs",
            "hidden-text src/auth.rs",
            "json-parses config/limits.json",
            "tests-removed tests/upload.rs",
        ];
        assert_eq!(rules, expected);
        let told = said.json();
        assert_eq!((&told["status"], &told["request"]), (&"findings".into(), &serde_json::Value::Null));
        assert_eq!(
            (&told["subject"]["head"]["name"], &told["subject"]["base"]["name"]),
            (&"acme/shop#7".into(), &"main".into())
        );
        assert!(told["patch"]["diff"].as_str().expect("a patch").contains("-    dbg!"));
        assert!(server.mine.kept().is_empty());
        let written = server.client.effects().await.expect("effects");
        assert!(written.is_empty(), "nothing is written on a server: {written:?}");
    }
}

#[tokio::test]
async fn a_private_one_and_a_missing_one_look_the_same() {
    let server = Server::with(true, None).await;
    for (path, title) in [("acme/shop/pull/7", "acme/shop#7"), ("acme/none/pull/1/files", "acme/none#1")] {
        let said = server.tries(path, &[]).await;
        let expected = format!(
            "error: there is no public pull request {title}\n\n\
             hint: of a private one   fetch it into a clone, and longshore try PATH --head BRANCH\n"
        );
        assert_eq!((said.code, said.err), (Some(1), expected));
    }
    assert!(server.mine.kept().is_empty());
}

#[tokio::test]
async fn the_limit_of_calls_without_a_token_is_told_with_a_way_around_it() {
    let server = Server::with(false, None).await;
    server.client.run(&Command::SetRateLimit { remaining: Some(0) }).await.expect("a limit");
    let said = server.tries("acme/shop/pull/7", &[]).await;
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.starts_with("error: GitHub answers no more calls without a token from this address until 20"),
        "{}",
        said.err
    );
    let end = "hint: without a call   git fetch origin pull/7/head:pr-7 && longshore try . --head pr-7\n";
    assert!(said.err.ends_with(end), "{}", said.err);
}

#[tokio::test]
async fn a_repository_that_moved_is_not_followed() {
    let server = Server::with(false, None).await;
    let rename = Command::Rename { repository: "acme/shop".into(), name: "store".into(), by: "maintainer".into() };
    server.client.run(&rename).await.expect("it is renamed");
    let said = server.tries("acme/shop/pull/7", &[]).await;
    let expected = "error: acme/shop#7 has moved, and redirects are not followed; say its new address\n";
    assert_eq!((said.code, said.err.as_str()), (Some(1), expected));
}

#[test]
fn an_address_that_cannot_be_reviewed_is_usage() {
    let mine = Mine::with_a_defect();
    let url = "https://github.com/acme/shop/pull/7";
    for (words, sentence) in [
        (
            &["https://github.com/acme/shop"][..],
            "error: `https://github.com/acme/shop` is not the address of a pull request\n",
        ),
        (&["http://127.0.0.1:9/acme/shop/pull/7"], "error: `http://127.0.0.1:9` is not a GitHub that is known here\n"),
        (
            &[url, "--head", "x"],
            "error: `--approve`, `--reject`, `--base`, `--head` and `--worktree` are for a repository of yours\n",
        ),
        (
            &[url, "--agent", "/bin/true"],
            "error: only `rules` reads what somebody else wrote: a command would run on it without isolation\n",
        ),
    ] {
        let said = mine.tries(words);
        assert_eq!(said.code, Some(2), "{}", said.err);
        assert!(said.err.starts_with(sentence), "{}", said.err);
    }
}
