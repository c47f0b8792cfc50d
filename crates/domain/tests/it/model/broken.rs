//! Broken variants of the transition function: the one in production, with one mistake around it. Each must be found by the
//! property that it breaks; otherwise the check of the production function would say little.

use super::{
    Decide, PRODUCTION,
    bounds::{self, Bounds},
    properties::{P1, P2, P3, P4, P5, P6, P7, P8, P10},
    step::Outcome::{Apply, ApplyOther, Clean, Patch},
    world::Budget,
};
use domain::pull_request::{
    Access, Action, Choice, Event, Face, Failed, Kind, MachineEnd, Phase, PullRequest, Purpose, Read, Reading,
    RunOutcome, State, Teardown, Timer,
};
use engine::{Illegal, TimerChange, Timestamp, Transition};

type Answer = Result<Transition<PullRequest>, Illegal>;

/// A mistake, where it shows, and the property that it breaks.
pub struct Broken {
    pub mistake: &'static str,
    pub decide: Decide,
    pub bounds: Bounds,
    pub breaks: &'static str,
}

/// All mistakes.
pub fn all() -> Vec<Broken> {
    let broken = |mistake, decide: Decide, bounds: Bounds, breaks| Broken { mistake, decide, bounds, breaks };
    let none = bounds::subject("broken").budget;
    let small = |budget: Budget, slow, outcomes| Bounds {
        runs: 3,
        budget,
        slow,
        split: slow,
        outcomes,
        ..bounds::subject("broken")
    };
    let read: &[&str] = &["read_pull_request"];
    let start: &[&str] = &["start_machine"];
    let nothing: &[&str] = &[];
    vec![
        broken(
            "takes a reading that began before a webhook for its answer",
            forgets_the_second_webhook,
            small(Budget { spare_webhooks: 1, ..none }, read, &[]),
            P1,
        ),
        broken(
            "lets an older reading bring access back",
            believes_older_readings,
            small(Budget { accesses: 1, ..none }, read, &[]),
            P1,
        ),
        broken(
            "forgets in a new generation who asked",
            forgets_asks_when_it_reopens,
            Bounds { slow: &["read_permission"], ..small(Budget { closes: 2, reviews: 1, ..none }, nothing, &[]) },
            P1,
        ),
        broken(
            "starts a machine before the previous one is confirmed gone",
            asks_and_forgets,
            Bounds { slow: &["destroy_machine"], ..small(Budget { pushes: 1, ..none }, nothing, &[Clean]) },
            P2,
        ),
        broken(
            "believes that an ambiguous start never happened",
            trusts_a_failed_start,
            small(Budget { ambiguous: 1, answers: 1, ..none }, start, &[]),
            P2,
        ),
        broken(
            "destroys a machine before the call that starts it has answered",
            does_not_await_the_start,
            Bounds {
                slow: &["start_machine", "destroy_machine"],
                ..small(Budget { cancels: 1, reviews: 1, ..none }, nothing, &[])
            },
            P2,
        ),
        broken(
            "judges asks in the order in which permissions were read: the second clicker wins",
            judges_in_any_order,
            Bounds { slow: &["read_permission"], ..small(Budget { answers: 2, ..none }, nothing, &[Patch]) },
            P3,
        ),
        broken(
            "lets a later answer replace the decision",
            decides_again,
            small(Budget { answers: 2, ..none }, nothing, &[Patch]),
            P3,
        ),
        broken(
            "forgets an approval that was held back by an old machine",
            reviews_instead,
            Bounds {
                slow: &["destroy_machine"],
                ..small(Budget { failures: 1, answers: 1, ..none }, nothing, &[Patch])
            },
            P3,
        ),
        broken(
            "leaves the check of a superseded run open",
            leaves_the_check_open,
            small(Budget { pushes: 1, ..none }, nothing, &[]),
            P4,
        ),
        broken(
            "does not try again to publish",
            publishes_once,
            Bounds { slow: &["publish_check"], ..small(Budget { failures: 1, ..none }, nothing, &[Clean]) },
            P4,
        ),
        broken(
            "accepts another result of a run that is over",
            takes_every_result,
            small(none, nothing, &[Clean, Patch]),
            P5,
        ),
        broken(
            "deletes the volume after a reading that began before its time was over",
            deletes_after_any_reading,
            small(Budget { closes: 1, spare_webhooks: 1, ..none }, read, &[Clean]),
            P6,
        ),
        broken(
            "forgets a volume that may have been created",
            trusts_a_failed_creation,
            Bounds { slow: &["create_volume"], ..small(Budget { ambiguous: 1, ..none }, nothing, &[]) },
            P7,
        ),
        broken("does not bound a run's time", does_not_watch, small(none, nothing, &[]), P8),
        broken(
            "lets a later run wait for a volume whose creation failed",
            waits_for_a_failed_volume,
            Bounds {
                slow: &["create_volume", "read_pull_request"],
                ..small(Budget { pushes: 1, failures: 1, ..none }, nothing, &[])
            },
            P8,
        ),
        broken(
            "waits without an end for a machine that is not confirmed gone",
            waits_without_end,
            Bounds {
                slow: &["destroy_machine"],
                ..small(Budget { failures: 1, answers: 1, ..none }, nothing, &[Patch])
            },
            P8,
        ),
        broken("pushes without a decision", pushes_unasked, small(none, nothing, &[Patch]), P10),
        broken(
            "pushes what the session proposes instead of what was approved",
            pushes_another_patch,
            small(Budget { answers: 1, ..none }, nothing, &[Patch, ApplyOther]),
            P10,
        ),
        broken(
            "takes any answer for a yes",
            takes_no_for_yes,
            small(Budget { answers: 1, ..none }, nothing, &[Patch, Apply]),
            P10,
        ),
    ]
}

/// Production, from a state in which something is different.
fn from(state: Option<&State>, event: &Event, now: Timestamp, edit: impl FnOnce(&mut State)) -> Answer {
    let mut state = state.cloned();
    state.iter_mut().for_each(edit_once(edit));
    PRODUCTION(state.as_ref(), event, now)
}

fn edit_once(edit: impl FnOnce(&mut State)) -> impl FnMut(&mut State) {
    let mut edit = Some(edit);
    move |state| {
        if let Some(edit) = edit.take() {
            edit(state);
        }
    }
}

fn forgets_the_second_webhook(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    if matches!(event, Event::Hinted { .. }) && next.state.read == Read::AskedAndDue {
        next.state.read = Read::Asked;
    }
    Ok(next)
}

fn believes_older_readings(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    from(state, event, now, |state| {
        if matches!(event, Event::PullRequestRead { .. }) && state.access != Access::Open {
            state.read = Read::Asked;
        }
    })
}

fn forgets_asks_when_it_reopens(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    if state.is_some_and(|state| state.generation < next.state.generation) {
        next.state.asks.clear();
    }
    Ok(next)
}

fn asks_and_forgets(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    if next.state.machine.as_ref().is_some_and(|machine| machine.end == MachineEnd::Asked) {
        next.state.machine = None;
    }
    Ok(next)
}

fn trusts_a_failed_start(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut event = event.clone();
    if let Event::ActionFailed { failed: Failed::StartMachine { .. }, ambiguous, .. } = &mut event {
        *ambiguous = false;
    }
    PRODUCTION(state, &event, now)
}

fn does_not_await_the_start(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    from(state, event, now, |state| {
        let machine = state.machine.as_mut().filter(|machine| machine.end == MachineEnd::Starting);
        if let (Some(machine), Event::PermissionRead { .. }) = (machine, event) {
            machine.end = MachineEnd::None;
        }
    })
}

fn judges_in_any_order(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    from(state, event, now, |state| {
        if let Event::PermissionRead { ask, .. } = event {
            state.asks.sort_by_key(|pending| pending.ask != *ask);
        }
    })
}

fn decides_again(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    let asked = state.into_iter().flat_map(|state| &state.asks);
    if let (Event::PermissionRead { ask, .. }, Some(last)) = (event, next.state.decisions.last_mut()) {
        let judged = asked.into_iter().find(|pending| pending.ask == *ask);
        last.by = judged.map_or_else(|| last.by.clone(), |pending| pending.by.login.clone());
    }
    Ok(next)
}

fn reviews_instead(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    let asked = state.and_then(|state| state.request.as_ref()).is_some_and(|it| it.kind == Kind::RetryOnCopy);
    if let (Event::MachineGone { .. }, true, Some(wanted)) = (event, asked, &mut next.state.wanted) {
        wanted.purpose = Purpose::Review { fixes: true };
    }
    Ok(next)
}

fn leaves_the_check_open(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    let before = state.map(|state| state.checks.as_slice()).unwrap_or_default();
    for (check, before) in next.state.checks.iter_mut().zip(before) {
        if matches!(check.face, Face::Superseded { .. }) {
            *check = before.clone();
        }
    }
    Ok(next)
}

fn publishes_once(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    next.timers.retain(|change| !sets(change, Timer::Republish));
    Ok(next)
}

fn takes_every_result(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let answer = PRODUCTION(state, event, now);
    let (Err(Illegal::Refused(_)), Some(state), Event::RunFinished { run, result }) = (&answer, state, event) else {
        return answer;
    };
    let mut next = Transition::<PullRequest>::to(state.clone());
    if let Some(known) = next.state.result.as_mut().filter(|known| known.run == *run) {
        known.digest.clone_from(&result.digest);
        next.actions.push(Action::PublishReview { run: *run });
    }
    Ok(next)
}

fn deletes_after_any_reading(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    from(state, event, now, |state| {
        let closed = matches!(event, Event::PullRequestRead { reading } if matches!(&**reading, Reading::PullRequest { snapshot, .. } if !snapshot.open));
        if closed && matches!(state.phase, Phase::Closing { volume: Teardown::Rereading, .. }) {
            state.read = Read::Asked;
        }
    })
}

fn trusts_a_failed_creation(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut event = event.clone();
    if let Event::ActionFailed { failed: Failed::CreateVolume { .. }, ambiguous, .. } = &mut event {
        *ambiguous = false;
    }
    PRODUCTION(state, &event, now)
}

fn does_not_watch(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    next.timers.retain(|change| !sets(change, Timer::Total));
    Ok(next)
}

fn waits_for_a_failed_volume(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let wanted = state.and_then(|state| state.wanted.as_ref()).map(|wanted| wanted.run);
    match (state, event) {
        (Some(state), Event::ActionFailed { failed: Failed::CreateVolume { run }, .. }) if wanted != Some(*run) => {
            let mut next = Transition::<PullRequest>::to(state.clone());
            next.state.volume = None;
            Ok(next)
        }
        _ => PRODUCTION(state, event, now),
    }
}

fn waits_without_end(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    if matches!(event, Event::PermissionRead { .. }) {
        next.timers.retain(|change| !sets(change, Timer::Confirm));
    }
    Ok(next)
}

fn pushes_unasked(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    if let (Event::RunFinished { .. }, Some(request)) = (event, &next.state.request) {
        next.actions.push(Action::PushPatch { request: request.id.clone() });
    }
    Ok(next)
}

fn pushes_another_patch(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    from(state, event, now, |state| {
        let Event::RunFinished { result, .. } = event else { return };
        let RunOutcome::ApplyApproved { digest } = &result.outcome else { return };
        if let Some(Kind::Fix { patch }) = state.decisions.last_mut().map(|decision| &mut decision.request.kind) {
            patch.digest.clone_from(digest);
        }
    })
}

fn takes_no_for_yes(state: Option<&State>, event: &Event, now: Timestamp) -> Answer {
    let mut next = PRODUCTION(state, event, now)?;
    let before = state.map_or(0, |state| state.decisions.len());
    if let Some(decision) = next.state.decisions.get(before).filter(|decision| decision.choice == Choice::No) {
        next.actions.push(Action::PushPatch { request: decision.request.id.clone() });
    }
    Ok(next)
}

fn sets(change: &TimerChange, timer: Timer) -> bool {
    match change {
        TimerChange::At { name, .. } | TimerChange::Silence { name, .. } => name == timer.name(),
        TimerChange::Cancel { .. } => false,
    }
}
