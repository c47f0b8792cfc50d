//! The process dies between any two effects, again and again; the next one starts on the same store.
//!
//! What must hold: every event that was acknowledged is in history exactly once (or still kept early); every action is
//! answered exactly once; nothing is left pending or stuck.

use crate::{order::Event, world::World};
use engine::{ActionError, Limits, Store, core::StartAction};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Step {
    Submit { key: u8, event: u8, id: u8 },
    CarryOut(u8),
    Finish { ok: bool },
    Pass(u16),
    FailCommit { conflict: bool },
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..4u8, 0..5u8, 0..12u8).prop_map(|(key, event, id)| Step::Submit { key, event, id }),
        8 => (1..6u8).prop_map(Step::CarryOut),
        4 => proptest::bool::weighted(0.7).prop_map(|ok| Step::Finish { ok }),
        1 => (0..20_000u16).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(|conflict| Step::FailCommit { conflict }),
        2 => Just(Step::Crash),
    ];
    proptest::collection::vec(step, 1..120)
}

fn event(number: u8) -> Event {
    match number {
        0 => Event::Placed,
        1 => Event::PlacedAtDesk { group: "g".into(), priority: 1 },
        2 => Event::Approved,
        3 => Event::Cancelled,
        _ => Event::Noted("n".into()),
    }
}

fn answer(start: &StartAction) -> Event {
    match start.name {
        "notify" => Event::Notified,
        "charge" => Event::Charged { receipt: "r".into() },
        _ => Event::Shipped,
    }
}

#[derive(Default)]
struct Promises {
    asked: BTreeMap<u64, (String, String)>,
    acknowledged: Vec<(String, String)>,
}

impl Promises {
    fn hear(&mut self, world: &mut World) {
        for (ticket, answer) in std::mem::take(&mut world.answers) {
            let asked = self.asked.remove(&ticket).expect("each is answered once");
            if answer.is_ok() {
                self.acknowledged.push(asked);
            }
        }
    }
}

fn take(world: &mut World, step: Step, promises: &mut Promises) {
    match step {
        Step::Submit { key, event: number, id } => {
            // The same id always stands for the same event, as a sender's repeat does.
            let (key, id) = (format!("k{key}"), format!("gh:{number}.{id}"));
            let ticket = world.post(&key, &id, &event(number));
            promises.asked.insert(ticket, (key, id));
        }
        Step::CarryOut(count) => {
            for _ in 0..count {
                world.carry_out_next();
            }
        }
        Step::Finish { ok } => {
            if let Some(start) = world.started.pop_front() {
                let busy = || ActionError::Retryable { message: "busy".into(), retry_after: None };
                world.end(&start, ok.then(|| answer(&start)).ok_or_else(busy));
            }
        }
        Step::Pass(millis) => world.pass(u64::from(millis)),
        Step::FailCommit { conflict } => world.store.fail_next_commit(if conflict {
            engine::CommitError::Conflict("x".into())
        } else {
            engine::CommitError::Failed("x".into())
        }),
        Step::Crash => {
            promises.asked.clear();
            world.crash();
        }
    }
    promises.hear(world);
}

/// Lets everything that is owed happen.
fn come_to_rest(world: &mut World, promises: &mut Promises) {
    world.crash();
    promises.asked.clear();
    for _ in 0..50 {
        world.run();
        promises.hear(world);
        while let Some(start) = world.started.pop_front() {
            let event = answer(&start);
            world.finish_this(&start, Ok(event));
        }
        world.pass(1_500);
    }
}

fn check(world: &World, promises: &Promises) {
    let rows = crate::world::ready(world.store.list(&engine::ListFilter::default())).unwrap();
    for row in &rows {
        assert_eq!(row.pending, None, "every action is answered: {row:?}");
        let mut ids = world.event_ids(&row.key);
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "each event is there once");
        let answered = ids.iter().filter(|id| id.starts_with("act:")).count();
        assert!(answered <= row.actions as usize, "no action is answered twice");
    }
    for (key, id) in &promises.acknowledged {
        let early = crate::world::ready(world.store.early("order", key, 100)).unwrap();
        let kept = early.iter().filter(|row| row.id.as_str() == id).count();
        let in_history =
            if world.exists(key) { world.event_ids(key).iter().filter(|have| *have == id).count() } else { 0 };
        let dropped = usize::from(kept + in_history == 0 && id.starts_with("gh:2."));
        assert_eq!(kept + in_history + dropped, 1, "{key} {id}: kept {kept}, in history {in_history}");
    }
    let waiting = rows.iter().filter(|row| row.pool.as_ref().is_some_and(|pool| pool.waits.is_some())).count();
    let holding = rows.iter().filter(|row| row.pool.as_ref().is_some_and(|pool| pool.waits.is_none())).count();
    assert!(holding <= 1 && (waiting == 0 || holding == 1), "{waiting} wait while {holding} hold the one desk");
    assert_eq!(crate::world::ready(world.store.stuck(engine::WorkflowId(0), 99)).unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_dies_when_what_was_acknowledged_is_there_once_and_every_action_is_answered(steps in steps()) {
        // Small limits, so that every bound is met: batches split, workflows are put aside.
        let limits = Limits { batch_max: 3, live_max: 3, actions_running_max: 2, near_max: 2, ..Limits::default() };
        let mut world = World::with(limits, 1);
        let mut promises = Promises::default();
        for step in steps {
            take(&mut world, step, &mut promises);
        }
        come_to_rest(&mut world, &mut promises);
        check(&world, &promises);
    }
}
