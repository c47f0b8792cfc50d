//! Holds what the database says against what others know. Pure, so that forged histories can try it ([`super::forged`]).

use super::{
    history::{History, Told},
    outside::{Check, Outside, Pull},
};
use domain::pull_request::Event;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Somebody was told that it is durable, and it is not there.
    Lost { what: String, event: String },
    /// The history starts an action that nobody answered, withdrew or still has to carry out.
    ActionMissing { workflow: String, action: u32, name: String },
    /// Still to be carried out, though everything is still.
    Pending { workflow: String },
    /// The history does not lead to the stored state.
    Diverged { workflow: String, why: String },
    /// The pull request is closed and its workflow is not.
    NotOver { workflow: String, status: String },
    /// The history cites an effect that never was.
    NeverWas { workflow: String, effect: String },
    /// It is there more often than it was promised.
    Twice { workflow: String, effect: String },
    /// Somebody did it and the history does not know of it.
    Unknown { workflow: String, effect: String },
    /// Nobody will conclude it any more.
    OpenCheck { check: u64, external_id: String },
    /// Machines or volumes that belong to nobody.
    LeftOver { count: usize },
    /// A pull request without a workflow.
    NoWorkflow { key: String },
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { what, event } => write!(f, "lost: {what}, acknowledged as `{event}`"),
            Self::ActionMissing { workflow, action, name } => {
                write!(f, "{workflow}: action {action} `{name}` was started and never answered")
            }
            Self::Pending { workflow } => write!(f, "{workflow}: actions are still pending"),
            Self::Diverged { workflow, why } => write!(f, "{workflow}: its history leads elsewhere: {why}"),
            Self::NotOver { workflow, status } => {
                write!(f, "{workflow} is `{status}` though its pull request is closed")
            }
            Self::NeverWas { workflow, effect } => write!(f, "{workflow}: {effect} is in its history and not outside"),
            Self::Twice { workflow, effect } => write!(f, "{workflow}: {effect} happened twice"),
            Self::Unknown { workflow, effect } => write!(f, "{workflow}: {effect} is outside and not in its history"),
            Self::OpenCheck { check, external_id } => write!(f, "check run {check} of {external_id} is open"),
            Self::LeftOver { count } => write!(f, "{count} machines or volumes are left"),
            Self::NoWorkflow { key } => write!(f, "the pull request {key} has no workflow"),
        }
    }
}

/// What was found, and how much was looked at.
#[derive(Debug, Default)]
pub struct Judgement {
    pub acknowledged: usize,
    pub actions: usize,
    pub wrong: Vec<Wrong>,
}

impl Judgement {
    /// The line that a run ends with.
    pub fn summary(&self, kills: usize) -> String {
        let count = |is: fn(&Wrong) -> bool| self.wrong.iter().filter(|wrong| is(wrong)).count();
        let lost = count(|wrong| matches!(wrong, Wrong::Lost { .. }));
        let missing = count(|wrong| matches!(wrong, Wrong::ActionMissing { .. } | Wrong::Pending { .. }));
        format!(
            "{kills} kills, {} acknowledged facts, {lost} lost, {} actions, {missing} missing",
            self.acknowledged, self.actions
        )
    }
}

/// Judges a history once everything is still and every pull request is closed.
pub fn judge(history: &History, outside: &Outside) -> Judgement {
    let mut wrong = lost(history, outside);
    wrong.extend(history.workflows.iter().flat_map(of_workflow));
    for (key, pull) in &outside.pulls {
        match history.workflows.iter().find(|told| told.key == *key) {
            Some(told) => wrong.extend(effects(told, pull)),
            None => wrong.push(Wrong::NoWorkflow { key: key.clone() }),
        }
    }
    if outside.left_over > 0 {
        wrong.push(Wrong::LeftOver { count: outside.left_over });
    }
    let actions = history.workflows.iter().map(|told| told.started.len()).sum();
    Judgement { acknowledged: outside.acknowledged.len(), actions, wrong }
}

fn lost(history: &History, outside: &Outside) -> Vec<Wrong> {
    let facts = history.workflows.iter().flat_map(|told| told.events.iter().map(|fact| fact.id.as_str()));
    let known: BTreeSet<&str> = facts.chain(history.early.iter().map(String::as_str)).collect();
    let absent = outside.acknowledged.iter().filter(|it| !known.contains(it.event.as_str()));
    absent.map(|it| Wrong::Lost { what: it.what.clone(), event: it.event.clone() }).collect()
}

fn of_workflow(told: &Told) -> Vec<Wrong> {
    let workflow = || told.id.clone();
    let answered = told.answered();
    let open = told.started.iter().filter(|(id, _)| !answered.contains(id) && !told.withdrawn.contains(id));
    let mut wrong: Vec<Wrong> = open
        .filter(|_| !told.pending)
        .map(|(action, name)| Wrong::ActionMissing { workflow: workflow(), action: *action, name: (*name).to_owned() })
        .collect();
    if told.pending {
        wrong.push(Wrong::Pending { workflow: workflow() });
    }
    if let Some(why) = &told.diverged {
        wrong.push(Wrong::Diverged { workflow: workflow(), why: why.clone() });
    }
    if !told.terminal {
        wrong.push(Wrong::NotOver { workflow: workflow(), status: told.status.clone() });
    }
    wrong.extend(doubled(
        told,
        "the start of machine",
        told.events.iter().filter_map(|fact| match &fact.event {
            Event::MachineStarted { run, .. } => Some(*run),
            _ => None,
        }),
    ));
    wrong
}

fn effects(told: &Told, pull: &Pull) -> Vec<Wrong> {
    let (mut checks, mut reviews, mut pushed) = (Vec::new(), Vec::new(), Vec::new());
    for fact in &told.events {
        match &fact.event {
            Event::CheckPublished { check_run, .. } => checks.push(*check_run),
            Event::ReviewPublished { review, .. } => reviews.push(*review),
            Event::PatchPushed { sha, .. } => pushed.push(sha.clone()),
            _ => {}
        }
    }
    // A check is brought up to date many times; a review and a push are done once.
    checks.sort_unstable();
    checks.dedup();
    let twins = twins(told, pull, &checks);
    let single = || pull.checks.iter().filter(|check| !twins.contains(&check.id));
    let outside: Vec<u64> = single().map(|check| check.id).collect();
    let mut wrong = matched(told, "check run", &checks, &outside);
    wrong.extend(matched(told, "review", &reviews, &pull.reviews));
    wrong.extend(matched(told, "the push of", &pushed, &pull.pushed));
    wrong.extend(doubled(told, "the check of", single().map(place)));
    let open = pull.checks.iter().filter(|check| !check.completed);
    wrong.extend(open.map(|it| Wrong::OpenCheck { check: it.id, external_id: it.external_id.clone() }));
    wrong
}

fn place(check: &Check) -> String {
    format!("{} on {}", check.external_id, check.sha)
}

/// Check runs beside the one that the history cites, where it says that there may be two: a creation without an answer
/// may land after the next attempt has looked. There is one for each time that it was unsure; each must end as any other.
fn twins(told: &Told, pull: &Pull, cited: &[u64]) -> BTreeSet<u64> {
    let mut unsure = BTreeMap::<String, usize>::new();
    for fact in &told.events {
        if let Event::CheckPublished { run, sha, unsure: true, .. } = &fact.event {
            *unsure.entry(format!("{}:{run} on {sha}", told.id)).or_default() += 1;
        }
    }
    let mut twins = BTreeSet::new();
    for check in pull.checks.iter().filter(|check| !cited.contains(&check.id)) {
        if let Some(left) = unsure.get_mut(&place(check)).filter(|left| **left > 0) {
            *left -= 1;
            twins.insert(check.id);
        }
    }
    twins
}

/// What is cited is there, what is there is cited, and each once.
fn matched<T: Ord + fmt::Display + Clone>(told: &Told, what: &str, cited: &[T], there: &[T]) -> Vec<Wrong> {
    let workflow = || told.id.clone();
    let name = |it: &T| format!("{what} {it}");
    let (known, real): (BTreeSet<&T>, BTreeSet<&T>) = (cited.iter().collect(), there.iter().collect());
    let mut wrong = doubled(told, what, cited.iter().cloned());
    wrong.extend(doubled(told, what, there.iter().cloned()));
    wrong.extend(known.difference(&real).map(|it| Wrong::NeverWas { workflow: workflow(), effect: name(it) }));
    wrong.extend(real.difference(&known).map(|it| Wrong::Unknown { workflow: workflow(), effect: name(it) }));
    wrong
}

fn doubled<T: Ord + fmt::Display>(told: &Told, what: &str, all: impl Iterator<Item = T>) -> Vec<Wrong> {
    let mut counts = BTreeMap::<T, usize>::new();
    for it in all {
        *counts.entry(it).or_default() += 1;
    }
    let twice = counts.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(it, _)| Wrong::Twice { workflow: told.id.clone(), effect: format!("{what} {it}") }).collect()
}
