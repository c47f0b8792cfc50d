//! The Fly driver: a machine is a Fly Machine, a volume is a Fly volume, both in one app of the deployment's own.
//!
//! Fly is far away and answers late, twice, or not at all; so each rule here is about what an answer proves. A name is given
//! once to a machine: that is what makes a start repeatable. A volume's name is not ([`volume`]). "Not there" is believed of
//! a look by id, in calm weather ([`look`], [`outage`]); "gone" of a machine whose host answers ([`destroy`]). Nothing is
//! kept here that a restart may not forget ([`memory`]). docs/fly.md has the whole list of what can go wrong.

mod api;
mod app;
mod destroy;
mod exit;
mod failure;
mod guest;
mod labels;
mod lease;
mod log;
mod look;
mod memory;
mod name;
mod outage;
mod pace;
mod policy;
mod refusal;
mod settings;
mod start;
mod token;
mod volume;
mod wait;
mod wire;
mod words;

pub use exit::Exit;
pub use settings::{DEFAULT_API_URL, DEFAULT_LOGS_URL, Processors, Settings};
pub use start::SESSION_MOUNT;
pub use token::Token;

use crate::{
    Error, Isolation, Machine, MachineSpec, Machines, Volume, VolumeSpec,
    names::{check_machine_name, check_volume_name},
};
use async_trait::async_trait;
use environment::Environment;
use std::sync::Arc;

/// Length of an id of Fly's, with room: 14 digits today.
const ID_MAX: usize = 40;

/// The driver. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FlyMachines {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    environment: Environment,
    settings: Settings,
    api: api::Api,
    young: memory::Young,
    lost: memory::Lost,
    deployments: memory::Deployments,
}

impl Inner {
    fn app(&self) -> &str {
        &self.settings.app
    }

    fn app_path(&self) -> String {
        format!("/v1/apps/{}", self.settings.app)
    }
}

impl FlyMachines {
    /// A driver for an app. Nothing is asked yet: Fly may be away, and come back.
    ///
    /// # Errors
    /// [`Error::Permanent`] if the settings cannot work.
    pub fn new(environment: Environment, settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        let api = api::Api::new(environment.clone(), settings.clone())?;
        let inner = Inner {
            environment,
            settings,
            api,
            young: memory::Young::default(),
            lost: memory::Lost::default(),
            deployments: memory::Deployments::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether machines can be started now: the token is accepted, the app is there and on a network of its own, its network
    /// policy is set. The app, if an organisation is named, and the policy are made.
    ///
    /// # Errors
    /// The first thing that is in the way, and what to do about it.
    pub async fn check(&self) -> Result<(), Error> {
        self.inner.check().await
    }

    /// The same without making anything; in words what [`FlyMachines::check`] would make, if there is such.
    ///
    /// # Errors
    /// As for [`FlyMachines::check`].
    pub async fn look(&self) -> Result<Option<String>, Error> {
        self.inner.look().await
    }

    /// How the machine's program ended last; none if it did not, or nobody knows any more.
    ///
    /// # Errors
    /// Fly does not say.
    pub async fn exit(&self, id: &str) -> Result<Option<Exit>, Error> {
        if is_machine_id(id) { self.inner.exit(id).await } else { Ok(None) }
    }
}

#[async_trait]
impl Machines for FlyMachines {
    fn backend(&self) -> &'static str {
        "fly"
    }

    fn isolation(&self) -> Isolation {
        Isolation::Vm
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Result<Volume, Error> {
        check_volume_name(&spec.name)?;
        self.inner.create_volume(spec).await
    }

    async fn volume(&self, id: &str) -> Result<Option<Volume>, Error> {
        if is_volume_id(id) { self.inner.find_volume(id).await } else { Ok(None) }
    }

    async fn volumes(&self, deployment: &str) -> Result<Vec<Volume>, Error> {
        self.inner.list_volumes(deployment).await
    }

    async fn delete_volume(&self, id: &str) -> Result<(), Error> {
        if is_volume_id(id) { self.inner.delete_volume(id).await } else { Ok(()) }
    }

    async fn start_machine(&self, spec: &MachineSpec) -> Result<Machine, Error> {
        check_machine_name(&spec.name)?;
        if !is_volume_id(&spec.volume_id) {
            return Err(Error::Permanent { what: format!("`{}` is no id of a Fly volume", spec.volume_id) });
        }
        self.inner.start(spec).await
    }

    async fn machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        if is_machine_id(id) { self.inner.find_machine(id).await } else { Ok(None) }
    }

    async fn machines(&self, deployment: &str) -> Result<Vec<Machine>, Error> {
        self.inner.list_machines(deployment).await
    }

    async fn holders(&self, volume: &str) -> Result<Vec<Machine>, Error> {
        if is_volume_id(volume) { self.inner.machines_on(volume).await } else { Ok(Vec::new()) }
    }

    async fn destroy_machine(&self, id: &str) -> Result<(), Error> {
        if is_machine_id(id) { self.inner.destroy(id).await } else { Ok(()) }
    }

    async fn machine_log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, Error> {
        if is_machine_id(id) { self.inner.log(id, lines_max).await } else { Ok(Vec::new()) }
    }
}

/// Ids become parts of a path: whatever else was recorded as one was never Fly's.
fn is_machine_id(id: &str) -> bool {
    (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

fn is_volume_id(id: &str) -> bool {
    id.strip_prefix("vol_").is_some_and(is_machine_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_lead_elsewhere_is_no_id() {
        assert!(is_machine_id("148e2d5f6e1234") && is_volume_id("vol_4y5z1x"));
        for id in ["", "..", "a/b", "a?b", "A", "a%2f", &"a".repeat(41)] {
            assert!(!is_machine_id(id), "{id}");
            assert!(!is_volume_id(&format!("vol_{id}")), "{id}");
        }
        assert!(!is_volume_id("148e"));
    }
}
