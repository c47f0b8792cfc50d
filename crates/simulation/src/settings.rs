//! What the operator configured, beside the faults the other thing that differs from seed to seed.

use crate::{
    chance::Chance,
    production::{PRIVATE_KEY, WEBHOOK_SECRET},
    profile::Profile,
};

const HOUR_MS: u64 = 3_600_000;

/// What differs from seed to seed beside the faults.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub config: String,
    /// It takes `maintain` to decide.
    pub maintain: bool,
    /// What the janitor waits.
    pub grace_ms: u64,
    /// Between two of its passes.
    pub pass_ms: u64,
    pub retention_ms: u64,
    pub refresh_ms: u64,
}

impl Settings {
    /// What the operator configured: another in each seed.
    pub(crate) fn drawn(chance: &mut Chance, profile: Profile) -> Self {
        let mut one = |of: &[&'static str]| chance.pick(of).copied().unwrap_or_default();
        let (supersede, gate) = (one(&["supersede", "finish"]), one(&["advisory", "required"]));
        let decide = one(&["write", "write", "maintain"]);
        let days = one(&["", "", "", "", "", "days"]) == "days";
        let (retention, grace, schedule) = match (days, one(&["0s", "1h", "3h"])) {
            (true, _) => ("24h", "24h", "0 0 3 * * *"),
            (false, retention) => (retention, "3h", "0 0 * * * *"),
        };
        let (deadline, nudge) = (one(&["8h", "48h"]), one(&["1h", "6h"]));
        let (refresh, catch_up, running) = (one(&["2h", "6h"]), one(&["5m", "30m", "2h"]), one(profile.running()));
        let (drafts, forks) = (one(&["false", "true"]), one(&["false", "true"]));
        let hours = |text: &str| text.trim_end_matches(['h', 's']).parse::<u64>().unwrap_or(0) * HOUR_MS;
        let config = format!(
            "[github]\napp_id = 7\nprivate_key = \"{PRIVATE_KEY}\"\nwebhook_secret = \"{WEBHOOK_SECRET}\"\n\
             api_url = \"https://github.test\"\ncatch_up_every = \"{catch_up}\"\nallowed_owners = [\"acme\"]\n\
             [machines]\nmax_running = {running}\n\
             [review]\ndrafts = {drafts}\nforks = {forks}\nsupersede = \"{supersede}\"\ngate = \"{gate}\"\ndecide = \"{decide}\"\n\
             decision_deadline = \"{deadline}\"\nnudge_after = \"{nudge}\"\nrefresh = \"{refresh}\"\n\
             [volumes]\nretention = \"{retention}\"\n[janitor]\nshare_max = 100\ngrace = \"{grace}\"\nschedule = \"{schedule}\"\n"
        );
        Self {
            config,
            maintain: decide == "maintain",
            grace_ms: hours(grace),
            pass_ms: if days { 24 * HOUR_MS } else { HOUR_MS },
            retention_ms: hours(retention),
            refresh_ms: hours(refresh),
        }
    }
}
