//! The named properties of DESIGN: P2, P5, P6, P9 and P10 are looked at in the moment in which something happens outside,
//! by the simulated outsides themselves; the others when everything has come to rest, here.

use crate::{
    machines::{Disk, Unit},
    production::{APP, Decided, End, GIT_TOKEN, Kind, PRIVATE_KEY, WEBHOOK_SECRET},
    promises,
    world::State,
};
use std::collections::{BTreeMap, BTreeSet};

/// A property that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// `P1` to `P10`.
    pub property: &'static str,
    /// What was seen.
    pub what: String,
}

/// Statuses in which the workflow of a pull request may rest.
const AT_REST: [&str; 3] = ["idle", "awaiting_decision", "closed"];

/// What must hold when everything has come to rest.
pub(crate) fn at_the_end(state: &mut State, ends: &[End], database: Option<&str>) {
    let mut found = Vec::new();
    let mut say = |property, what: String| found.push(Violation { property, what });
    let by_workflow: BTreeMap<&str, &End> = ends.iter().map(|end| (&*end.workflow, end)).collect();
    facts(state, &by_workflow, &mut say);
    for end in ends {
        decisions(state, end, &mut say);
        rest(end, &mut say);
        match end.kind {
            Kind::PullRequest => up_to_date(state, end, &mut say),
            Kind::Reminder => promises::kept(state, end, &mut say),
        }
    }
    promises::once(state, &mut say);
    checks(state, &mut say);
    orphans(state, ends, &mut say);
    if let Some(database) = database {
        secrets(state, database, &mut say);
    }
    state.violations.extend(found);
}

/// P1: whatever was acknowledged is there.
fn facts(state: &State, ends: &BTreeMap<&str, &End>, say: &mut impl FnMut(&'static str, String)) {
    for (workflow, event) in &state.acknowledged {
        let there = ends.get(&**workflow).is_some_and(|end| end.events.contains(event));
        if !there {
            say("P1", format!("{workflow} has lost `{event}`, which was acknowledged"));
        }
    }
    for (workflow, finding) in &state.acknowledged_findings {
        let there = ends.get(&**workflow).is_some_and(|end| end.findings.contains(finding));
        if !there {
            say("P1", format!("{workflow} has lost the finding {finding}, which was acknowledged"));
        }
    }
    // What a person did is taken in however many attempts were lost: GitHub lists them.
    let all: BTreeSet<&str> = ends.values().flat_map(|end| end.events.iter().map(String::as_str)).collect();
    for delivery in state.github.deliveries.iter().filter(|delivery| delivery.decision) {
        if !delivery.ignored && !delivery.expects.iter().all(|event| all.contains(&**event)) {
            say(
                "P1",
                format!("what a person did, delivery {}, was never taken in ({:?})", delivery.guid, delivery.expects),
            );
        }
    }
    for end in ends.values().filter(|end| !end.replays) {
        say("P1", format!("the history of {} does not lead to its state", end.workflow));
    }
}

/// P3: the first permitted answer is the decision, and it takes effect once.
fn decisions(state: &State, end: &End, say: &mut impl FnMut(&'static str, String)) {
    for Decided { request, by, choice, pushed } in &end.decisions {
        let first = end.asked.iter().find(|asked| {
            asked.request == *request
                && asked.choice != "later"
                && !end.unread.contains(&asked.ask)
                && state.github.may_decide(&asked.by)
        });
        match first {
            Some(first) if (&first.by, &first.choice) == (by, choice) => {}
            first => say("P3", format!("request {request} was decided `{choice}` by {by}; first was {first:?}")),
        }
        let commits = state.github.commits_of(request);
        if commits.len() > 1 {
            say("P3", format!("request {request} was pushed {} times", commits.len()));
        }
        if choice == "no" && !commits.is_empty() {
            say("P3", format!("request {request} was answered with no and pushed"));
        }
        if let Some(sha) = pushed.as_ref().filter(|sha| !commits.contains(sha)) {
            say("P3", format!("request {request} is said to be pushed as {sha}, which is not on the branch"));
        }
    }
}

/// P8: whatever should have moved has.
fn rest(end: &End, say: &mut impl FnMut(&'static str, String)) {
    if end.stuck {
        say("P8", format!("nothing will move {}: {}", end.workflow, end.why));
    }
    for timer in &end.overdue {
        say("P8", format!("the timer {timer} of {} is long due and has not fired", end.workflow));
    }
    let may_rest = match end.kind {
        Kind::PullRequest => AT_REST.contains(&&*end.status),
        Kind::Reminder => promises::may_rest(&end.status),
    };
    if !may_rest {
        say("P8", format!("{} is still {} long after everything came to rest: {}", end.workflow, end.status, end.why));
    }
}

/// P8 of a pull request: what is known of it is what is there.
fn up_to_date(state: &State, end: &End, say: &mut impl FnMut(&'static str, String)) {
    let Some(pull) = state.github.pull_by_key(&end.key) else { return };
    if pull.open && end.head.as_deref() != Some(&*pull.head) {
        say("P8", format!("{} has not read the head {} of {}: {:?}", end.workflow, pull.head, end.key, end.head));
    }
    if pull.open == (end.status == "closed") {
        say("P8", format!("{} is {} and its pull request is {}", end.workflow, end.status, pull.word()));
    }
}

/// P4: every check run ends.
fn checks(state: &State, say: &mut impl FnMut(&'static str, String)) {
    for check in state.github.checks.iter().filter(|check| check.app == APP && !check.is_completed()) {
        say("P4", format!("check run {} ({} on {}) is still open", check.id, check.external_id, check.head_sha));
    }
}

/// P7: nothing orphaned is left.
fn orphans(state: &State, ends: &[End], say: &mut impl FnMut(&'static str, String)) {
    let (machines, volumes) = leaked(state, ends);
    for volume in volumes {
        say("P7", format!("volume {} of {} is nobody's", volume.id, volume.labels.workflow));
    }
    for machine in machines {
        say("P7", format!("machine {} of {} is nobody's", machine.name, machine.labels.workflow));
    }
}

/// Machines and volumes that no workflow refers to.
pub(crate) fn leaked<'a>(state: &'a State, ends: &[End]) -> (Vec<&'a Unit>, Vec<&'a Disk>) {
    let wanted: BTreeSet<&str> = ends.iter().flat_map(|end| end.machines.iter().map(String::as_str)).collect();
    let machines = state.machines.machines.values().filter(|machine| !wanted.contains(&*machine.id)).collect();
    let wanted: BTreeSet<&str> = ends.iter().flat_map(|end| end.volumes.iter().map(String::as_str)).collect();
    let volumes = state.machines.volumes.values().filter(|volume| !wanted.contains(&*volume.id)).collect();
    (machines, volumes)
}

/// P9: no secret in the database in clear.
fn secrets(state: &State, database: &str, say: &mut impl FnMut(&'static str, String)) {
    let ours = [WEBHOOK_SECRET, PRIVATE_KEY, GIT_TOKEN].into_iter();
    for secret in ours.chain(state.tokens.iter().map(String::as_str)) {
        if database.contains(secret) {
            let shown: String = secret.chars().take(8).collect();
            say("P9", format!("the database holds a secret in clear, `{shown}…`"));
        }
    }
}
