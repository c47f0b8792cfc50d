use super::{
    super::{
        audit::What,
        hub::Hub,
        runner::Program,
        world::{Machine, State, World},
    },
    end::end_program,
    event_id,
    exit::watch,
    still,
};

/// Starts the machine's program once `due_ms` has come.
pub fn start_later(hub: &Hub, id: &str, life: u64, due_ms: u64) {
    let (hub, id) = (hub.clone(), id.to_owned());
    hub.clone().spawn(async move { start(&hub, &id, life, due_ms).await });
}

/// Starts the machine's program, unless it is overtaken.
pub async fn start(hub: &Hub, id: &str, life: u64, due_ms: u64) {
    hub.clock().until(due_ms).await;
    if !hub.change(|world, now| starting(hub, world, now, id, life)) {
        return;
    }
    hub.clock().until(hub.now_ms().saturating_add(hub.timings().start_ms)).await;
    let hand = hub.hand(id);
    let held = hand.lock().await;
    forget_ended(hub, id).await;
    let Some(program) = hub.change(|world, now| begin(world, now, id, life)) else { return };
    let run = match &hub.options().runner {
        None => Ok(None),
        Some(runner) => runner.start(&program).await.map(Some),
    };
    match run {
        Ok(run) => {
            hub.change(|world, now| started(hub, world, now, id, life, run.clone()));
            drop(held);
            if let Some(run) = run {
                watch(hub, id, life, run);
            }
        }
        Err(why) => {
            tracing::warn!(machine = id, why, "a machine of the Fly stand-in did not start");
            hub.change(|world, now| not_started(hub, world, now, id, life, &why));
        }
    }
}

/// What ended by itself was kept for its log, and still has the volume.
async fn forget_ended(hub: &Hub, id: &str) {
    let ended = hub.read().machines.get(id).filter(|it| !it.running).and_then(|it| it.run.clone());
    let Some(ended) = ended else { return };
    let log = end_program(hub, &ended).await;
    hub.change(|world, _| {
        if let Some(machine) = world.machines.get_mut(id) {
            machine.run = None;
            machine.log.extend(log);
        }
    });
}

fn starting(hub: &Hub, world: &mut World, now: u64, id: &str, life: u64) -> bool {
    let Some(machine) = still(world, id, life) else { return false };
    machine.parked = false;
    machine.moves(now, event_id(hub, now), "start", State::Starting, "flyd");
    true
}

/// From here on the program may write its volume, whatever becomes of the attempt.
fn begin(world: &mut World, now: u64, id: &str, life: u64) -> Option<Program> {
    let machine = still(world, id, life)?;
    if !machine.running {
        machine.running = true;
        machine.starts += 1;
        let (machine, volume) = (machine.id.clone(), machine.volume.clone());
        world.happened(now, What::ProgramStarted { machine, volume });
    }
    let machine = world.machines.get(id)?;
    let volume = machine.volume.as_ref().and_then(|id| world.volumes.get(id)?.run.clone());
    Some(program(machine, volume))
}

fn program(machine: &Machine, volume: Option<String>) -> Program {
    let settings = machine.settings();
    Program {
        name: format!("{}-{}", machine.id, machine.starts),
        app: machine.app.clone(),
        volume,
        mounted_at: settings.mounts.first().map(|mount| mount.path.clone()).unwrap_or_default(),
        environment: settings.env,
        memory_mb: settings.guest.memory_mb,
        cpus: settings.guest.cpus,
    }
}

fn started(hub: &Hub, world: &mut World, now: u64, id: &str, life: u64, run: Option<String>) {
    let Some(machine) = world.machines.get_mut(id) else { return };
    machine.run = run;
    if machine.life == life {
        machine.moves(now, event_id(hub, now), "start", State::Started, "flyd");
    }
}

fn not_started(hub: &Hub, world: &mut World, now: u64, id: &str, life: u64, why: &str) {
    let Some(machine) = world.machines.get_mut(id) else { return };
    machine.running = false;
    machine.log.push(format!("error: {why}"));
    if machine.life == life {
        machine.moves(now, event_id(hub, now), "start", State::Failed, "flyd");
    }
    world.happened(now, What::ProgramEnded { machine: id.to_owned(), exit_code: None, requested: false });
}
