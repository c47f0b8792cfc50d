//! What the `fly` backend needs beyond the others.

use super::{
    Error, Secret,
    read::{base_url, missing, text},
    sections::Config,
    values::Values,
};

/// `machines.fly_…`
#[derive(Debug, Clone)]
pub struct Fly {
    /// The workers' app.
    pub app: String,
    /// What the API is asked with.
    pub token: Secret,
    /// Organisation in which the app is made, if it is not there.
    pub org: Option<String>,
    /// The Machines API.
    pub api_url: String,
    /// The service of logs.
    pub logs_url: String,
    /// Whether processors are a core each.
    pub performance: bool,
    /// TCP ports that machines may connect to, beside that of `server.machine_url`.
    pub ports: Vec<u16>,
}

/// The settings, if anything names the app.
pub(super) fn read(values: &Values) -> Result<Fly, Error> {
    let ports = values.numbers("machines.fly_ports").unwrap_or_default();
    let port = |number: &u64| u16::try_from(*number).ok().filter(|number| *number > 0);
    let ports: Option<Vec<u16>> = ports.iter().map(port).collect();
    Ok(Fly {
        app: text(values, "machines.fly_app")?,
        token: Secret::new(text(values, "machines.fly_token")?),
        org: values.text("machines.fly_org").map(str::to_owned),
        api_url: base_url(values, "machines.fly_api_url")?,
        logs_url: base_url(values, "machines.fly_logs_url")?,
        performance: values.text("machines.fly_processors") == Some("performance"),
        ports: ports.ok_or_else(|| Error::Conflict("`machines.fly_ports` must be ports, from 1 to 65535".into()))?,
    })
}

/// What machines on Fly need of the rest of the configuration.
pub(super) fn check(config: &Config) -> Result<(), Error> {
    if config.machines.image.is_none() {
        return Err(missing("machines.image"));
    }
    if config.machines.regions.is_empty() {
        return Err(missing("machines.region"));
    }
    port(config).map(|_| ())
}

/// The port of `server.machine_url`, where machines on Fly can reach it and nobody in between reads what they say.
///
/// # Errors
/// They cannot, or somebody can.
pub fn port(config: &Config) -> Result<u16, Error> {
    let url = config.server.machine_url.as_deref().ok_or_else(|| missing("server.machine_url"))?;
    let unfit = |why: &str| Err(Error::Conflict(format!("`server.machine_url` {why}, where machines are on Fly")));
    let Ok(parsed) = reqwest::Url::parse(url) else { return unfit("must be an address such as https://host:port") };
    let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else {
        return unfit("must be an address such as https://host:port");
    };
    // Fly's own network encrypts; a loopback is a stand-in's.
    let private = [".internal", ".flycast"].iter().any(|end| host.ends_with(end)) || host == "127.0.0.1";
    if parsed.scheme() != "https" && !private {
        return unfit("must begin with `https://`: a run's credential travels on it");
    }
    Ok(port)
}
