//! What is there: by id, and by deployment.
//!
//! "Not there" is believed of a look by id, while the API is calm and the thing was not made a moment ago: a list lags, and
//! was seen empty for everybody. "Ended" is believed of a machine whose host answers.

use super::{
    Inner,
    api::Call,
    failure::Failure,
    labels,
    pace::Action,
    refusal::Meaning,
    wire::FlyMachine,
    words::{HostWord, MachineWord},
};
use crate::{Error, Machine, MachineState};
use reqwest::Method;
use serde::de::DeserializeOwned;

/// Pages of a list that are followed, and entries of each: more than an app should have.
const PAGES_MAX: usize = 50;
const PAGE: usize = 1000;

impl Inner {
    /// The machine of that id; none if it is certainly not there.
    pub async fn find_machine(&self, id: &str) -> Result<Option<Machine>, Error> {
        let Some(found) = self.fly_machine(id).await? else { return Ok(None) };
        match machine(&found) {
            None if !found.host_status.is_ok() => Err(unreadable(&found)),
            ours => Ok(ours),
        }
    }

    /// The same, whoever's it is. One that is destroyed is still shown for a while, and is not there.
    pub async fn fly_machine(&self, id: &str) -> Result<Option<FlyMachine>, Error> {
        let path = format!("{}/machines/{id}", self.app_path());
        let call = Call::new(Method::GET, path, Action::LookAtMachine, id, format!("show machine `{id}`"));
        let found: FlyMachine = match self.api.call(call).await.and_then(|answer| answer.json()) {
            Ok(found) => found,
            Err(failure) if failure.meaning() == Some(&Meaning::Missing) => {
                self.believe(&format!("machine `{id}`"))?;
                return if self.young.has(id, self.environment.monotonic()) {
                    Err(retryable(format!("machine `{id}` was made a moment ago, and Fly does not show it yet")))
                } else {
                    Ok(None)
                };
            }
            Err(failure) => return Err(failure.into()),
        };
        Ok((!(found.state == MachineWord::Destroyed && found.host_status.is_ok())).then_some(found))
    }

    /// All machines of a deployment that Fly shows; and those that it does not show yet, as far as something leads to them:
    /// what we made a moment ago, and what has one of the deployment's volumes.
    pub async fn list_machines(&self, deployment: &str) -> Result<Vec<Machine>, Error> {
        let path = format!("{}/machines", self.app_path());
        let mut call = Call::new(Method::GET, path, Action::ListMachines, self.app(), "list machines");
        call.query.push((labels::OF_DEPLOYMENT, deployment.to_owned()));
        let listed: Vec<FlyMachine> = self.list(call).await?;
        self.believe("what is not in a list of machines")?;
        let mut machines: Vec<Machine> =
            listed.iter().filter(|found| found.state != MachineWord::Destroyed).filter_map(machine).collect();
        let mut others = self.young.ids(self.environment.monotonic());
        others.extend(self.attached(deployment).await?);
        for id in others {
            if !machines.iter().any(|machine| machine.id == id) {
                // One that cannot be looked at now is absent, which proves nothing.
                machines.extend(self.find_machine(&id).await.unwrap_or_default());
            }
        }
        machines.retain(|machine| machine.labels.deployment == deployment);
        machines.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(machines)
    }

    /// Every page of a list.
    pub async fn list<T: DeserializeOwned>(&self, mut call: Call) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let query = call.query.clone();
        for _ in 0..PAGES_MAX {
            let answer = self.api.call(call.clone()).await?;
            all.extend(answer.json::<Option<Vec<T>>>()?.unwrap_or_default());
            let Some(next) = answer.next else { return Ok(all) };
            call.query = query.clone();
            call.query.extend([("cursor", next), ("limit", PAGE.to_string())]);
        }
        let what = format!("Fly was asked to {}, and lists more than {PAGES_MAX} pages", call.what);
        Err(Failure::Lost { what, maybe_done: false })
    }

    /// In an outage, and for a while after it, absence is no answer.
    pub fn believe(&self, what: &str) -> Result<(), Error> {
        if self.api.is_calm() {
            return Ok(());
        }
        Err(retryable(format!("Fly's API has just failed: that {what} is not there is not believed yet")))
    }
}

impl HostWord {
    /// The host answers.
    pub fn is_ok(&self) -> bool {
        match self {
            Self::Ok => true,
            Self::Unknown(word) => word.is_empty(),
            Self::Unreachable => false,
        }
    }
}

/// As we know it, if it is ours.
pub fn machine(found: &FlyMachine) -> Option<Machine> {
    labels::machine(found, state(found))
}

/// Careful where it is not known: what runs may write.
fn state(found: &FlyMachine) -> MachineState {
    match found.state {
        MachineWord::Created | MachineWord::Creating | MachineWord::Starting => MachineState::Starting,
        MachineWord::Stopped | MachineWord::Failed if found.host_status.is_ok() => MachineState::Stopped,
        _ => MachineState::Running,
    }
}

fn unreadable(found: &FlyMachine) -> Error {
    retryable(format!(
        "the host of machine `{}` does not answer ({}), so that Fly does not show what it is",
        found.id, found.host_status
    ))
}

/// May be tried again.
pub fn retryable(what: String) -> Error {
    Error::Retryable { what, retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of(word: &str, host: &str) -> MachineState {
        let (state, host_status) = (word.to_owned().into(), host.to_owned().into());
        state_of_found(&FlyMachine { state, host_status, ..FlyMachine::default() })
    }

    fn state_of_found(found: &FlyMachine) -> MachineState {
        state(found)
    }

    #[test]
    fn only_what_has_ended_on_a_host_that_answers_is_stopped() {
        for word in ["created", "creating", "starting"] {
            assert_eq!(state_of(word, "ok"), MachineState::Starting, "{word}");
        }
        for word in ["stopped", "failed"] {
            assert_eq!(state_of(word, "ok"), MachineState::Stopped, "{word}");
            assert_eq!(state_of(word, ""), MachineState::Stopped, "{word}");
            for host in ["unknown", "unreachable", "on fire"] {
                assert_eq!(state_of(word, host), MachineState::Running, "{word} {host}");
            }
        }
        for word in ["started", "stopping", "suspended", "destroying", "migrated", "levitating", ""] {
            assert_eq!(state_of(word, "ok"), MachineState::Running, "{word}");
        }
    }
}
