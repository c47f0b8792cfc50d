use super::{Fly, Schedule, Secret, keys::KEYS};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Everything that can be configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[github]`
    pub github: Github,
    /// `[machines]`
    pub machines: Machines,
    /// `[agent]`
    pub agent: Agent,
    /// `[review]`
    pub review: Review,
    /// `[reminders]`
    pub reminders: Reminders,
    /// `[volumes]`
    pub volumes: Volumes,
    /// `[janitor]`
    pub janitor: Janitor,
}

/// `[server]`
#[derive(Debug, Clone)]
pub struct Server {
    /// Public listener.
    pub listen: SocketAddr,
    /// Machine listener.
    pub machine_listen: SocketAddr,
    /// How machines reach it, if not by its address.
    pub machine_url: Option<String>,
    /// How people and GitHub reach the public listener; without a slash at the end.
    pub public_url: String,
    /// Data folder.
    pub data: PathBuf,
    /// What tokens are derived from, if not from what lies in the data folder.
    pub secret: Option<Secret>,
    /// Log filter.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
}

impl Server {
    /// Address of one of our pages for others to follow; none while `public_url` is the default, which leads people to their
    /// own machines.
    pub fn link(&self, path: &str) -> Option<String> {
        let default = KEYS.iter().find(|key| (key.section, key.name) == ("server", "public_url"))?.default;
        (default != Some(&*self.public_url)).then(|| format!("{}{path}", self.public_url))
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `[database]`
#[derive(Debug, Clone)]
pub struct Database {
    /// URL with the data folder filled in.
    pub url: Secret,
    /// Several supervisors share it.
    pub shared: bool,
    /// How long a silent one keeps its share.
    pub lease: Duration,
}

/// `[github]`
#[derive(Debug, Clone)]
pub struct Github {
    /// App id.
    pub app_id: Option<u64>,
    /// Private keys, the new one first.
    pub private_keys: Vec<Secret>,
    /// Webhook secrets, the new one first.
    pub webhook_secrets: Vec<Secret>,
    /// Where the API is; without a slash at the end.
    pub api_url: String,
    /// Between two readings of missed webhooks; zero: only at start.
    pub catch_up_every: Duration,
    /// Name that comments address.
    pub bot_name: String,
    /// Owners; `None` does not restrict, an empty list admits nobody. So with the next three.
    pub allowed_owners: Option<Vec<String>>,
    /// Repositories, `owner/name`.
    pub allowed_repositories: Option<Vec<String>>,
    /// Installation ids.
    pub allowed_installations: Option<Vec<u64>>,
    /// Logins; `None` means whoever has write permission.
    pub allowed_actors: Option<Vec<String>>,
}

/// `[machines]`
#[derive(Debug, Clone)]
pub struct Machines {
    /// Where machines run.
    pub backend: Backend,
    /// Machines that run at once.
    pub max_running: u32,
    /// Folder of the process backend's machines and volumes, if not the data folder's.
    pub root: Option<PathBuf>,
    /// Image.
    pub image: Option<String>,
    /// Address of the Docker daemon.
    pub docker: String,
    /// The data folder as the daemon's host has it, if not as we see it.
    pub host_data: Option<PathBuf>,
    /// Regions, in the order in which they are tried.
    pub regions: Vec<String>,
    /// Whether the process backend may run agents that execute something of the pull request.
    pub allow_unisolated: bool,
    /// Watchdogs.
    pub limits: PhaseLimits,
}

/// Where machines run.
#[derive(Debug, Clone)]
pub enum Backend {
    /// Child processes.
    Process,
    /// Containers.
    Docker,
    /// Fly Machines.
    Fly(Fly),
}

/// Watchdogs by phase, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseLimits {
    /// Volume asked for → there.
    pub volume_ms: u64,
    /// Machine asked for → started.
    pub machine_ms: u64,
    /// Started → claimed.
    pub claim_ms: u64,
    /// Claimed → first report.
    pub first_heartbeat_ms: u64,
    /// Between reports.
    pub silence_ms: u64,
    /// Claimed → result.
    pub total_ms: u64,
}

/// `[agent]`
#[derive(Debug, Clone)]
pub struct Agent {
    /// Which.
    pub kind: AgentKind,
    /// Names of rules that are off.
    pub rules_off: Vec<String>,
}

/// Which agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentKind {
    /// Fixed checks.
    Rules,
    /// Program and arguments.
    Command(Vec<String>),
}

/// `[review]`
#[derive(Debug, Clone)]
pub struct Review {
    /// What a push does to a run.
    pub supersede: Supersede,
    /// Whether the check holds back what was not reviewed.
    pub gate: Gate,
    /// Review drafts.
    pub drafts: bool,
    /// Review pull requests of bots.
    pub bots: bool,
    /// Review pull requests from forks.
    pub forks: bool,
    /// Who may answer.
    pub decide: Decide,
    /// How long a request waits.
    pub decision_deadline: Duration,
    /// When people are reminded once.
    pub nudge_after: Duration,
    /// Between two readings of a pull request that nothing was heard of.
    pub refresh: Duration,
    /// Findings from this severity on fail the check.
    pub fail_on: Option<Severity>,
}

/// Severity of a finding, as the protocol has it.
pub use protocol::Severity;

/// What a push does to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supersede {
    /// Stop it, start anew on the new head.
    Supersede,
    /// Let it finish, then start anew.
    Finish,
}

/// Whether the check holds back what was not reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It does not.
    Advisory,
    /// It does.
    Required,
}

/// Who may answer a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decide {
    /// Write permission.
    Write,
    /// Maintain permission.
    Maintain,
    /// Owners of the files, by CODEOWNERS.
    Codeowners,
}

/// `[reminders]`
#[derive(Debug, Clone)]
pub struct Reminders {
    /// Zone of phrases that name none.
    pub time_zone: schedule::Zone,
}

/// `[volumes]`
#[derive(Debug, Clone)]
pub struct Volumes {
    /// How long a volume outlives its closed pull request.
    pub retention: Duration,
    /// Size of a new volume in GiB, where the backend has one.
    pub size_gib: u32,
}

/// `[janitor]`
#[derive(Debug, Clone)]
pub struct Janitor {
    /// When it passes.
    pub schedule: Schedule,
    /// How long something must look orphaned.
    pub grace: Duration,
    /// How many passes must find it so.
    pub sightings: u32,
    /// Per cent of all volumes, and of all machines, that one pass may delete unasked.
    pub share_max: u8,
    /// How long the past is kept.
    pub keep: janitor::Keep,
}
