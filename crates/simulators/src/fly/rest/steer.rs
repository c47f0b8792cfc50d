//! Start, stop, restart, signal, cordon, destroy.

use super::{
    Answer, Call, Refusal,
    machines::{may_change, no_foreign_lease},
};
use crate::fly::{
    hub::Hub,
    ids,
    life::{Then, end_later, start_later, take_over},
    world::{Machine, State},
};
use serde::Deserialize;
use serde_json::json;

pub fn start(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let (before, life) = hub.change(|world, now| {
        may_change(call, world, now)?;
        let machine = call.machine_mut(world)?;
        let before = machine.state;
        match before {
            State::Started | State::Starting => return Ok((before, None)),
            State::Replacing => return Err(Refusal::precondition("machine getting replaced, refusing to start")),
            State::Created | State::Stopped | State::Suspended | State::Failed => {}
            state => {
                let words = format!("unable to start machine from current state: '{}'", state.as_str());
                return Err(Refusal::precondition(&words));
            }
        }
        let unsettled = now < machine.settles_at_ms || before == State::Created && !machine.parked;
        if unsettled && before == State::Created {
            return Err(Refusal::precondition("unable to start machine from current state: 'created'"));
        }
        if unsettled {
            return Err(Refusal::precondition("machine still active, refusing to start"));
        }
        moves(hub, machine, now, "start", State::Starting);
        Ok((before, Some(take_over(machine))))
    })?;
    if let Some(life) = life {
        start_later(hub, &call.id, life, hub.now_ms());
    }
    Ok(Answer::ok(json!({ "previous_state": before.as_str(), "migrated": false, "new_host": "" })))
}

/// Signal and patience of a stop. What a runner does is its own; they are only read.
#[derive(Deserialize)]
struct Stop {
    #[serde(default, rename = "signal")]
    _signal: Option<String>,
    #[serde(default, rename = "timeout")]
    _timeout: Option<String>,
}

pub fn stop(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let _: Stop = call.input()?;
    end(hub, call, "stop", State::Stopping, Then::Stopped)
}

/// The stand-in has no snapshots of memory: the program ends, and is started anew afterwards. Fly does not promise more.
pub fn suspend(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    end(hub, call, "suspend", State::Stopping, Then::Stopped)
}

pub fn restart(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    end(hub, call, "restart", State::Stopping, Then::Restarted)
}

fn end(hub: &Hub, call: &Call, kind: &str, state: State, then: Then) -> Result<Answer, Refusal> {
    let life = hub.change(|world, now| {
        may_change(call, world, now)?;
        let machine = call.machine_mut(world)?;
        match machine.state {
            State::Stopped | State::Suspended | State::Stopping if then == Then::Stopped => return Ok(None),
            state if state.is_going() => {
                let words = format!("unable to stop machine from current state: '{}'", state.as_str());
                return Err(Refusal::precondition(&words));
            }
            _ => {}
        }
        moves(hub, machine, now, kind, state);
        Ok(Some(take_over(machine)))
    })?;
    if let Some(life) = life {
        end_later(hub, &call.id, life, then, hub.now_ms().saturating_add(hub.timings().stop_ms));
    }
    Ok(Answer::done())
}

/// Answered at once; the machine is gone later. `force` also ends what runs. A host that is not reached does it when it is.
pub fn delete(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let life = hub.change(|world, now| {
        no_foreign_lease(call, call.machine(world)?, now)?;
        let machine = call.machine_mut(world)?;
        if machine.state.is_going() {
            return Ok(None);
        }
        let rests = matches!(machine.state, State::Created | State::Stopped | State::Suspended | State::Failed);
        // `kill` is what Fly's own client says.
        if !rests && !call.is_on("force") && !call.is_on("kill") {
            return Err(Refusal::precondition(
                "unable to destroy machine, not currently stopped, suspended, failed or created",
            ));
        }
        moves(hub, machine, now, "destroy", State::Destroying);
        Ok(Some(take_over(machine)))
    })?;
    if let Some(life) = life {
        end_later(hub, &call.id, life, Then::Destroyed, hub.now_ms().saturating_add(hub.timings().destroy_ms));
    }
    Ok(Answer::done())
}

#[derive(Deserialize)]
struct Signal {
    #[serde(default)]
    signal: String,
}

/// Nothing receives it but a program that ends by it; the stand-in ends none.
pub fn signal(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let wanted: Signal = call.input()?;
    if !wanted.signal.starts_with("SIG") {
        return Err(Refusal::bad_request("invalid signal"));
    }
    may_change(call, &hub.read(), hub.now_ms())?;
    Ok(Answer::done())
}

pub fn cordon(hub: &Hub, call: &Call, cordoned: bool) -> Result<Answer, Refusal> {
    hub.change(|world, now| {
        may_change(call, world, now)?;
        call.machine_mut(world)?.cordoned = cordoned;
        Ok(Answer::done())
    })
}

fn moves(hub: &Hub, machine: &mut Machine, now: u64, kind: &str, state: State) {
    machine.moves(now, ids::ulid(hub.environment(), now), kind, state, "user");
}
