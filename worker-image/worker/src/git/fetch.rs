//! Head and base, and as much history as it takes to find where they part.

use super::{Call, Error, Git, is_object_id};
use crate::{secret::Secret, supervisor::Backoff};
use environment::Timestamp;
use std::time::Duration;

/// Commits fetched of each end, in steps; a pull request rarely has 50 commits or lies further back.
const DEPTHS: [&str; 4] = ["--depth=50", "--depth=200", "--depth=800", "--depth=3200"];
/// One fetch; the gateway bounds its bytes.
const FETCH_TIME_MAX: Duration = Duration::from_secs(10 * 60);

/// Where to fetch what from.
#[derive(Debug)]
pub(crate) struct Ends<'a> {
    /// URL of the gateway.
    pub(crate) url: &'a str,
    pub(crate) credential: &'a Secret,
    pub(crate) head: &'a str,
    pub(crate) base: &'a str,
    /// How long a gateway that does not answer is waited for.
    pub(crate) patience: Duration,
}

/// What is here now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fetched {
    /// Where head and base part; none if they have no history in common.
    pub(crate) merge_base: Option<String>,
}

/// Fetches head and base and deepens until their merge base is there, or all history is.
pub(crate) async fn fetch(git: &Git, ends: &Ends<'_>) -> Result<Fetched, Error> {
    for depth in DEPTHS {
        fetch_patiently(git, ends, depth).await?;
        let merge_base = merge_base(git, ends).await?;
        if merge_base.is_some() || !is_shallow(git) {
            return Ok(Fetched { merge_base });
        }
    }
    fetch_patiently(git, ends, "--unshallow").await?;
    Ok(Fetched { merge_base: merge_base(git, ends).await? })
}

/// As [`fetch_once`], again and again while the gateway is away.
async fn fetch_patiently(git: &Git, ends: &Ends<'_>, depth: &str) -> Result<(), Error> {
    let began: Timestamp = git.environment.now();
    let mut backoff = Backoff::new();
    loop {
        match fetch_once(git, ends, depth).await {
            Err(error) if may_pass(&error) && git.environment.now().since(began) < ends.patience => {
                tracing::warn!("{error}; trying again");
                backoff.pause(&git.environment).await;
            }
            done => return done,
        }
    }
}

async fn fetch_once(git: &Git, ends: &Ends<'_>, depth: &str) -> Result<(), Error> {
    let call = Call::new([
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        "--force",
        depth,
        ends.url,
        &format!("{}:refs/longshore/head", ends.head),
        &format!("{}:refs/longshore/base", ends.base),
    ]);
    let header = format!("Authorization: Bearer {}", ends.credential.expose());
    git.call(call.config("http.extraHeader", header).time_max(FETCH_TIME_MAX)).await.map(|_| ())
}

/// Whether another try can help. Git has no codes for this; with `LC_ALL=C` its words are stable.
fn may_pass(error: &Error) -> bool {
    /// The gateway was reached and said no, or said what will not change.
    const FOR_GOOD: [&str; 6] = [
        "returned error: 4",
        "Authentication failed",
        "could not read Username",
        "not our ref",
        "unadvertised object",
        "couldn't find remote ref",
    ];
    match error {
        Error::Failed { complaint, .. } => {
            complaint.contains("returned error: 429") || !FOR_GOOD.iter().any(|words| complaint.contains(words))
        }
        _ => false,
    }
}

async fn merge_base(git: &Git, ends: &Ends<'_>) -> Result<Option<String>, Error> {
    match git.call(Call::new(["merge-base", ends.base, ends.head])).await {
        Ok(out) => {
            let id = String::from_utf8_lossy(&out).trim().to_owned();
            if is_object_id(&id) { Ok(Some(id)) } else { Err(Error::Answer("merge-base")) }
        }
        Err(Error::Failed { code: Some(1), .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_shallow(git: &Git) -> bool {
    git.git_dir.join("shallow").exists()
}
