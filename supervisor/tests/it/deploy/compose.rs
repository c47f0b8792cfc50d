//! `compose.yaml`, read without `docker compose`: every field that it has is known here, and what a service of it says is
//! what [`super::contained`] starts.

use super::text;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use supervisor::{
    config::{Config, Variables},
    image::{DEFAULT_IMAGE, SUPERVISOR_IMAGE},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that are only known, so that a wrong one is noticed")]
pub struct File {
    name: String,
    pub services: BTreeMap<String, Service>,
    volumes: BTreeMap<String, Option<Value>>,
    pub secrets: BTreeMap<String, SecretFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretFile {
    pub file: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    pub image: String,
    profiles: Vec<String>,
    restart: String,
    pub user: String,
    group_add: Vec<String>,
    read_only: bool,
    tmpfs: Vec<String>,
    cap_drop: Vec<String>,
    security_opt: Vec<String>,
    stop_grace_period: String,
    ports: Vec<String>,
    pub environment: BTreeMap<String, String>,
    pub volumes: Vec<Mount>,
    pub secrets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    r#type: String,
    pub source: String,
    pub target: String,
}

/// The file, with these variables where it has `${NAME:-default}` or `${NAME:?what}`.
///
/// # Panics
/// It is none, or wants a variable that is not given.
pub fn read(variables: &BTreeMap<&str, String>) -> File {
    let whole = text("compose.yaml");
    let lines = whole
        .lines()
        .map(|line| if line.trim_start().starts_with('#') { String::new() } else { filled(line, variables) });
    serde_saphyr::from_str(&lines.collect::<Vec<_>>().join("\n")).expect("a compose file with known fields")
}

fn filled(line: &str, variables: &BTreeMap<&str, String>) -> String {
    let Some((before, rest)) = line.split_once("${") else { return line.to_owned() };
    let (inner, after) = rest.split_once('}').expect("a variable ends");
    let (name, other) = inner.split_once(':').expect("a default, or what it must be");
    let value = match (variables.get(name), other.strip_prefix('-')) {
        (Some(value), _) => value.clone(),
        (None, Some(default)) => default.to_owned(),
        (None, None) => panic!("{name} is not given: {other}"),
    };
    format!("{before}{value}{}", filled(after, variables))
}

impl Service {
    /// As the daemon's API has it, on the host's network: a private daemon has no other.
    pub fn body(&self, secrets: &BTreeMap<String, String>) -> Value {
        let mounts = self
            .volumes
            .iter()
            .map(|mount| json!({"Type": mount.r#type, "Source": mount.source, "Target": mount.target}));
        let files = self.secrets.iter().map(|name| {
            json!({"Type": "bind", "Source": secrets[name], "Target": format!("/run/secrets/{name}"), "ReadOnly": true})
        });
        json!({
            "Image": self.image,
            "User": self.user,
            "Env": self.environment.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
            "HostConfig": {
                "Mounts": mounts.chain(files).collect::<Vec<_>>(),
                "GroupAdd": self.group_add,
                "ReadonlyRootfs": self.read_only,
                "Tmpfs": self.tmpfs.iter().map(|path| (path.clone(), "")).collect::<BTreeMap<_, _>>(),
                "CapDrop": self.cap_drop,
                "SecurityOpt": self.security_opt,
                "NetworkMode": "host",
            },
        })
    }

    fn mount(&self, target: &str) -> &Mount {
        self.volumes.iter().find(|mount| mount.target == target).unwrap_or_else(|| panic!("{target} is not mounted"))
    }
}

/// What must be given.
pub fn required() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("PUBLIC_URL", "https://longshore.example.com".to_owned()),
        ("GITHUB_APP_ID", "123456".to_owned()),
        ("ALLOWED_REPOSITORIES", "acme/shop,acme/site".to_owned()),
    ])
}

#[test]
fn the_supervisor_s_variables_are_keys_and_its_images_those_that_are_made_here() {
    let file = read(&required());
    let supervisor = &file.services["supervisor"];
    assert_eq!(supervisor.image, SUPERVISOR_IMAGE, "the version in the file is this one");
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = Variables::new();
    for (name, value) in &supervisor.environment {
        let value = match value.strip_prefix("/run/secrets/") {
            None => value.clone(),
            Some(secret) => {
                assert!(
                    supervisor.secrets.iter().any(|given| given == secret),
                    "{secret} is not given to the supervisor"
                );
                assert!(file.secrets[secret].file.starts_with("./"), "it lies beside the file");
                std::fs::write(folder.path().join(secret), format!("the {secret}")).expect("a secret");
                folder.path().join(secret).display().to_string()
            }
        };
        variables.insert(name.clone(), value);
    }
    let config = Config::from_text("", "compose.yaml", &variables).expect("every variable is a key");
    assert_eq!(config.machines.image.as_deref(), Some(DEFAULT_IMAGE));
    assert_eq!(config.server.listen.port().to_string(), supervisor.ports[0].rsplit(':').next().expect("a port"));
    assert!(config.server.machine_listen.ip().is_loopback(), "nobody else reaches the machine listener");
    let data = supervisor.mount("/data");
    assert_eq!(config.machines.host_data.as_deref(), Some(std::path::Path::new(&data.source)));
    let socket = supervisor.mount("/var/run/docker.sock");
    assert_eq!(config.machines.docker, format!("unix://{}", socket.target));
    assert_eq!(config.github.allowed_repositories.map(|allowed| allowed.len()), Some(2));
}

#[test]
fn the_supervisor_has_no_more_rights_than_a_machine_and_the_rest_is_started_only_when_it_is_asked_for() {
    let file = read(&required());
    let supervisor = &file.services["supervisor"];
    assert_eq!((&*supervisor.user, supervisor.read_only, &*supervisor.cap_drop[0]), ("10001:10001", true, "ALL"));
    assert_eq!(supervisor.security_opt, ["no-new-privileges:true"]);
    assert!(supervisor.ports.iter().all(|port| port.starts_with("127.0.0.1:")), "behind a proxy");
    assert!(!supervisor.stop_grace_period.is_empty(), "it ends in order");
    let profiles: BTreeMap<_, _> = file.services.iter().map(|(name, it)| (&**name, it.profiles.join(","))).collect();
    let expected = [("postgres", "postgres"), ("proxy", "proxy"), ("supervisor", "")];
    assert_eq!(profiles, expected.map(|(name, profile)| (name, profile.to_owned())).into());
    assert!(file.services.values().all(|service| service.restart == "unless-stopped" && service.image.contains(':')));
    let named: BTreeSet<_> = file.services.values().flat_map(|service| &service.secrets).collect();
    assert_eq!(named, file.secrets.keys().collect());
}

#[test]
fn a_variable_that_is_no_key_is_found_out() {
    let mut file = read(&required());
    let supervisor = file.services.get_mut("supervisor").expect("the service");
    supervisor.environment.insert("LONGSHORE_MACHINES_IMAGES".into(), "x".into());
    let variables: Variables =
        supervisor.environment.clone().into_iter().filter(|(name, _)| !name.ends_with("_FILE")).collect();
    let error = Config::from_text("", "compose.yaml", &variables).expect_err("there is no such key").to_string();
    assert!(error.contains("LONGSHORE_MACHINES_IMAGES") && error.contains("LONGSHORE_MACHINES_IMAGE`"), "{error}");
}
