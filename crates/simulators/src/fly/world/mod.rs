//! What is so, in the stand-in's Fly. Nothing here waits, answers or fails by chance.

mod host;
mod machine;
mod volume;

pub use host::{Host, HostStatus};
pub use machine::{Config, Event, Lease, Machine, State};
pub use volume::{Snapshot, Volume, VolumeState};

use super::audit::{Entry, What};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything there is, and everything that happened.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct World {
    /// By name.
    pub apps: BTreeMap<String, App>,
    /// Names of apps that belong to somebody else.
    pub foreign_apps: Vec<String>,
    /// By id, destroyed ones included for a while.
    pub machines: BTreeMap<String, Machine>,
    /// By id, deleted ones included for a while.
    pub volumes: BTreeMap<String, Volume>,
    /// By name.
    pub hosts: BTreeMap<String, Host>,
    pub audit: Vec<Entry>,
    /// Numbers given out: apps, hosts in turn.
    pub numbers: u64,
}

/// An app.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct App {
    pub name: String,
    pub number: u64,
    pub network: String,
    pub policies: BTreeMap<String, Value>,
}

impl World {
    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub fn happened(&mut self, at_ms: u64, what: What) {
        self.audit.push(Entry { at_ms, what });
    }

    /// The host on which the next thing in that region comes to lie.
    pub fn next_host(&mut self, region: &str, hosts_per_region: u32) -> String {
        let number = self.number() % u64::from(hosts_per_region.max(1));
        let name = format!("{region}-{number}");
        self.hosts.entry(name.clone()).or_default();
        name
    }

    pub fn host_status(&self, host: &str) -> HostStatus {
        self.hosts.get(host).map_or(HostStatus::Ok, |host| host.status)
    }

    /// The machine that holds the name in an app.
    pub fn named<'a>(&'a self, app: &'a str, name: &'a str) -> Option<&'a Machine> {
        self.machines.values().find(|it| it.app == app && it.name == name && it.state != State::Destroyed)
    }

    /// Forgets what has been gone for long enough.
    pub fn forget(&mut self, now_ms: u64, destroyed_kept_ms: u64, pending_destroy_ms: u64) {
        self.machines.retain(|_, it| {
            it.state != State::Destroyed || it.updated_at_ms.saturating_add(destroyed_kept_ms) > now_ms
        });
        self.volumes.retain(|_, it| it.deleted_at_ms.is_none_or(|at| at.saturating_add(pending_destroy_ms) > now_ms));
    }
}
