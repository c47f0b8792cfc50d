use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Steps of a machine's past that are kept for lists that lag.
const PAST_MAX: usize = 32;
/// Events that are kept, which is more than a call may ask for.
const EVENTS_MAX: usize = 64;

/// A machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub id: String,
    pub name: String,
    pub app: String,
    pub region: String,
    pub host: String,
    pub state: State,
    /// The version, a ULID.
    pub version: String,
    pub created_at_ms: u64,
    pub updated_at_ms: u64,
    /// As it was given.
    pub config: Value,
    pub volume: Option<String>,
    /// Oldest first.
    pub events: Vec<Event>,
    /// When it came into which state, for lists that lag.
    pub past: Vec<(u64, State)>,
    pub lease: Option<Lease>,
    /// Grows whenever somebody decides what becomes of it; a task that knows a smaller number was overtaken.
    pub life: u64,
    /// How often its program was started.
    pub starts: u32,
    /// How often its restart policy started it again.
    pub retries: u32,
    /// The runner's id of its program; kept after that ended by itself, for its log.
    pub run: Option<String>,
    /// Its program runs, whatever the API shows.
    pub running: bool,
    /// It stays in `created` and nobody says why.
    pub stuck: bool,
    /// It was made without being started (`skip_launch`).
    pub parked: bool,
    /// A start is refused until then.
    pub settles_at_ms: u64,
    /// What programs printed that the runner has forgotten.
    pub log: Vec<String>,
    pub cordoned: bool,
}

impl Machine {
    /// Comes into a state, which is an event.
    pub fn moves(&mut self, now_ms: u64, id: String, kind: &str, state: State, source: &str) -> &mut Event {
        self.state = state;
        self.updated_at_ms = now_ms;
        keep_last(&mut self.past, PAST_MAX);
        self.past.push((now_ms, state));
        keep_last(&mut self.events, EVENTS_MAX);
        let (kind, source) = (kind.to_owned(), source.to_owned());
        self.events.push(Event { id, kind, status: state, source, at_ms: now_ms, request: None });
        let newest = self.events.len() - 1;
        &mut self.events[newest]
    }

    /// The state at an earlier moment; none: it was not there yet.
    pub fn state_at(&self, at_ms: u64) -> Option<State> {
        self.past.iter().rev().find(|(since, _)| *since <= at_ms).map(|(_, state)| *state)
    }

    /// What the configuration says, as far as it matters here.
    pub fn settings(&self) -> Config {
        Config::deserialize(&self.config).unwrap_or_default()
    }

    /// The lease, if it holds.
    pub fn held(&self, now_ms: u64) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| lease.expires_at_ms > now_ms)
    }
}

fn keep_last<T>(all: &mut Vec<T>, max: usize) {
    if all.len() >= max {
        all.drain(..=all.len() - max);
    }
}

/// What a machine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Created,
    Starting,
    Started,
    Stopping,
    Stopped,
    Suspended,
    Replacing,
    Failed,
    Destroying,
    Destroyed,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Starting => "starting",
            Self::Started => "started",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Suspended => "suspended",
            Self::Replacing => "replacing",
            Self::Failed => "failed",
            Self::Destroying => "destroying",
            Self::Destroyed => "destroyed",
        }
    }

    /// It does not come back from here.
    pub const fn is_going(self) -> bool {
        matches!(self, Self::Destroying | Self::Destroyed)
    }
}

/// What happened to a machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub status: State,
    pub source: String,
    pub at_ms: u64,
    pub request: Option<Value>,
}

impl Event {
    /// Says how the program ended. An exit code of zero is left out, as Fly's serialiser does.
    pub fn exit(&mut self, code: Option<i32>, oom_killed: bool, requested: bool, restarting: bool) {
        let mut exit = json!({
            "exited_at": self.at_ms, "oom_killed": oom_killed, "requested_stop": requested, "restarting": restarting,
        });
        if let Some(code) = code.filter(|code| *code != 0) {
            exit["exit_code"] = code.into();
            exit["guest_exit_code"] = code.into();
        }
        self.request = Some(json!({ "exit_event": exit }));
    }
}

/// A lease on a machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lease {
    pub nonce: String,
    pub description: String,
    pub owner: String,
    pub expires_at_ms: u64,
    pub version: String,
}

/// What a configuration says, as far as it matters here. Everything else is kept and shown again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    pub image: String,
    pub env: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    pub mounts: Vec<Mount>,
    pub restart: Restart,
    pub auto_destroy: bool,
    pub guest: Guest,
}

/// A volume in a machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Mount {
    pub volume: String,
    pub name: String,
    pub path: String,
}

/// Whether a program that ended is started again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Restart {
    pub policy: Policy,
    pub max_retries: Option<u32>,
}

/// When a program is started again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    No,
    Always,
    #[default]
    OnFailure,
    SpotPrice,
}

/// What a machine has.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Guest {
    pub cpu_kind: String,
    pub cpus: u32,
    pub memory_mb: u64,
}

impl Default for Guest {
    /// `shared-cpu-1x`.
    fn default() -> Self {
        Self { cpu_kind: "shared".into(), cpus: 1, memory_mb: 256 }
    }
}

impl Restart {
    /// Fly's own number where none is given.
    const RETRIES_MAX: u32 = 10;

    /// Whether a program that ended so, after so many retries, is started again.
    pub fn again(&self, code: Option<i32>, retries: u32) -> bool {
        match self.policy {
            Policy::No => false,
            Policy::Always | Policy::SpotPrice => true,
            Policy::OnFailure => code.unwrap_or(0) != 0 && retries < self.max_retries.unwrap_or(Self::RETRIES_MAX),
        }
    }
}
