use super::*;
use crate::config::Variables;
use environment::Timestamp;
use std::path::Path;

/// A free port: nobody answers there.
const NOBODY: &str = "http://127.0.0.1:1";

fn config(folder: &Path, more: &str) -> Config {
    let text = format!(
        "server.data = \"{}\"\ngithub.api_url = \"{NOBODY}\"\ngithub.app_id = 7\ngithub.webhook_secret = \"s\"\n\
         github.allowed_owners = [\"acme\"]\ngithub.private_key = '''{}'''\n{more}",
        folder.display(),
        simulators::github::test_key::APP_PRIVATE_KEY_PEM
    );
    Config::from_text(&text, "test", &Variables::default()).unwrap()
}

fn private_folder() -> tempfile::TempDir {
    // As `tempfile` makes it: for its owner alone.
    tempfile::tempdir().unwrap()
}

fn of<'a>(findings: &'a [Finding], what: &str) -> (State, &'a str) {
    let finding = findings.iter().find(|finding| finding.what == what).unwrap();
    (finding.state, &finding.sentence)
}

#[tokio::test]
async fn everything_is_looked_at_and_what_is_broken_says_what_to_do() {
    let folder = private_folder();
    let findings = look(&Environment::real(), &config(folder.path(), "")).await;
    let whats: Vec<_> = findings.iter().map(|finding| finding.what).collect();
    assert_eq!(whats, ["configuration", "data", "database", "github", "machines"], "no clock without an answer");
    assert_eq!(of(&findings, "configuration"), (State::Ok, "it can be read, and names somebody to serve"));
    let database =
        format!("SQLite, `{}/longshore.db`: it is empty; `longshore serve` makes its tables", folder.path().display());
    assert_eq!(of(&findings, "database"), (State::Ok, database.as_str()));
    assert!(!folder.path().join("longshore.db").exists(), "a look makes nothing");
    let (state, sentence) = of(&findings, "github");
    assert_eq!(state, State::Broken);
    assert!(
        sentence
            .starts_with("`http://127.0.0.1:1` cannot be asked: check `github.api_url` and the way there (GitHub: "),
        "{sentence}"
    );
    let (state, sentence) = of(&findings, "machines");
    assert_eq!(state, State::Ok, "{sentence}");
    assert!(sentence.starts_with("machines are processes: contained, not isolated"), "{sentence}");
}

#[tokio::test]
async fn what_is_configured_wrongly_is_told_where_it_is_wrong() {
    let folder = private_folder();
    let wrong = [
        "database.url = \"postgres://nobody@127.0.0.1:1/longshore\"",
        "machines.backend = \"docker\"",
        "machines.docker = \"unix:///nonexistent/daemon.sock\"",
    ];
    let findings = look(&Environment::real(), &config(folder.path(), &wrong.join("\n"))).await;
    let (state, sentence) = of(&findings, "database");
    assert_eq!(state, State::Broken);
    assert!(sentence.starts_with("cannot reach "), "{sentence}");
    let (state, sentence) = of(&findings, "machines");
    assert_eq!(state, State::Broken);
    assert!(sentence.contains("/nonexistent/daemon.sock"), "{sentence}");
    let nobody = look(&Environment::real(), &config(folder.path(), "github.allowed_repositories = []")).await;
    assert_eq!(of(&nobody, "configuration").0, State::Ok, "an owner is named");
}

/// What `doctor` says of the machines, and what keeps `serve` from starting, or is its notice in the log.
async fn of_machines(config: &Config) -> (String, String) {
    let environment = Environment::real();
    let findings = look(&environment, config).await;
    let (state, sentence) = of(&findings, "machines");
    assert_eq!(state, State::Broken, "{sentence}");
    let served = match crate::backend::machines(&environment, config).await {
        Ok((_, notices)) => notices.into_iter().next().unwrap(),
        Err(refused) => refused,
    };
    (sentence.to_owned(), served)
}

#[tokio::test]
async fn a_docker_daemon_that_is_down_or_nowhere_is_told_in_the_words_of_the_log() {
    let folder = private_folder();
    let socket = folder.path().join("docker.sock");
    let address = format!("unix://{}", socket.display());
    let docker = config(folder.path(), &format!("[machines]\nbackend = \"docker\"\ndocker = \"{address}\""));
    let later = |sentence: String| (sentence.clone(), format!("no machine can start yet: {sentence}"));
    let nowhere =
        format!("there is no Docker daemon at `{address}`: start it, or say in `machines.docker` where it listens");
    assert_eq!(of_machines(&docker).await, later(nowhere));
    // The socket of a daemon that ended stays.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert_eq!(of_machines(&docker).await, later(format!("the Docker daemon at `{address}` is down: start it")));
}

fn on_fly(folder: &Path, url: &str, more: &str) -> Config {
    let machines = format!(
        "server.machine_url = \"https://longshore.example\"\n[machines]\nbackend = \"fly\"\n\
         fly_api_url = \"{url}\"\nfly_logs_url = \"{url}\"\nfly_app = \"workers\"\n\
         image = \"registry.fly.io/workers:1\"\nregion = [\"iad\"]\n{more}"
    );
    config(folder, &machines)
}

/// A start makes the app and its policy; a look says so and makes neither.
#[tokio::test]
async fn doctor_makes_nothing_on_fly() {
    let (folder, environment) = (private_folder(), Environment::real());
    let fly = simulators::fly::FlySimulator::start(environment.clone(), simulators::fly::Options::new("right"));
    let fly = fly.await.unwrap();
    let fly_config = on_fly(folder.path(), &fly.url(), "fly_token = \"right\"\nfly_org = \"personal\"");
    let control = simulators::fly::control::Client::new(fly.url()).unwrap();
    control.run(&simulators::fly::control::Command::SetRateLimits { hold: false }).await.unwrap();
    let words = "machines are Fly Machines of the app `workers` in iad";
    let said = async |config: &Config| {
        let findings = look(&environment, config).await;
        let (state, sentence) = of(&findings, "machines");
        assert_eq!(state, State::Ok, "{sentence}");
        sentence.to_owned()
    };
    let not_yet = format!("{words}; the app `workers` is not there yet: `longshore serve` makes it");
    assert_eq!(said(&fly_config).await, not_yet);
    assert_eq!(control.truth().await.unwrap().apps, Vec::<String>::new());
    crate::backend::machines(&environment, &fly_config).await.unwrap();
    assert_eq!(control.truth().await.unwrap().apps, ["workers"]);
    assert_eq!(said(&fly_config).await, words);
}

#[tokio::test]
async fn a_fly_token_that_is_wrong_and_an_app_that_is_missing_are_told_in_the_words_of_the_log() {
    let folder = private_folder();
    let fly = simulators::fly::FlySimulator::start(Environment::real(), simulators::fly::Options::new("right"));
    let fly = fly.await.unwrap();
    let with_token = |token: &str| on_fly(folder.path(), &fly.url(), &format!("fly_token = \"{token}\""));
    // Each call has an id of its own.
    let without_id = |said: String| said.split(", request ").next().unwrap().to_owned();
    let (told, served) = of_machines(&with_token("expired")).await;
    let wrong = "Fly does not accept the token: make one with `fly tokens create`, and set `machines.fly_token`: unauthorized \
                 (401";
    assert_eq!((without_id(told).as_str(), without_id(served).as_str()), (wrong, wrong));
    let (told, served) = of_machines(&with_token("right")).await;
    let missing = "there is no Fly app `workers`: make it with `fly apps create workers --network workers`, or set \
                   `machines.fly_org`";
    assert_eq!((told.as_str(), served.as_str()), (missing, missing));
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_told() {
    let folder = private_folder();
    let path = folder.path().join("longshore.db");
    let environment = Environment::real();
    store_sqlite::SqliteStore::open(&path, environment.clone()).await.unwrap().close().await;
    let here = look(&environment, &config(folder.path(), "")).await;
    assert_eq!(of(&here, "database"), (State::Ok, format!("SQLite, `{}`", path.display()).as_str()));
    std::fs::write(&path, "no database at all, whatever its name says").unwrap();
    let damaged = look(&environment, &config(folder.path(), "")).await;
    let (state, sentence) = of(&damaged, "database");
    assert_eq!(state, State::Broken);
    assert!(sentence.starts_with("cannot open `"), "{sentence}");
}

#[test]
fn the_room_on_the_disk_is_told_before_it_is_gone() {
    let room = |mib: u64| {
        let found = disk::room(Path::new("/data"), mib * 1024 * 1024);
        (found.state, found.sentence)
    };
    assert_eq!(room(20 * 1024), (State::Ok, "`/data`, 20 GiB free".to_owned()));
    assert_eq!(room(1023), (State::Warning, "only 1023 MiB are free for `/data`: free space soon".to_owned()));
    let broken = "only 99 MiB are free for `/data`: free space, or commits will fail".to_owned();
    assert_eq!(room(99), (State::Broken, broken));
}

#[test]
fn clocks_that_differ_are_told_with_the_direction() {
    let compared = |ours: u64, theirs: u64| {
        let found = github::compared(Timestamp::from_millis(ours * 1000), Timestamp::from_millis(theirs * 1000));
        (found.state, found.sentence)
    };
    assert_eq!(compared(1000, 1030), (State::Ok, "it agrees with GitHub's".to_owned()));
    let words = |which: &str| {
        format!("it is 5 min {which} GitHub's, which then refuses the App's tokens: let the system keep the time (NTP)")
    };
    assert_eq!(compared(1300, 1000), (State::Broken, words("ahead of")));
    assert_eq!(compared(1000, 1300), (State::Broken, words("behind")));
}

#[test]
fn a_key_that_github_refuses_is_told_from_a_github_that_does_not_answer() {
    let refused = ::github::Error::Permanent { what: "401".into(), status: Some(401) };
    let sentence =
        "GitHub does not know this App by this key: check `github.app_id` and `github.private_key`, and the clock";
    assert_eq!(github::words(&refused, "u"), sentence);
    let away = ::github::Error::Retryable { what: "502".into(), retry_after: None };
    let sentence = "`u` cannot be asked: check `github.api_url` and the way there (GitHub: 502)";
    assert_eq!(github::words(&away, "u"), sentence);
}
