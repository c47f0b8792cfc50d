//! GitHub: whether it answers, whether it knows the App by its key, and whether our clocks agree.

use super::{Finding, LOOK_MAX, State};
use crate::{config::Config, http, serve};
use environment::{Environment, Timestamp};
use github::Error;
use std::time::Duration;

/// GitHub refuses an App's token that is made in its future, or more than ten minutes before its end; ours are made a minute back.
const CLOCKS_APART_MAX: Duration = Duration::from_secs(45);

pub(super) async fn look(environment: &Environment, config: &Config) -> (Finding, Option<Finding>) {
    let clock = clock(environment, &config.github.api_url).await;
    (Finding::of("github", app(environment, config).await), clock)
}

async fn app(environment: &Environment, config: &Config) -> Result<String, String> {
    let url = &config.github.api_url;
    let app = serve::app(environment, config).map_err(|error| error.to_string())?;
    let asked = environment.timeout(LOOK_MAX, app.whoami()).await;
    match asked {
        Ok(Ok(identity)) => Ok(format!("the App is `{}`", identity.slug)),
        Ok(Err(error)) => Err(words(&error, url)),
        Err(_) => Err(format!("`{url}` does not answer: check `github.api_url` and the way there")),
    }
}

pub(super) fn words(error: &Error, url: &str) -> String {
    match error {
        Error::NoAccess { .. } | Error::Permanent { status: Some(401 | 403 | 404), .. } => {
            "GitHub does not know this App by this key: check `github.app_id` and `github.private_key`, and the clock"
                .into()
        }
        other => format!("`{url}` cannot be asked: check `github.api_url` and the way there ({other})"),
    }
}

/// By the date of any answer; none if there is no answer, which the App's own question tells.
async fn clock(environment: &Environment, url: &str) -> Option<Finding> {
    let call = http::client().ok()?.get(url).send();
    let answer = environment.timeout(LOOK_MAX, call).await.ok()?.ok()?;
    let date = answer.headers().get(reqwest::header::DATE)?.to_str().ok()?.to_owned();
    let theirs = jiff::fmt::rfc2822::parse(&date).ok()?.timestamp().as_millisecond();
    Some(compared(environment.now(), Timestamp::from_millis(u64::try_from(theirs).ok()?)))
}

pub(super) fn compared(ours: Timestamp, theirs: Timestamp) -> Finding {
    let (ahead, behind) = (ours.since(theirs), theirs.since(ours));
    let apart = ahead.max(behind);
    if apart <= CLOCKS_APART_MAX {
        return Finding::new("clock", State::Ok, "it agrees with GitHub's");
    }
    let which = if ahead > behind { "ahead of" } else { "behind" };
    let sentence = format!(
        "it is {} {which} GitHub's, which then refuses the App's tokens: let the system keep the time (NTP)",
        volumes::in_words(apart)
    );
    Finding::new("clock", State::Broken, sentence)
}
