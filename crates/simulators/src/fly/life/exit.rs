use super::{
    super::{
        audit::What,
        hub::Hub,
        rest::Refusal,
        runner::Exit,
        world::{State, World},
    },
    Then,
    end::end_program,
    end_later, event_id, reached, start_later, still, take_over,
};

/// What follows after a program has ended by itself.
enum Next {
    Nothing,
    Again(u64),
    Gone(u64),
}

/// Waits for the end of a program that runs, and takes note of it.
pub fn watch(hub: &Hub, id: &str, life: u64, run: String) {
    let Some(runner) = hub.options().runner.clone() else { return };
    let (hub, id) = (hub.clone(), id.to_owned());
    hub.clone().spawn(async move {
        let exit = runner.ended(&run).await;
        // One that was ended on purpose is somebody else's to note.
        let is_ours = hub.read().machines.get(&id).is_some_and(|machine| machine.run.as_ref() == Some(&run));
        if is_ours {
            exited(&hub, &id, life, exit).await;
        }
    });
}

/// The program has ended without being told to.
async fn exited(hub: &Hub, id: &str, life: u64, exit: Exit) {
    let overtaken = hub.change(|world, now| still(world, id, life).is_none() || !lost(world, now, id, exit));
    if overtaken {
        return;
    }
    reached(hub, id).await;
    follow(hub, id, life, exit);
}

/// Has a program end as if by itself.
pub async fn end_by_itself(hub: &Hub, id: &str, exit: Exit) -> Result<(), Refusal> {
    let hand = hub.hand(id);
    let held = hand.lock().await;
    let there = hub.read().machines.get(id).filter(|it| it.running).map(|it| (it.life, it.run.clone()));
    let (life, run) = there.ok_or_else(|| Refusal::not_found("running program"))?;
    // Before it really ends: the watch that sees it end knows less about how.
    hub.change(|world, _| still(world, id, life).map(|machine| machine.run = None));
    let log = match run {
        Some(run) => end_program(hub, &run).await,
        None => Vec::new(),
    };
    hub.change(|world, _| world.machines.get_mut(id).map(|machine| machine.log.extend(log)));
    drop(held);
    let (hub, id) = (hub.clone(), id.to_owned());
    hub.clone().spawn(async move { exited(&hub, &id, life, exit).await });
    Ok(())
}

/// A program ended while its host was out of reach; its end is seen now that the host is back.
pub fn outcome_of_lost(hub: &Hub, id: &str) {
    let life = hub.read().machines.get(id).filter(|it| it.state == State::Started && !it.running).map(|it| it.life);
    if let Some(life) = life {
        follow(hub, id, life, Exit::default());
    }
}

/// Notes that nothing of it runs any more; false: that was known.
fn lost(world: &mut World, now: u64, id: &str, exit: Exit) -> bool {
    let Some(machine) = world.machines.get_mut(id).filter(|machine| machine.running) else { return false };
    machine.running = false;
    world.happened(now, What::ProgramEnded { machine: id.to_owned(), exit_code: exit.code, requested: false });
    true
}

/// What the API shows of it, and what the configuration wants next.
fn follow(hub: &Hub, id: &str, life: u64, exit: Exit) {
    let next = hub.change(|world, now| {
        // Whoever saw it first has said so.
        let first = still(world, id, life).filter(|machine| machine.state == State::Started);
        let Some(machine) = first else { return Next::Nothing };
        let settings = machine.settings();
        let again = settings.restart.again(exit.code, machine.retries);
        let event = machine.moves(now, event_id(hub, now), "exit", State::Stopped, "flyd");
        event.exit(exit.code, exit.oom_killed, false, again);
        if again {
            machine.retries += 1;
            return Next::Again(take_over(machine));
        }
        if settings.auto_destroy {
            machine.moves(now, event_id(hub, now), "destroy", State::Destroying, "flyd");
            return Next::Gone(take_over(machine));
        }
        Next::Nothing
    });
    let now = hub.now_ms();
    match next {
        Next::Nothing => {}
        Next::Again(life) => start_later(hub, id, life, now),
        Next::Gone(life) => end_later(hub, id, life, Then::Destroyed, now.saturating_add(hub.timings().destroy_ms)),
    }
}
