//! What befalls a host.

use crate::fly::{
    audit::What,
    hub::Hub,
    life::{end_program, outcome_of_lost},
    rest::Refusal,
    world::{Host, HostStatus, World},
};

/// The host on which a machine or a volume lies.
fn of(world: &World, id: &str) -> Result<String, Refusal> {
    let machine = world.machines.get(id).map(|it| it.host.clone());
    let host = machine.or_else(|| world.volumes.get(id).map(|it| it.host.clone()));
    host.ok_or_else(|| Refusal::not_found("machine or volume"))
}

pub fn fill(hub: &Hub, id: &str, full: bool) -> Result<(), Refusal> {
    change(hub, id, |host| host.full = full).map(|_| ())
}

fn change(hub: &Hub, id: &str, change: impl FnOnce(&mut Host)) -> Result<String, Refusal> {
    hub.change(|world, now| {
        let name = of(world, id)?;
        let host = world.hosts.entry(name.clone()).or_default();
        let before = host.status;
        change(host);
        let reachable = host.status == HostStatus::Ok;
        if host.status != before {
            world.happened(now, What::HostChanged { host: name.clone(), reachable });
        }
        Ok(name)
    })
}

/// The API loses the host. Whether its programs go on is another matter, and nobody can see it.
pub async fn lose(hub: &Hub, id: &str, programs_end: bool) -> Result<(), Refusal> {
    let host = change(hub, id, |host| host.status = HostStatus::Unreachable)?;
    if !programs_end {
        return Ok(());
    }
    let running: Vec<String> = {
        let world = hub.read();
        world.machines.values().filter(|it| it.host == host && it.running).map(|it| it.id.clone()).collect()
    };
    for machine in running {
        let hand = hub.hand(&machine);
        let _held = hand.lock().await;
        // Before it really ends: the watch that sees it end knows less about how.
        let run = hub.change(|world, _| world.machines.get_mut(&machine).and_then(|it| it.run.take()));
        let log = match run {
            Some(run) => end_program(hub, &run).await,
            None => Vec::new(),
        };
        hub.change(|world, now| {
            let Some(it) = world.machines.get_mut(&machine) else { return };
            it.running = false;
            it.log.extend(log);
            world.happened(now, What::ProgramEnded { machine: machine.clone(), exit_code: None, requested: false });
        });
    }
    Ok(())
}

/// The host is back: what it was told meanwhile is done, and what ended meanwhile is seen.
pub fn give_back(hub: &Hub, id: &str) -> Result<(), Refusal> {
    let host = change(hub, id, |host| host.status = HostStatus::Ok)?;
    let machines: Vec<String> = {
        let world = hub.read();
        world.machines.values().filter(|it| it.host == host).map(|it| it.id.clone()).collect()
    };
    for machine in machines {
        outcome_of_lost(hub, &machine);
    }
    Ok(())
}
