use super::{Answer, Call, Refusal, views};
use crate::fly::{
    hub::Hub,
    world::{HostStatus, Machine, State, World},
};
use serde_json::{Value, json};

/// The machines of an app, as they were as long ago as lists lag.
pub fn list(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let (world, at) = (hub.read(), call.shown_at(hub));
    call.app_exists(&world)?;
    let shown = wanted(&world, call, at, &|machine| machine.app == call.app);
    let summary = call.is_on("summary");
    let view = |(machine, state): (&Machine, State)| {
        if summary { views::summary(machine, state) } else { views::machine(&world, machine, state) }
    };
    Ok(Answer::ok(shown.into_iter().map(view).collect()))
}

/// The machines that a list's query asks for, each with the state it had at that moment.
pub fn wanted<'a>(
    world: &'a World,
    call: &Call,
    at: u64,
    among: &dyn Fn(&Machine) -> bool,
) -> Vec<(&'a Machine, State)> {
    let states: Vec<&str> = call.query("state").map(|it| it.split(',').collect()).unwrap_or_default();
    let labels: Vec<(&str, &str)> =
        call.query.iter().filter_map(|(name, value)| Some((name.strip_prefix("metadata.")?, value.as_str()))).collect();
    let fits = |machine: &Machine, state: State| {
        let metadata = if labels.is_empty() { Default::default() } else { machine.settings().metadata };
        among(machine)
            && (call.is_on("include_deleted") || state != State::Destroyed)
            && call.query("region").is_none_or(|region| machine.region == region)
            && (states.is_empty() || states.contains(&state.as_str()))
            && labels.iter().all(|(key, value)| metadata.get(*key).map(String::as_str) == Some(*value))
    };
    let then = |machine: &'a Machine| Some((machine, machine.state_at(at)?));
    world.machines.values().filter_map(then).filter(|(machine, state)| fits(machine, *state)).collect()
}

pub fn get(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    let machine = call.machine(&world)?;
    Ok(Answer::ok(views::machine(&world, machine, machine.state)))
}

pub fn versions(hub: &Hub, call: &Call) -> Result<Answer, Refusal> {
    let world = hub.read();
    let machine = call.machine(&world)?;
    let newest: Value = json!({ "version": machine.version, "user_config": machine.config });
    Ok(Answer::ok(json!([newest])))
}

/// The machine may be changed by this call: it is there, its host is reached, nobody else has the lease.
pub fn may_change(call: &Call, world: &World, now: u64) -> Result<(), Refusal> {
    let machine = call.machine(world)?;
    if world.host_status(&machine.host) != HostStatus::Ok {
        return Err(Refusal::unreachable());
    }
    no_foreign_lease(call, machine, now)
}

/// Nobody else has the lease.
pub fn no_foreign_lease(call: &Call, machine: &Machine, now: u64) -> Result<(), Refusal> {
    let nonce = call.headers.get(super::lease::NONCE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match machine.held(now) {
        Some(lease) if lease.nonce != nonce => {
            let (id, owner, until) = (&machine.id, &lease.owner, views::moment(lease.expires_at_ms));
            let words = format!("machine ID {id} lease currently held by {owner}, expires at {until}");
            Err(Refusal::as_message(409, words))
        }
        _ => Ok(()),
    }
}
