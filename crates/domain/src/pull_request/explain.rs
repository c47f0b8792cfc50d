//! Why a pull request was reviewed, skipped, or not yet: the gates as they decide, what is done now, what is waited for.

use super::{
    reading::Snapshot,
    state::{Phase, Purpose, State, Wanted},
};
use crate::{
    gates::{self, Answer},
    ids::short,
    policy::OwnPush,
};

/// The whole explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Every gate, in the order in which they are asked; empty before the first reading.
    pub gates: Vec<Gate>,
    /// A sentence: what it does now.
    pub now: String,
    /// A sentence: what it waits for.
    pub waits: String,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What it asks.
    pub question: &'static str,
    /// What it answered.
    pub answer: Answer,
    /// What was found.
    pub found: String,
}

/// What the gates look at, from the state.
pub(super) fn facts<'a>(state: &'a State, snapshot: &Snapshot) -> gates::Facts<'a> {
    let own_push = state.own_push.as_ref() == Some(&snapshot.head_sha)
        && (state.policy.own_push == OwnPush::Trust || state.reviewed.is_none());
    gates::Facts {
        listed: snapshot.listed,
        open: snapshot.open,
        archived: snapshot.archived,
        draft: snapshot.draft,
        author_is_bot: snapshot.author_is_bot,
        fork: snapshot.fork,
        isolated: snapshot.isolated,
        author_permission: snapshot.author_permission,
        author_listed: snapshot.author_listed,
        own_push,
        asked: state.asked_for.as_ref() == Some(&snapshot.head_sha),
        paused: state.paused.is_some(),
        policy: &state.policy,
    }
}

/// Explains a state. The gates are asked by the code that decides.
pub fn explain(state: &State) -> Explanation {
    let gates = match &state.snapshot {
        None => Vec::new(),
        Some(snapshot) => {
            let facts = facts(state, snapshot);
            let gate = |asked: gates::Asked| Gate {
                question: asked.gate.question(),
                answer: asked.answer,
                found: asked.gate.found(&facts),
            };
            gates::walk(&facts).map(gate).collect()
        }
    };
    Explanation { gates, now: now(state), waits: waits(state) }
}

fn now(state: &State) -> String {
    let run = state.wanted.as_ref().map_or_else(|| "The first reading".to_owned(), run);
    match &state.phase {
        Phase::Queued => format!("{run} is queued."),
        Phase::Provisioning { .. } => format!("{run} gets its machine."),
        Phase::Running => format!("{run} is under way."),
        Phase::Pushing { request } => format!("The patch of request {request} is being pushed."),
        Phase::AwaitingDecision => "Nothing runs; the session is kept.".to_owned(),
        Phase::Idle => idle(state),
        Phase::Closing { .. } => "The pull request is closed; its machine and volume are being taken down.".to_owned(),
        Phase::Closed => "The pull request is closed, and nothing of it is left.".to_owned(),
    }
}

fn run(wanted: &Wanted) -> String {
    let head = short(&wanted.target.head_sha);
    match &wanted.purpose {
        Purpose::Review { .. } => format!("Run {}, a review of `{head}` ({}),", wanted.run, wanted.reason),
        Purpose::Decision { request } => format!("Run {}, which carries out request {request},", wanted.run),
        Purpose::Question { .. } => format!("Run {}, which answers a question,", wanted.run),
    }
}

fn idle(state: &State) -> String {
    match (&state.reviewed, state.target()) {
        (Some(reviewed), Some(target)) if *reviewed == target => {
            format!("The commits at `{}` are dealt with; nothing runs.", short(&target.head_sha))
        }
        (Some(reviewed), Some(target)) => format!(
            "Nothing runs: `{}` is not reviewed; `{}` was the last one that was.",
            short(&target.head_sha),
            short(&reviewed.head_sha)
        ),
        (None, Some(target)) => format!("Nothing runs: `{}` is not reviewed.", short(&target.head_sha)),
        (_, None) => "Nothing runs: the pull request was not read yet.".to_owned(),
    }
}

fn waits(state: &State) -> String {
    if let Some(why) = state.held_back().filter(|_| state.wanted.is_some() && state.phase == Phase::Queued) {
        return format!("It waits: {why}.");
    }
    match (&state.phase, &state.request, &state.paused) {
        (Phase::Queued, ..) => "It waits for a free machine.".to_owned(),
        (Phase::Provisioning { .. }, ..) => "It waits for the machine's worker to report.".to_owned(),
        (Phase::Running, ..) => "It waits for the agent.".to_owned(),
        (Phase::Pushing { .. }, ..) => "It waits for GitHub.".to_owned(),
        (_, Some(request), _) => {
            format!("It waits for an answer to request {}; who may: {}.", request.id, state.policy.decide.words())
        }
        (Phase::Idle, None, Some(paused)) => format!("It waits for `resume`: {} paused it.", paused.by),
        (Phase::Idle, None, None) => "It waits for new commits, or for `review`.".to_owned(),
        (Phase::AwaitingDecision | Phase::Closing { .. } | Phase::Closed, None, _) => {
            "It waits for nothing.".to_owned()
        }
    }
}
