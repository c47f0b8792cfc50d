use super::{Answer, Call, Refusal, create::settings, machines::may_change, views};
use crate::fly::{
    hub::Hub,
    ids,
    life::{Then, end_later, take_over},
    world::State,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Update {
    #[serde(default)]
    config: Value,
    #[serde(default)]
    current_version: String,
}

/// The whole configuration anew: a new version, for which the machine is replaced.
pub fn update(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let new: Update = call.input()?;
    let wanted = settings(&new.config)?;
    let (answer, life) = hub.change(|world, now| {
        may_change(call, world, now)?;
        let machine = call.machine_mut(world)?;
        if !new.current_version.is_empty() && new.current_version != machine.version {
            return Err(Refusal::new(409, "aborted: machine update failed due to concurrent update"));
        }
        if machine.state.is_going() {
            return Err(Refusal::precondition("machine is being destroyed"));
        }
        let mount = |config: &crate::fly::world::Config| config.mounts.first().map(|it| it.volume.clone());
        if mount(&wanted) != mount(&machine.settings()) {
            return Err(Refusal::bad_request("the attached volume of a machine can't be changed"));
        }
        (machine.config, machine.version) = (new.config.clone(), ids::ulid(hub.environment(), now));
        machine.moves(now, ids::ulid(hub.environment(), now), "update", State::Replacing, "user");
        let life = take_over(machine);
        let machine = call.machine(world)?;
        Ok((Answer::ok(views::machine(world, machine, machine.state)), life))
    })?;
    end_later(hub, &call.id, life, Then::Restarted, hub.now_ms().saturating_add(hub.timings().stop_ms));
    Ok(answer)
}
