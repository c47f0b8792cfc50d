//! Fly's JSON, as far as it is needed. Lenient: a field that is missing, or null, or new is no error, and neither is a state
//! nobody has heard of; Fly publishes no promise about either.

use super::words::{HostWord, MachineWord, VolumeWord};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// A machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FlyMachine {
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub state: MachineWord,
    /// Version of its configuration.
    #[serde(deserialize_with = "or_default")]
    pub instance_id: String,
    #[serde(deserialize_with = "or_default")]
    pub created_at: String,
    #[serde(deserialize_with = "or_default")]
    pub host_status: HostWord,
    pub config: Option<Config>,
    /// Instead of it, while the host does not answer.
    pub incomplete_config: Option<Config>,
    #[serde(deserialize_with = "or_default")]
    pub events: Vec<FlyEvent>,
}

impl FlyMachine {
    /// What is known of how it was made.
    pub fn known_config(&self) -> Option<&Config> {
        self.config.as_ref().or(self.incomplete_config.as_ref())
    }
}

/// What a machine is made of; also as we send it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    pub image: String,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub metadata: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<MountedVolume>,
    pub guest: Option<Guest>,
    pub restart: Option<Restart>,
    pub auto_destroy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_config: Option<StopConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
}

/// A volume at a path.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MountedVolume {
    pub volume: String,
    pub path: String,
}

/// Size of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guest {
    pub cpu_kind: String,
    pub cpus: u32,
    pub memory_mb: u64,
}

/// What happens when its program ends.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Restart {
    pub policy: String,
}

/// How it is asked to end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StopConfig {
    pub signal: String,
    pub timeout: String,
}

/// Whether others find it by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dns {
    pub skip_registration: bool,
}

/// Something that happened to a machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FlyEvent {
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// Unix milliseconds.
    #[serde(deserialize_with = "or_default")]
    pub timestamp: u64,
    pub request: Option<EventRequest>,
}

/// Details of an event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EventRequest {
    pub exit_event: Option<ExitEvent>,
    #[serde(rename = "MonitorEvent", alias = "monitor_event")]
    pub monitor_event: Option<MonitorEvent>,
}

/// Where some versions put the end.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct MonitorEvent {
    pub exit_event: Option<ExitEvent>,
}

/// How a machine's program ended. A code of 0 is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ExitEvent {
    #[serde(deserialize_with = "or_default")]
    pub exit_code: i32,
    #[serde(deserialize_with = "or_default")]
    pub guest_signal: i32,
    #[serde(deserialize_with = "or_default")]
    pub oom_killed: bool,
    #[serde(deserialize_with = "or_default")]
    pub requested_stop: bool,
    #[serde(deserialize_with = "or_default")]
    pub restarting: bool,
}

/// A volume.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FlyVolume {
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub state: VolumeWord,
    #[serde(deserialize_with = "or_default")]
    pub region: String,
    #[serde(deserialize_with = "or_default")]
    pub created_at: String,
    #[serde(deserialize_with = "or_default")]
    pub attached_machine_id: String,
    #[serde(deserialize_with = "or_default")]
    pub host_status: HostWord,
}

/// An app.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct App {
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub network: String,
}

/// A lease; the wire wraps it in `data`, the contract says that it is flat.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Lease {
    pub nonce: String,
    pub data: Option<Box<Lease>>,
}

impl Lease {
    /// Proof of holding it.
    pub fn nonce(self) -> String {
        self.data.map_or(self.nonce, |data| data.nonce)
    }
}

/// An error's body.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ErrorBody {
    #[serde(deserialize_with = "or_default")]
    pub error: String,
    #[serde(deserialize_with = "or_default")]
    pub message: String,
    #[serde(deserialize_with = "or_default")]
    pub status: String,
}

/// Null, which a Go server sends for an empty list, is the default.
pub fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_a_missing_field_and_a_new_word_are_no_error() {
        let machine: FlyMachine = serde_json::from_str(
            r#"{"id":"148e","name":null,"state":"levitating","events":null,"new":{"field":1},"config":{"mounts":null}}"#,
        )
        .unwrap();
        assert_eq!(machine.state, MachineWord::Unknown("levitating".into()));
        assert_eq!((machine.host_status, machine.events.len()), (HostWord::Ok, 0));
        let volume: FlyVolume = serde_json::from_str(r#"{"id":"vol_1","attached_machine_id":null}"#).unwrap();
        assert_eq!((volume.attached_machine_id.as_str(), volume.state.is_going()), ("", false));
    }

    #[test]
    fn a_lease_is_read_flat_and_wrapped() {
        for body in [r#"{"nonce":"a1"}"#, r#"{"status":"success","data":{"nonce":"a1","expires_at":1}}"#] {
            assert_eq!(serde_json::from_str::<Lease>(body).unwrap().nonce(), "a1");
        }
    }

    #[test]
    fn a_host_that_is_not_ok_leaves_the_incomplete_configuration() {
        let text = r#"{"id":"1","host_status":"unreachable","config":null,"incomplete_config":{"metadata":{"a":"b"}}}"#;
        let machine: FlyMachine = serde_json::from_str(text).unwrap();
        assert_eq!(machine.host_status, HostWord::Unreachable);
        assert_eq!(machine.known_config().unwrap().metadata["a"], "b");
    }
}
