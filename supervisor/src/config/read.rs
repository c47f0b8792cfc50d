use super::{
    Agent, AgentKind, Backend, Config, Database, Decide, Error, Gate, Github, Janitor, LogFormat, Machines,
    PhaseLimits, Reminders, Review, Secret, Server, Severity, Supersede, Volumes, fly,
    keys::KEYS,
    values::{Values, nearest},
};
use ::janitor::Keep;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use worker::agents::rules;

/// What stands for the data folder in `database.url`.
const DATA_FOLDER: &str = "<data>";
/// A shorter lease ends in a pause of a busy machine; a longer one keeps a dead supervisor's work waiting.
const LEASE: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(60);
/// An event's id is known for as long as its history is kept, and GitHub sends a webhook again within three days.
const HISTORY_KEPT_MIN: Duration = Duration::from_secs(7 * 24 * 3600);
/// Characters of `server.secret`: 128 bits as hexadecimal digits, or a long sentence.
const SECRET_CHARACTERS_MIN: usize = 32;

pub(super) fn config(values: &Values) -> Result<Config, Error> {
    let server = server(values)?;
    let url = text(values, "database.url")?.replace(DATA_FOLDER, &server.data.display().to_string());
    Ok(Config {
        database: database(values, Secret::new(url))?,
        github: github(values)?,
        machines: machines(values)?,
        agent: agent(values)?,
        review: review(values)?,
        reminders: reminders(values)?,
        volumes: Volumes {
            retention: span(values, "volumes.retention")?,
            size_gib: u32::try_from(number(values, "volumes.size_gib")?).unwrap_or(1),
        },
        janitor: janitor(values)?,
        server,
    })
}

fn database(values: &Values, url: Secret) -> Result<Database, Error> {
    let database = Database { url, shared: values.switch("database.shared"), lease: span(values, "database.lease")? };
    if !LEASE.contains(&database.lease) {
        return Err(Error::Conflict("`database.lease` must be from \"2s\" to \"60s\"".into()));
    }
    if database.shared && database.url.reveal().starts_with("sqlite:") {
        return Err(Error::Conflict(
            "`database.shared = true` needs PostgreSQL: one supervisor owns a SQLite file; set `database.url`".into(),
        ));
    }
    Ok(database)
}

/// Whoever owns a run must be reached by its machine, and each may own it.
fn check_machines(config: &Config) -> Result<(), Error> {
    if config.database.shared && matches!(config.machines.backend, Backend::Docker) {
        return Err(Error::Conflict(
            "`machines.backend = \"docker\"` does not go with `database.shared = true` yet: a container reaches only the \
             supervisor that started it; use the `process` backend on one host, or one supervisor"
                .into(),
        ));
    }
    if matches!(config.machines.backend, Backend::Fly(_)) {
        fly::check(config)?;
    }
    Ok(())
}

impl Config {
    /// What `serve` asks for beyond what is read: access to GitHub, and that somebody was chosen to be served.
    ///
    /// # Errors
    /// [`Error`] says what to set.
    pub fn check_serve(&self) -> Result<(), Error> {
        let github = &self.github;
        github.app_id.ok_or_else(|| missing("github.app_id"))?;
        github.private_keys.first().ok_or_else(|| missing("github.private_key"))?;
        github.webhook_secrets.first().ok_or_else(|| missing("github.webhook_secret"))?;
        let names = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let installations = github.allowed_installations.as_ref().is_some_and(|list| !list.is_empty());
        if !names(&github.allowed_owners) && !names(&github.allowed_repositories) && !installations {
            return Err(Error::Conflict(
                "nobody is allowed in: name something in `github.allowed_owners`, `github.allowed_repositories` or \
                 `github.allowed_installations`"
                    .into(),
            ));
        }
        check_machines(self)?;
        let executes = matches!(self.agent.kind, AgentKind::Command(_));
        if executes && matches!(self.machines.backend, Backend::Process) && !self.machines.allow_unisolated {
            return Err(Error::Conflict(
                "the `process` backend does not isolate: it runs only the `rules` agent, unless \
                 `machines.allow_unisolated = true`"
                    .into(),
            ));
        }
        Ok(())
    }
}

fn server(values: &Values) -> Result<Server, Error> {
    let secret = values.text("server.secret").map(Secret::new);
    if secret.as_ref().is_some_and(|secret| secret.reveal().chars().count() < SECRET_CHARACTERS_MIN) {
        let sentence = format!("`server.secret` must have at least {SECRET_CHARACTERS_MIN} characters");
        return Err(Error::Conflict(sentence));
    }
    Ok(Server {
        listen: address(values, "server.listen")?,
        machine_listen: address(values, "server.machine_listen")?,
        machine_url: values.text("server.machine_url").map(str::to_owned),
        public_url: base_url(values, "server.public_url")?,
        data: PathBuf::from(text(values, "server.data")?),
        secret,
        log: text(values, "server.log")?,
        log_format: if values.text("server.log_format") == Some("json") { LogFormat::Json } else { LogFormat::Text },
    })
}

fn github(values: &Values) -> Result<Github, Error> {
    let secrets = |names: [&str; 2]| names.iter().filter_map(|name| values.text(name)).map(Secret::new).collect();
    Ok(Github {
        app_id: values.number("github.app_id"),
        private_keys: secrets(["github.private_key", "github.private_key_old"]),
        webhook_secrets: secrets(["github.webhook_secret", "github.webhook_secret_old"]),
        api_url: base_url(values, "github.api_url")?,
        catch_up_every: span(values, "github.catch_up_every")?,
        bot_name: text(values, "github.bot_name")?,
        allowed_owners: values.texts("github.allowed_owners"),
        allowed_repositories: values.texts("github.allowed_repositories"),
        allowed_installations: values.numbers("github.allowed_installations"),
        allowed_actors: values.texts("github.allowed_actors"),
    })
}

fn machines(values: &Values) -> Result<Machines, Error> {
    let backend = match text(values, "machines.backend")?.as_str() {
        "docker" => Backend::Docker,
        "fly" => Backend::Fly(fly::read(values)?),
        _ => Backend::Process,
    };
    let limit = |name: &str| number(values, &format!("machines.{name}"));
    Ok(Machines {
        backend,
        max_running: u32::try_from(limit("max_running")?).unwrap_or(u32::MAX),
        root: values.text("machines.root").map(PathBuf::from),
        image: values.text("machines.image").map(str::to_owned),
        docker: text(values, "machines.docker")?,
        host_data: values.text("machines.host_data").map(PathBuf::from),
        regions: values.texts("machines.region").unwrap_or_default(),
        allow_unisolated: values.switch("machines.allow_unisolated"),
        limits: PhaseLimits {
            volume_ms: limit("volume_ms")?,
            machine_ms: limit("machine_ms")?,
            claim_ms: limit("claim_ms")?,
            first_heartbeat_ms: limit("first_heartbeat_ms")?,
            silence_ms: limit("silence_ms")?,
            total_ms: limit("total_ms")?,
        },
    })
}

fn agent(values: &Values) -> Result<Agent, Error> {
    let command = values.texts("agent.command").unwrap_or_default();
    let kind = match text(values, "agent.kind")?.as_str() {
        "rules" => AgentKind::Rules,
        "command" if command.is_empty() => {
            return Err(Error::Conflict("`agent.kind = \"command\"` needs a program in `agent.command`".into()));
        }
        "command" => AgentKind::Command(command),
        other => {
            return Err(Error::Conflict(format!(
                "the `{other}` agent is not built yet: set `agent.kind = \"rules\"` or \"command\""
            )));
        }
    };
    let rules_off = values.texts("agent.rules_off").unwrap_or_default();
    if let Some(name) = rules_off.iter().find(|name| !rules::names().any(|known| known == name.as_str())) {
        return Err(Error::UnknownRule { name: name.clone(), nearest: nearest(name, rules::names()) });
    }
    Ok(Agent { kind, rules_off })
}

fn review(values: &Values) -> Result<Review, Error> {
    let is = |path: &str, word: &str| values.text(path) == Some(word);
    let review = Review {
        supersede: if is("review.supersede", "finish") { Supersede::Finish } else { Supersede::Supersede },
        gate: if is("review.gate", "required") { Gate::Required } else { Gate::Advisory },
        drafts: values.switch("review.drafts"),
        bots: values.switch("review.bots"),
        forks: values.switch("review.forks"),
        decide: match text(values, "review.decide")?.as_str() {
            "codeowners" => Decide::Codeowners,
            "maintain" => Decide::Maintain,
            _ => Decide::Write,
        },
        decision_deadline: span(values, "review.decision_deadline")?,
        nudge_after: span(values, "review.nudge_after")?,
        refresh: span(values, "review.refresh")?,
        fail_on: match text(values, "review.fail_on")?.as_str() {
            "low" => Some(Severity::Low),
            "medium" => Some(Severity::Medium),
            "high" => Some(Severity::High),
            _ => None,
        },
    };
    if review.decision_deadline.is_zero() {
        return Err(Error::Conflict("`review.decision_deadline` must be longer than nothing".into()));
    }
    Ok(review)
}

fn reminders(values: &Values) -> Result<Reminders, Error> {
    let zone = schedule::Zone::named(&text(values, "reminders.time_zone")?);
    let time_zone = zone.map_err(|error| Error::Conflict(format!("`reminders.time_zone`: {error}")))?;
    Ok(Reminders { time_zone })
}

fn janitor(values: &Values) -> Result<Janitor, Error> {
    let zone = schedule::Zone::named(&text(values, "janitor.time_zone")?);
    let zone = zone.map_err(|error| Error::Conflict(format!("`janitor.time_zone`: {error}")))?;
    let schedule = values.schedule("janitor.schedule").ok_or_else(|| missing("janitor.schedule"))?;
    let keep = Keep {
        logs: span(values, "janitor.keep_logs")?,
        runs: span(values, "janitor.keep_runs")?,
        history: span(values, "janitor.keep_history")?,
        audit: span(values, "janitor.keep_audit")?,
    };
    if keep.history < HISTORY_KEPT_MIN {
        return Err(Error::Conflict(
            "`janitor.keep_history` must be at least \"7d\": GitHub sends webhooks again that late".into(),
        ));
    }
    Ok(Janitor {
        schedule: schedule.in_zone(zone),
        grace: span(values, "janitor.grace")?,
        sightings: u32::try_from(number(values, "janitor.sightings")?).unwrap_or(u32::MAX),
        share_max: u8::try_from(number(values, "janitor.share_max")?).unwrap_or(u8::MAX),
        keep,
    })
}

pub(super) fn missing(path: &str) -> Error {
    let variable = KEYS.iter().find(|key| key.path() == path).map(|key| key.variable()).unwrap_or_default();
    Error::Missing { key: path.into(), variable }
}

pub(super) fn text(values: &Values, path: &str) -> Result<String, Error> {
    values.text(path).map(str::to_owned).ok_or_else(|| missing(path))
}

fn number(values: &Values, path: &str) -> Result<u64, Error> {
    values.number(path).ok_or_else(|| missing(path))
}

fn span(values: &Values, path: &str) -> Result<Duration, Error> {
    values.span(path).ok_or_else(|| missing(path))
}

fn address(values: &Values, path: &str) -> Result<SocketAddr, Error> {
    text(values, path)?
        .parse()
        .map_err(|_| Error::Conflict(format!("`{path}` must be an address with a port, such as \"127.0.0.1:8080\"")))
}

pub(super) fn base_url(values: &Values, path: &str) -> Result<String, Error> {
    let url = text(values, path)?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Error::Conflict(format!("`{path}` must begin with `https://` or `http://`")));
    }
    Ok(url.trim_end_matches('/').to_owned())
}
