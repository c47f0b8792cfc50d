//! What supervisors on one database must have in common, checked before one of them takes part: the secret that tokens
//! are derived from, and the machines.
//!
//! A worker may talk to any of them, so each must derive the same tokens. And whoever owns a workflow must be able to end its
//! machine: the machines of the `process` backend are processes of one host, so supervisors with that backend must be on that
//! host, with one folder of machines.

use crate::{
    config::{Backend, Config},
    deployment::DeploymentSecret,
    serve::StartError,
};
use engine::beside::{Beside, Expected, Put};
use serde_json::{Value, json};
use std::{os::unix::fs::MetadataExt, path::Path};

/// Where it is kept what follows from the secret and tells nothing of it.
const CHECK: (&str, &str) = ("deployment", "secret_check");

/// Refuses a secret that is not the other supervisors'.
///
/// # Errors
/// [`StartError`]: it is another one, or the database failed.
pub(crate) async fn same_secret(beside: &dyn Beside, secret: &DeploymentSecret) -> Result<(), StartError> {
    let check = Value::String(secret.derive("secret check", &[]));
    let put = beside.put_document(CHECK.0, CHECK.1, &check, Expected::Absent).await;
    match put.map_err(|error| StartError::Database(error.to_string()))? {
        Put::Conflict(Some(there)) if there.value != check => Err(StartError::Configuration(
            "this supervisor's secret is not the one that the others on this database have: give all of them the same \
             `server.secret`, or copy `deployment.secret` from the data folder of the first"
                .into(),
        )),
        _ => Ok(()),
    }
}

/// What the others may know of this supervisor.
pub(crate) fn about(config: &Config, machines: &Path) -> Value {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machines = match &config.machines.backend {
        Backend::Process => place_of(machines),
        // Refused beside others: a container reaches the supervisor that started it through a socket, and no other one.
        Backend::Docker => "docker".to_owned(),
        // Any of them reaches it from anywhere.
        Backend::Fly(fly) => format!("fly:{}:{}", fly.api_url, fly.app),
    };
    json!({
        "host": host.trim(),
        "pid": std::process::id(),
        "version": env!("CARGO_PKG_VERSION"),
        "url": config.server.public_url,
        "machines": machines,
    })
}

/// Names a folder on a host so that two names are equal only if the processes in it can be reached from both sides: the
/// running kernel, the process ids that are seen there, and the folder itself.
fn place_of(folder: &Path) -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let pids = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let folder = std::fs::metadata(folder).map(|it| format!("{}:{}", it.dev(), it.ino())).unwrap_or_default();
    format!("process:{}:{}:{folder}", kernel.trim(), pids.display())
}

/// Refuses to take part beside supervisors whose machines cannot be reached from here.
///
/// # Errors
/// [`StartError::Configuration`].
pub(crate) fn same_machines(about: &Value, others: &[Value]) -> Result<(), StartError> {
    let Some(other) = others.iter().find(|other| other["machines"] != about["machines"]) else { return Ok(()) };
    Err(StartError::Configuration(format!(
        "supervisor {} on `{}` shares this database and has its machines elsewhere: with the `process` backend all must run \
         on one host, with the same folder in `machines.root`; with `fly` all must name the same `machines.fly_app`",
        other["pid"],
        other["host"].as_str().unwrap_or_default()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryBeside;

    #[tokio::test]
    async fn a_supervisor_with_another_secret_is_refused() {
        let beside = MemoryBeside::default();
        let (ours, other) = (DeploymentSecret::from_bytes([1; 32]), DeploymentSecret::from_bytes([2; 32]));
        same_secret(&beside, &ours).await.unwrap();
        same_secret(&beside, &ours).await.unwrap();
        let refused = same_secret(&beside, &other).await.unwrap_err().to_string();
        assert!(refused.starts_with("this supervisor's secret is not the one"), "{refused}");
    }

    #[test]
    fn machines_must_be_in_one_place() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let about = |folder: &Path| json!({"pid": 7, "host": "a", "machines": place_of(folder)});
        let (here, elsewhere) = (about(one.path()), about(two.path()));
        same_machines(&here, std::slice::from_ref(&here)).unwrap();
        let refused = same_machines(&here, &[here.clone(), elsewhere]).unwrap_err().to_string();
        assert!(refused.starts_with("supervisor 7 on `a` shares this database"), "{refused}");
    }
}
