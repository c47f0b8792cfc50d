use super::Runner;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// How a stand-in for Fly is set up.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The one bearer token that is let in.
    pub token: String,
    /// Slug of the one organisation.
    pub org: String,
    /// Regions there are. The first is the one that is taken where a call names none.
    pub regions: Vec<String>,
    /// Hosts in each region; volumes and machines are spread over them in turn.
    pub hosts_per_region: u32,
    /// Folder in which the world is kept between two lives; none: it is gone with the process.
    pub data: Option<PathBuf>,
    /// What runs the machines' programs; none: machines are states only.
    pub runner: Option<Arc<dyn Runner>>,
    /// Fly's published rate limits hold: one call a second for each action and machine or app.
    pub rate_limits: bool,
    /// How long things take at first; [`Command::SetTimings`](super::control::Command::SetTimings) changes it.
    pub timings: Timings,
    /// Faults that hit by chance hit the same calls again for the same seed and order of calls.
    pub seed: u64,
}

/// How long things take, in milliseconds of the stand-in's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// From the creation to the start: the image is pulled.
    pub create_ms: u64,
    /// From a start to `started`.
    pub start_ms: u64,
    /// From a stop to the end of the program.
    pub stop_ms: u64,
    /// From `destroying` to `destroyed`.
    pub destroy_ms: u64,
    /// So long after a creation or a stop a start is refused with 412.
    pub settle_ms: u64,
    /// So long a volume stays claimed by a machine that is destroyed.
    pub claim_ms: u64,
    /// The lingering claim names no machine: fourteen NUL bytes stand in its place, as was once seen.
    pub claim_is_nameless: bool,
    /// So long lists lag behind what is true.
    pub list_lag_ms: u64,
    /// So long a volume that was deleted is still shown, in `pending_destroy`. Fly documents a day.
    pub pending_destroy_ms: u64,
    /// So long a destroyed machine is still found by its id. Not documented; it is found for a while.
    pub destroyed_kept_ms: u64,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            create_ms: 0,
            start_ms: 0,
            stop_ms: 0,
            destroy_ms: 0,
            settle_ms: 0,
            claim_ms: 0,
            claim_is_nameless: false,
            list_lag_ms: 0,
            pending_destroy_ms: 24 * 3_600_000,
            destroyed_kept_ms: 24 * 3_600_000,
        }
    }
}

impl Options {
    /// Loopback, a free port, in memory, machines as states, the published limits, everything at once.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            token: token.into(),
            org: "personal".into(),
            regions: ["iad", "lhr", "fra"].map(str::to_owned).into(),
            hosts_per_region: 4,
            data: None,
            runner: None,
            rate_limits: true,
            timings: Timings::default(),
            seed: 0,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("org", &self.org)
            .field("regions", &self.regions)
            .field("data", &self.data)
            .field("runs", &self.runner.is_some())
            .field("rate_limits", &self.rate_limits)
            .field("timings", &self.timings)
            .finish_non_exhaustive()
    }
}
