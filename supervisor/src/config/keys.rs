//! The table of keys: the one place that names a key, its kind, its default and its meaning.

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text that is never shown; also readable from a file.
    Secret,
    /// A whole number within bounds.
    Number(u64, u64),
    /// `true` or `false`.
    Switch,
    /// `24h`, `1h30m`.
    Span,
    /// `0 0 3 * * *`: a cron expression of six fields.
    Schedule,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Texts; in the environment separated by commas.
    Texts,
    /// Whole numbers; in the environment separated by commas.
    Numbers,
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Section.
    pub section: &'static str,
    /// Name in the section.
    pub name: &'static str,
    /// Kind of value.
    pub kind: Kind,
    /// Default, as it would stand in the environment; none if the key may be absent.
    pub default: Option<&'static str>,
    /// What it means, in Markdown.
    pub what: &'static str,
}

impl Key {
    /// `section.name`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// `LONGSHORE_<SECTION>_<KEY>`.
    pub fn variable(&self) -> String {
        format!("LONGSHORE_{}_{}", self.section.to_uppercase(), self.name.to_uppercase())
    }
}

const fn key(
    section: &'static str,
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    what: &'static str,
) -> Key {
    Key { section, name, kind, default, what }
}

/// Sections, in the order of the page.
pub const SECTIONS: &[&str] =
    &["server", "database", "github", "machines", "agent", "review", "reminders", "volumes", "janitor"];

/// Longest phase limit, a week: a machine that works longer than that is lost.
const PHASE_MS_MAX: u64 = 7 * 24 * 3600 * 1000;
/// A phase limit: from one second, so that a typing error does not stop every run.
const PHASE: Kind = Kind::Number(1000, PHASE_MS_MAX);

/// Every key there is.
pub const KEYS: &[Key] = &[
    key(
        "server",
        "listen",
        Kind::Text,
        Some("127.0.0.1:8080"),
        "Address of the public listener: webhooks, API, pages.",
    ),
    key(
        "server",
        "machine_listen",
        Kind::Text,
        Some("127.0.0.1:8081"),
        "Address of the machine listener: worker protocol and gateways. Never reachable from outside.",
    ),
    key(
        "server",
        "machine_url",
        Kind::Text,
        None,
        "How machines reach the machine listener; made from `machine_listen` if absent.",
    ),
    key(
        "server",
        "public_url",
        Kind::Text,
        Some("http://127.0.0.1:8080"),
        "How people and GitHub reach the public listener. Checks and reviews link to its pages, once it is set.",
    ),
    key("server", "data", Kind::Text, Some("./longshore-data"), "Data folder, made with mode 0700."),
    key(
        "server",
        "secret",
        Kind::Secret,
        None,
        "What run tokens and the administrator's token are derived from, at least 32 characters; the same on all supervisors \
         of one database. By default made in the data folder.",
    ),
    key("server", "log", Kind::Text, Some("info"), "What is logged, as a filter: `info`, `supervisor=debug`."),
    key("server", "log_format", Kind::OneOf(&["text", "json"]), Some("text"), "How log lines look."),
    key(
        "database",
        "url",
        Kind::Secret,
        Some("sqlite://<data>/longshore.db"),
        "The database: `sqlite://FILE`, where `<data>` stands for the data folder, or `postgres://USER:PASSWORD@HOST/NAME` \
         for PostgreSQL 15 or newer.",
    ),
    key(
        "database",
        "shared",
        Kind::Switch,
        Some("false"),
        "Whether several supervisors share it ([more](several-supervisors.md)); PostgreSQL only. Otherwise \
         one owns it, and a second one refuses to start.",
    ),
    key(
        "database",
        "lease",
        Kind::Span,
        Some("10s"),
        "How long a silent supervisor keeps its share of a shared database, from 2s to 60s; the same on all of them.",
    ),
    key("github", "app_id", Kind::Number(1, u64::MAX), None, "Id of the GitHub App. `serve` needs it."),
    key("github", "private_key", Kind::Secret, None, "The App's private key, PEM. `serve` needs it."),
    key("github", "private_key_old", Kind::Secret, None, "A second key that is still valid, while keys are changed."),
    key("github", "webhook_secret", Kind::Secret, None, "Secret that signs webhooks. `serve` needs it."),
    key(
        "github",
        "webhook_secret_old",
        Kind::Secret,
        None,
        "A second secret that is still valid, while secrets are changed.",
    ),
    key("github", "api_url", Kind::Text, Some("https://api.github.com"), "Where the API is."),
    key(
        "github",
        "catch_up_every",
        Kind::Span,
        Some("5m"),
        "How often webhooks that failed or never came are read back from GitHub, beside the start. `0s`: only at start.",
    ),
    key("github", "bot_name", Kind::Text, Some("longshore"), "Name that comments address: `@longshore review`."),
    key(
        "github",
        "allowed_owners",
        Kind::Texts,
        None,
        "Owners whose repositories are served. Absent: not restricted by owner; empty: nobody.",
    ),
    key(
        "github",
        "allowed_repositories",
        Kind::Texts,
        None,
        "Repositories that are served, `owner/name`. Absent: not restricted; empty: none.",
    ),
    key(
        "github",
        "allowed_installations",
        Kind::Numbers,
        None,
        "Ids of installations that are served. Absent: not restricted; empty: none.",
    ),
    key(
        "github",
        "allowed_actors",
        Kind::Texts,
        None,
        "Logins whose pull requests and commands count. Absent: whoever has write permission; empty: nobody.",
    ),
    key(
        "machines",
        "backend",
        Kind::OneOf(&["process", "docker", "fly"]),
        Some("process"),
        "Where machines run: child processes, containers ([docker.md](docker.md)), or Fly Machines ([fly.md](fly.md)).",
    ),
    key("machines", "max_running", Kind::Number(1, 1000), Some("2"), "Machines that run at once."),
    key(
        "machines",
        "root",
        Kind::Text,
        None,
        "Folder of the `process` backend's machines and volumes; `<data>/machines` if absent. Deployments may share one.",
    ),
    key(
        "machines",
        "image",
        Kind::Text,
        None,
        "Image of a machine, for backends that have images. With `docker`, `longshore-worker:<version>` if absent.",
    ),
    key(
        "machines",
        "docker",
        Kind::Text,
        Some(machines::docker::DEFAULT_ADDRESS),
        "Address of the Docker daemon of the `docker` backend: `unix://…`, or `tcp://…` of a proxy before it.",
    ),
    key(
        "machines",
        "host_data",
        Kind::Text,
        None,
        "The data folder's path on the Docker daemon's host, where the supervisor itself runs in a container.",
    ),
    key(
        "machines",
        "region",
        Kind::Texts,
        None,
        "Regions of volumes, and with them of machines, in the order in which they are tried. `fly` needs one.",
    ),
    key("machines", "fly_app", Kind::Text, None, "The workers' app on Fly, with nothing else in it. `fly` needs it."),
    key("machines", "fly_token", Kind::Secret, None, "Token of that app, or of the organisation. `fly` needs it."),
    key(
        "machines",
        "fly_org",
        Kind::Text,
        None,
        "Organisation in which the app is made, on a network of its own, if it is not there.",
    ),
    key(
        "machines",
        "fly_ports",
        Kind::Numbers,
        Some(""),
        "TCP ports that machines on Fly may connect to, beside that of `server.machine_url`.",
    ),
    key(
        "machines",
        "fly_processors",
        Kind::OneOf(&["shared", "performance"]),
        Some("shared"),
        "Kind of processors on Fly.",
    ),
    key("machines", "fly_api_url", Kind::Text, Some(machines::fly::DEFAULT_API_URL), "Where Fly's Machines API is."),
    key(
        "machines",
        "fly_logs_url",
        Kind::Text,
        Some(machines::fly::DEFAULT_LOGS_URL),
        "Where Fly's service of logs is.",
    ),
    key(
        "machines",
        "allow_unisolated",
        Kind::Switch,
        Some("false"),
        "Let the `process` backend run agents that execute something of the pull request. It does not isolate them.",
    ),
    key("machines", "volume_ms", PHASE, Some("120000"), "Longest wait for a volume, in milliseconds."),
    key("machines", "machine_ms", PHASE, Some("180000"), "Longest wait for a machine to start, in milliseconds."),
    key("machines", "claim_ms", PHASE, Some("120000"), "Longest time from start to claim, in milliseconds."),
    key(
        "machines",
        "first_heartbeat_ms",
        PHASE,
        Some("120000"),
        "Longest time from claim to the first report, in milliseconds.",
    ),
    key("machines", "silence_ms", PHASE, Some("120000"), "Longest silence between reports, in milliseconds."),
    key("machines", "total_ms", PHASE, Some("3600000"), "Longest run, from claim to result, in milliseconds."),
    key(
        "agent",
        "kind",
        Kind::OneOf(&["rules", "command", "claude", "opencode"]),
        Some("rules"),
        "Which agent reads. Only `rules` (fixed checks, no model) and `command` are built so far.",
    ),
    key("agent", "command", Kind::Texts, Some(""), "Program and arguments of the `command` agent."),
    key("agent", "rules_off", Kind::Texts, Some(""), "Names of rules that are off."),
    key(
        "review",
        "supersede",
        Kind::OneOf(&["supersede", "finish"]),
        Some("supersede"),
        "What a push does to a run: stop it and read the new head, or let it finish first.",
    ),
    key(
        "review",
        "gate",
        Kind::OneOf(&["advisory", "required"]),
        Some("advisory"),
        "`required`: a pull request that was not reviewed is held back by the check.",
    ),
    key("review", "drafts", Kind::Switch, Some("false"), "Review drafts."),
    key("review", "bots", Kind::Switch, Some("false"), "Review pull requests of bots."),
    key(
        "review",
        "forks",
        Kind::Switch,
        Some("false"),
        "Review pull requests from forks; never where machines do not isolate, as the `process` backend does not.",
    ),
    key(
        "review",
        "decide",
        Kind::OneOf(&["write", "maintain", "codeowners"]),
        Some("write"),
        "Who may answer a request.",
    ),
    key("review", "decision_deadline", Kind::Span, Some("30d"), "After this an unanswered request is \"not decided\"."),
    key(
        "review",
        "refresh",
        Kind::Span,
        Some("24h"),
        "A pull request that nothing was heard of for this long is read again; webhooks get lost. `0s`: never.",
    ),
    key("review", "nudge_after", Kind::Span, Some("3d"), "One reminder of an unanswered request, after this."),
    key(
        "review",
        "fail_on",
        Kind::OneOf(&["never", "low", "medium", "high"]),
        Some("never"),
        "Findings of this severity or worse conclude the check as `failure`.",
    ),
    key(
        "reminders",
        "time_zone",
        Kind::Text,
        Some("UTC"),
        "Zone of reminders that name none, by its name in the tz database: `Europe/Berlin`.",
    ),
    key("volumes", "retention", Kind::Span, Some("24h"), "How long a volume outlives its closed pull request."),
    key(
        "volumes",
        "size_gib",
        Kind::Number(1, 500),
        Some("1"),
        "Size of a new volume in GiB, where the backend has one: `fly`. See [volumes.md](volumes.md).",
    ),
    key(
        "janitor",
        "schedule",
        Kind::Schedule,
        Some("0 0 3 * * *"),
        "When the janitor passes: a cron expression of six fields, seconds first. See [janitor.md](janitor.md).",
    ),
    key(
        "janitor",
        "time_zone",
        Kind::Text,
        Some("UTC"),
        "Zone of that schedule, by its name in the tz database: `Europe/Berlin`.",
    ),
    key(
        "janitor",
        "grace",
        Kind::Span,
        Some("24h"),
        "How long something must look orphaned before it is removed; nothing younger than that is looked at.",
    ),
    key(
        "janitor",
        "sightings",
        Kind::Number(2, 1000),
        Some("2"),
        "How many passes, without a break, must find something orphaned before it is removed.",
    ),
    key(
        "janitor",
        "share_max",
        Kind::Number(0, 100),
        Some("20"),
        "Per cent of all volumes, and of all machines, that one pass may remove; if it were more it removes none of them and \
         asks. Five may always go.",
    ),
    key("janitor", "keep_logs", Kind::Span, Some("30d"), "How long the lines of runs' logs are kept."),
    key(
        "janitor",
        "keep_runs",
        Kind::Span,
        Some("90d"),
        "How long what lies beside a closed pull request is kept: records of its runs, findings, the checkpoint.",
    ),
    key(
        "janitor",
        "keep_history",
        Kind::Span,
        Some("400d"),
        "How long the events of a closed pull request are kept; the state that they led to stays. At least `7d`.",
    ),
    key("janitor", "keep_audit", Kind::Span, Some("400d"), "How long the janitor's own record is kept."),
];
