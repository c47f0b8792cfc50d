//! What a watcher sees in a single step: facts about a step that its end alone does not show.

use super::{
    properties::{P1, P2, P3, P4, P5, P6, P10},
    world::{Machine, World},
};
use domain::{
    ids::RequestId,
    pull_request::{
        Access, Action, Ask, Choice, Decision, Event, Face, Failed, Kind, Phase, Purpose, ReplyText, State, Teardown,
    },
};

impl World {
    fn violates(&mut self, property: &'static str, is: bool) {
        if is {
            self.memory.violated.insert(property);
        }
    }
}

/// Somebody asks: in recorded order, those who may decide about the open request.
pub fn asked(world: &mut World, ask: &str, login: &str, what: &Ask) {
    let Ask::Answer { request, choice } = what else { return };
    let open = world.state().request.as_ref().is_some_and(|open| open.id == *request);
    if open && login != "eve" {
        world.memory.permitted.push((ask.into(), request.clone(), login.into(), *choice));
    }
}

/// What somebody may do could not be read: they are told, and decide nothing.
pub fn ask_unread(world: &mut World, event: &Event) {
    if let Event::ActionFailed { failed: Failed::ReadPermission { ask }, .. } = event {
        world.memory.permitted.retain(|(permitted, ..)| permitted != ask);
    }
}

/// A transition.
pub fn transition(before: Option<&State>, event: &Event, actions: &[Action], world: &mut World) {
    for action in actions {
        if let Action::Reply { text: ReplyText::Decided { request }, .. } = action {
            world.memory.fulfilled.insert(request.clone());
        }
    }
    let Some(before) = before else { return };
    let after = world.state.clone().expect("it was just set");
    let judges = matches!(
        event,
        Event::PermissionRead { .. } | Event::ActionFailed { failed: Failed::ReadPermission { .. }, .. }
    );
    let kept = before.asks.iter().all(|ask| after.asks.iter().any(|still| still.ask == ask.ask));
    world.violates(P1, !kept && !judges);
    decisions(before, &after, world);
    fulfilment(before, &after, world);
    let open = after.request.as_ref().map(|request| &request.id);
    world.memory.permitted.retain(|(_, request, ..)| Some(request) == open);
}

fn decisions(before: &State, after: &State, world: &mut World) {
    for decision in &after.decisions {
        let id = &decision.request.id;
        if let Some(known) = before.decisions.iter().find(|known| known.request.id == *id) {
            let same = (&known.by, known.choice) == (&decision.by, decision.choice);
            let stays = known.pushed.is_none() || known.pushed == decision.pushed;
            world.violates(P3, !same || !stays);
            continue;
        }
        let first = world.memory.permitted.iter().find(|(_, request, ..)| request == id).cloned();
        let won = first.is_some_and(|(_, _, by, choice)| by == decision.by && choice == decision.choice);
        world.violates(P3, !won);
        if let (true, Kind::Fix { patch }, Choice::Yes) = (won, &decision.request.kind, decision.choice) {
            world.memory.approved.insert(id.clone(), patch.digest.clone());
        }
    }
}

/// What was approved is under way until it is pushed, or somebody is told why it was not.
fn fulfilment(before: &State, after: &State, world: &mut World) {
    for decision in &before.decisions {
        let id = &decision.request.id;
        let Some(run) = under_way(before, decision) else { continue };
        let still = after.decisions.iter().find(|still| still.request.id == *id);
        let pushed = still.is_none_or(|still| still.pushed.is_some());
        let over = matches!(after.phase, Phase::Closing { .. } | Phase::Closed);
        let goes_on = under_way(after, decision).is_some();
        let told = world.memory.fulfilled.contains(id)
            || after.checks.iter().filter(|check| check.run == run).any(|check| match &check.face {
                Face::PushRefused { .. } | Face::NotDecided { .. } | Face::Superseded { .. } => true,
                Face::Reviewed { .. } | Face::Applied { .. } | Face::NeedsDecision { .. } => true,
                Face::Cancelled { why } => why != "tried again",
                _ => false,
            });
        world.violates(P3, !(pushed || over || goes_on || told));
    }
}

/// The run that carries out an approval, or whose retry would.
fn under_way(state: &State, decision: &Decision) -> Option<u32> {
    let approved = matches!(decision.request.kind, Kind::Fix { .. }) && decision.choice == Choice::Yes;
    if !approved || decision.pushed.is_some() {
        return None;
    }
    let wanted = state.wanted.as_ref();
    let runs = wanted.filter(|wanted| wanted.purpose == Purpose::Decision { request: decision.request.id.clone() });
    let retry = state.request.as_ref().filter(|request| {
        matches!(request.kind, Kind::Retry | Kind::RetryOnCopy) && request.head_sha == decision.request.head_sha
    });
    runs.map(|wanted| wanted.run).or(retry.map(|request| request.run))
}

/// An answer was taken in that could not know what was recorded since it was read.
pub fn stale_answer(before: Option<&State>, world: &mut World) {
    let Some(before) = before else { return };
    let after = world.state.clone().expect("it is known");
    let asked_once_more = matches!(before.phase, Phase::Closing { volume: Teardown::Rereading, .. });
    let may_go = matches!(after.phase, Phase::Closing { volume: Teardown::Deletable, .. } | Phase::Closed);
    world.violates(P6, asked_once_more && may_go);
    let shut = matches!(before.access, Access::Suspended { .. } | Access::Gone { .. });
    world.violates(P1, shut && after.access == Access::Open);
}

/// A machine starts.
pub fn starts(world: &mut World, machine: &Machine) {
    let second = world.outside.machines.values().any(|other| other.alive && other.copy == machine.copy);
    world.violates(P2, second);
}

/// A volume is deleted.
pub fn deletes(world: &mut World, copy: u32) {
    let used = world.outside.machines.values().any(|machine| machine.alive && machine.copy == copy);
    world.violates(P2, used);
}

/// A check is published: GitHub shows nothing of an open one over a completed one.
pub fn publishes(world: &mut World, run: u32, sha: &str, concludes: bool) {
    let completed = world.outside.checks.get(&(run, sha.to_owned())) == Some(&true);
    world.violates(P4, completed && !concludes);
}

/// A review is published: one of this run on this commit, which it did read.
pub fn reviews(world: &mut World, run: u32, sha: &str, digest: &str) {
    let there = world.outside.reviews.get(&(run, sha.to_owned()));
    let another = there.is_some_and(|there| there != digest);
    let read = world.outside.machines.get(&run).is_some_and(|machine| machine.sha == sha);
    world.violates(P5, another || !read);
}

/// The bot pushes.
pub fn pushes(world: &mut World, request: &RequestId, digest: &str) {
    let approved = world.memory.approved.get(request).is_some_and(|approved| approved == digest);
    world.violates(P10, !approved);
    let again = world.outside.pushed.iter().any(|(pushed, _)| pushed == request);
    world.violates(P3, again);
}
