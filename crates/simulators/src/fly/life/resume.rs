use super::{super::hub::Hub, Then, end_later, exit::watch, start_later, take_over};
use crate::fly::world::State;

/// What a machine was about to do when the stand-in ended.
enum Plan {
    Start(u64),
    Watch(u64, String),
    End(u64, Then),
}

/// Goes on with what an earlier life of the stand-in had begun.
pub fn resume(hub: &Hub) {
    let plans: Vec<(String, Plan)> = hub.change(|world, _| {
        let machines = world.machines.values_mut();
        machines
            .filter_map(|machine| {
                let plan = match machine.state {
                    State::Created if machine.stuck || machine.parked => return None,
                    State::Created | State::Starting | State::Replacing => Plan::Start(take_over(machine)),
                    State::Started => Plan::Watch(machine.life, machine.run.clone()?),
                    State::Stopping => Plan::End(take_over(machine), Then::Stopped),
                    State::Destroying => Plan::End(take_over(machine), Then::Destroyed),
                    State::Stopped | State::Suspended | State::Failed | State::Destroyed => return None,
                };
                Some((machine.id.clone(), plan))
            })
            .collect()
    });
    for (id, plan) in plans {
        match plan {
            Plan::Start(life) => start_later(hub, &id, life, hub.now_ms()),
            Plan::Watch(life, run) => watch(hub, &id, life, run),
            Plan::End(life, then) => end_later(hub, &id, life, then, hub.now_ms()),
        }
    }
}
