//! A public pull request, read and fetched without a token.

use super::{
    choose::{Change, failed, measured},
    objects::Objects,
    pull_url::PullUrl,
    repository::Tip,
};
use crate::cli::{Failure, printable};
use environment::Environment;
use reqwest::StatusCode;
use serde::Deserialize;
use std::{path::Path, time::Duration};

/// Bytes of an answer: a pull request with the longest description has some 100 KiB.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// From the question to the whole answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// Commits fetched of each end, in steps, as a worker does.
const DEPTHS: [&str; 5] = ["--depth=50", "--depth=200", "--depth=800", "--depth=3200", "--unshallow"];
/// One fetch.
const FETCH_TIME_MAX: Duration = Duration::from_secs(10 * 60);
/// Bytes that are fetched of a repository.
const FETCH_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Between two looks at what has arrived.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Deserialize)]
struct PullRequest {
    title: String,
    head: Side,
    base: Side,
}

#[derive(Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
}

/// The change that a pull request proposes, and the tip of its base.
#[derive(Debug)]
pub struct Fetched {
    /// The change.
    pub change: Change,
    /// The tip of its base: the repository's configuration is read there.
    pub main: String,
    /// Where the history that was fetched ends.
    pub shallow: Vec<String>,
}

/// Reads and fetches it into `objects`.
///
/// # Errors
/// A sentence.
pub async fn fetch(
    environment: &Environment,
    url: &PullUrl,
    objects: &Objects,
    home: &Path,
) -> Result<Fetched, Failure> {
    let pull = read(environment, url).await?;
    for side in [&pull.head, &pull.base] {
        if side.sha.len() != 40 || !side.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Failure::new("what answers there is not GitHub: it names a commit that cannot be one"));
        }
    }
    let from = commits(environment, url, objects, home, &pull).await?;
    let tip = |name: String, sha: &str| Tip { name, sha: sha.to_owned(), follow: sha.to_owned() };
    let (head, base) = (tip(url.title(), &pull.head.sha), tip(pull.base.name.clone(), &pull.base.sha));
    let change = Change { title: pull.title, ..measured(&objects.git, head, base, from).await? };
    let shallow = std::fs::read_to_string(objects.dir.join("shallow")).unwrap_or_default();
    Ok(Fetched { change, main: pull.base.sha, shallow: shallow.lines().map(str::to_owned).collect() })
}

async fn read(environment: &Environment, url: &PullUrl) -> Result<PullRequest, Failure> {
    let client = crate::http::client().map_err(failed)?;
    let call = client
        .get(url.api())
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28");
    let exchange = async {
        let mut answer = call.send().await?;
        let (status, headers, mut bytes) = (answer.status(), answer.headers().clone(), Vec::new());
        while let Some(chunk) = answer.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                break;
            }
        }
        Ok::<_, reqwest::Error>((status, headers, bytes))
    };
    let away = || Failure::new(format!("`{}` cannot be reached", url.api()));
    let (status, headers, bytes) =
        environment.timeout(ANSWER_TIME_MAX, exchange).await.ok().and_then(Result::ok).ok_or_else(away)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match status {
        StatusCode::OK => serde_json::from_slice(&bytes)
            .map_err(|_| Failure::new(format!("what answers at `{}` is not GitHub", url.api()))),
        StatusCode::NOT_FOUND => Err(Failure::new(format!("there is no public pull request {}", url.title()))
            .hint("of a private one", "fetch it into a clone, and longshore try PATH --head BRANCH")),
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS if header("x-ratelimit-remaining") == Some("0") => {
            let reset = header("x-ratelimit-reset").and_then(|seconds| seconds.parse::<u64>().ok());
            let until =
                reset.map_or_else(String::new, |seconds| format!(" until {}", crate::words::time(seconds * 1000)));
            Err(Failure::new(format!("GitHub answers no more calls without a token from this address{until}")).hint(
                "without a call",
                format!("git fetch origin pull/{0}/head:pr-{0} && longshore try . --head pr-{0}", url.number),
            ))
        }
        moved if moved.is_redirection() => {
            Err(Failure::new(format!("{} has moved, and redirects are not followed; say its new address", url.title())))
        }
        other => Err(Failure::new(format!("GitHub answers {} for {}; try again later", other.as_u16(), url.title()))),
    }
}

/// Fetches head and base, and as much history as it takes to find where they part.
async fn commits(
    environment: &Environment,
    url: &PullUrl,
    objects: &Objects,
    home: &Path,
    pull: &PullRequest,
) -> Result<String, Failure> {
    // No home of the user's: git would send a password that it finds in their `.netrc`.
    let git = objects.git.clone().protocols("https:http").variable("HOME", home).time_max(FETCH_TIME_MAX);
    let (address, head, base) = (url.git(), &pull.head.sha, &pull.base.sha);
    for depth in DEPTHS {
        let flags =
            ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance"];
        let wants = [format!("{head}:refs/try/head"), format!("{base}:refs/try/base")];
        let arguments = ["fetch"].into_iter().chain(flags).chain(["--force", depth, "--", &address]);
        let arguments: Vec<&str> = arguments.chain(wants.iter().map(String::as_str)).collect();
        tokio::select! {
            done = git.text(&arguments) => {
                done.map_err(|error| Failure::new(format!("the commits of {} cannot be fetched: {}", url.title(), printable(&error.to_string()))))?;
            }
            () = too_large(environment, &objects.dir) => {
                let most = FETCH_BYTES_MAX / 1024 / 1024 / 1024;
                return Err(Failure::new(format!("{} needs more than {most} GiB; clone it, and review the clone", url.title())));
            }
        }
        if let Some(found) = git.ask(["merge-base", base, head]).await.map_err(failed)? {
            return Ok(found);
        }
        if !objects.dir.join("shallow").exists() {
            break;
        }
    }
    Err(Failure::new(format!("{} and its base have no commit in common", url.title())))
}

/// Completes when what has arrived is too much.
async fn too_large(environment: &Environment, dir: &Path) {
    loop {
        let packs = std::fs::read_dir(dir.join("objects/pack")).into_iter().flatten().flatten();
        let bytes: u64 = packs.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum();
        if bytes > FETCH_BYTES_MAX {
            return;
        }
        environment.sleep(LOOK).await;
    }
}
