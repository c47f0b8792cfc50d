use super::{
    super::{
        audit::What,
        hub::Hub,
        world::{State, Volume, World},
    },
    ASK_AGAIN, event_id, reached, start_later, still, take_over,
};

/// Lines of a program that are kept once the runner forgets it.
const LOG_LINES_MAX: usize = 2_000;

/// What a machine is once its program has ended on request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// It can be started again.
    Stopped,
    /// It is started again at once.
    Restarted,
    /// It is started again on another host.
    Moved(String),
    /// It is no more.
    Destroyed,
}

/// Ends the machine's program once `due_ms` has come and its host is reached.
pub fn end_later(hub: &Hub, id: &str, life: u64, then: Then, due_ms: u64) {
    let (hub, id) = (hub.clone(), id.to_owned());
    hub.clone().spawn(async move {
        hub.clock().until(due_ms).await;
        reached(&hub, &id).await;
        end(&hub, &id, life, then).await;
    });
}

async fn end(hub: &Hub, id: &str, life: u64, then: Then) {
    let hand = hub.hand(id);
    let held = hand.lock().await;
    let Some(run) = hub.change(|world, _| still(world, id, life).map(|machine| machine.run.clone())) else { return };
    let log = match run {
        Some(run) => end_program(hub, &run).await,
        None => Vec::new(),
    };
    let again = hub.change(|world, now| {
        let machine = world.machines.get_mut(id)?;
        machine.run = None;
        machine.log.extend(log);
        if std::mem::take(&mut machine.running) {
            world.happened(now, What::ProgramEnded { machine: id.to_owned(), exit_code: None, requested: true });
        }
        settle(hub, world, now, id, life, then)
    });
    drop(held);
    if let Some(life) = again {
        start_later(hub, id, life, hub.now_ms());
    }
}

/// Ends what runs and gives what it printed. Nobody may believe that it has ended before it has.
pub async fn end_program(hub: &Hub, run: &str) -> Vec<String> {
    let Some(runner) = &hub.options().runner else { return Vec::new() };
    let log = runner.log(run, LOG_LINES_MAX).await.unwrap_or_default();
    while let Err(why) = runner.end(run).await {
        tracing::warn!(run, why, "a program of the Fly stand-in does not end; it is tried again");
        hub.environment().sleep(ASK_AGAIN).await;
    }
    log
}

/// What the API shows now; the life in which the machine is to be started again, if it is.
fn settle(hub: &Hub, world: &mut World, now: u64, id: &str, life: u64, then: Then) -> Option<u64> {
    let timings = hub.timings();
    let machine = still(world, id, life)?;
    let ended = event_id(hub, now);
    match then {
        Then::Stopped => {
            machine.settles_at_ms = now.saturating_add(timings.settle_ms);
            machine.moves(now, ended, "exit", State::Stopped, "flyd").exit(None, false, true, false);
            None
        }
        Then::Restarted => {
            machine.moves(now, ended, "exit", State::Stopped, "flyd").exit(None, false, true, true);
            Some(take_over(machine))
        }
        Then::Moved(host) => {
            machine.host.clone_from(&host);
            machine.moves(now, ended, "migrate", State::Stopped, "flyd");
            let (again, volume) = (take_over(machine), machine.volume.clone());
            if let Some(volume) = volume.and_then(|id| world.volumes.get_mut(&id)) {
                volume.host = host;
            }
            Some(again)
        }
        Then::Destroyed => {
            machine.moves(now, ended, "destroy", State::Destroyed, "flyd");
            machine.lease = None;
            for volume in world.volumes.values_mut().filter(|it| it.attached_machine.as_deref() == Some(id)) {
                release(volume, now, timings.claim_ms);
            }
            world.happened(now, What::MachineDestroyed { machine: id.to_owned() });
            None
        }
    }
}

fn release(volume: &mut Volume, now: u64, claim_ms: u64) {
    volume.updated_at_ms = now;
    volume.lingering_claim = volume.attached_machine.take().map(|machine| (machine, now.saturating_add(claim_ms)));
}
