//! What the narrator says of each fact; the facts are the supervisor's history, so a continued story is told from where
//! it was left.

use super::world::Step;
use domain::{
    ids::short,
    pull_request::{Choice, Counts, Event, Face, Failed, Hint, Kind, Phase, Request, RunOutcome, State},
};

/// What is said of a step: a word for the column, and the words.
pub fn line(step: &Step, page: &str) -> Option<(&'static str, String)> {
    let state = &step.after;
    match &step.event {
        Event::Hinted { hint, .. } => Some(("webhook", format!("{}: signature good, durable", webhook(*hint)?))),
        Event::VolumeCreated { volume, .. } => Some(("volume", format!("{} created", brief(volume)))),
        Event::MachineStarted { run, machine } => Some(("machine", machine_line(*run, machine, state))),
        Event::RunFinished { run, result } => Some((
            "agent",
            match &result.outcome {
                RunOutcome::ApplyApproved { digest } => {
                    format!("run {run} found its session; the approved patch {} stands", six(digest))
                }
                RunOutcome::Failed { message } => format!("run {run} could not finish: {message}"),
                _ => {
                    let read =
                        result.files_read.map_or_else(|| "files not counted,".into(), |read| format!("{read} files"));
                    format!("{read} read at {}, {}", short(&result.head_sha), counts(result.findings))
                }
            },
        )),
        Event::ReviewPublished { comments, .. } => {
            let patch =
                if state.result.as_ref().is_some_and(|result| result.patch.is_some()) { ", 1 patch" } else { "" };
            let findings = state.result.as_ref().map(|result| result.findings).unwrap_or_default();
            Some(("review", format!("{}, {comments} inline{patch}   {page}", counts(findings))))
        }
        Event::CheckPublished { run, sha, .. } => check_line(step, *run, sha),
        Event::MachineGone { run } => Some(("machine", gone_line(*run, step))),
        Event::PatchPushed { sha, .. } => Some(("push", format!("{}, as approved", pushed(sha, state)))),
        Event::ThreadsResolved { threads, .. } if *threads > 0 => {
            let plural = if *threads == 1 { "" } else { "s" };
            Some(("resolved", format!("{threads} review thread{plural} of what is fixed")))
        }
        Event::PushRefused { reason, .. } => Some(("push", format!("refused: {reason}"))),
        Event::VolumeDeleted { .. } => Some(("closed", "volume deleted".to_owned())),
        _ => decision_line(step),
    }
}

/// A patch was pushed, and the threads of what it fixes are not resolved yet.
pub fn resolving(steps: &[Step]) -> bool {
    let last = |found: fn(&Event) -> bool| steps.iter().rposition(|step| found(&step.event));
    let pushed = last(|event| matches!(event, Event::PatchPushed { .. }));
    let told = last(|event| {
        matches!(event, Event::ThreadsResolved { .. } | Event::ActionFailed { failed: Failed::ResolveThreads, .. })
    });
    pushed > told
}

const fn webhook(hint: Hint) -> Option<&'static str> {
    Some(match hint {
        Hint::Opened => "pull_request.opened",
        Hint::Synchronized => "pull_request.synchronize",
        Hint::Reopened => "pull_request.reopened",
        Hint::ReadyForReview => "pull_request.ready_for_review",
        Hint::ConvertedToDraft => "pull_request.converted_to_draft",
        Hint::Closed => "pull_request.closed",
        Hint::Edited => "pull_request.edited",
        Hint::Started => return None,
    })
}

fn machine_line(run: u32, machine: &str, state: &State) -> String {
    if state.session {
        format!("{} on the same volume, run {run} (a process: not isolated)", brief(machine))
    } else {
        format!("{} started, run {run} (a process: not isolated)", brief(machine))
    }
}

fn gone_line(run: u32, step: &Step) -> String {
    let machine = step.before.as_ref().and_then(|before| before.machine.as_ref());
    let id = machine.and_then(|machine| machine.id.as_deref()).map_or_else(|| format!("of run {run}"), brief);
    if step.after.phase == Phase::AwaitingDecision {
        format!("{id} destroyed; nothing runs, the volume waits")
    } else {
        format!("{id} destroyed")
    }
}

fn check_line(step: &Step, run: u32, sha: &str) -> Option<(&'static str, String)> {
    let state = &step.after;
    let check = state.check(run, sha)?;
    if check.published != check.revision {
        return None;
    }
    let conclusion = check.face.conclusion(&state.policy)?;
    let word = serde_json::to_value(conclusion).ok()?.as_str()?.to_owned();
    let buttons: Vec<String> = check.buttons(state).iter().map(|button| format!("[{}]", button.label)).collect();
    let what = match &check.face {
        Face::Applied { .. } => format!("{word} at {}: fix applied", short(sha)),
        _ if buttons.is_empty() => format!("{word} at {}", short(sha)),
        _ => format!("{word}  {}", buttons.join(" ")),
    };
    Some(("check", what))
}

fn decision_line(step: &Step) -> Option<(&'static str, String)> {
    let before = step.before.as_ref().map_or(0, |before| before.decisions.len());
    let decision = step.after.decisions.last().filter(|_| step.after.decisions.len() > before)?;
    Some((
        "decision",
        format!("{}, by {} ({})", label(&decision.request, decision.choice), decision.by, decision.permission),
    ))
}

fn label(request: &Request, choice: Choice) -> &'static str {
    let place = request.kind.choices().iter().position(|offered| *offered == choice);
    place.and_then(|place| request.buttons().get(place).map(|button| button.label)).unwrap_or("answered")
}

fn pushed(sha: &str, state: &State) -> String {
    let patch = state.decisions.iter().rev().find_map(|decision| match &decision.request.kind {
        Kind::Fix { patch } if decision.pushed.as_deref() == Some(sha) => Some(patch.short().to_owned()),
        _ => None,
    });
    format!("{} = patch {}", short(sha), patch.unwrap_or_default())
}

/// `pr_8c41f2`, `m-8c41f2-1`: six of the digits are enough for one story.
fn brief(name: &str) -> String {
    let (front, run) = match name.rsplit_once('-') {
        Some((front, run)) if front.contains('-') => (front, format!("-{run}")),
        _ => (name, String::new()),
    };
    let kind = front.find(['_', '-']).map_or(0, |place| place + 1);
    format!("{}{run}", front.get(..kind + 6).unwrap_or(front))
}

fn counts(findings: Counts) -> String {
    match findings.all() {
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    }
}

fn six(digest: &str) -> &str {
    digest.get(..6).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_brief_in_the_story() {
        assert_eq!(super::brief("pr_d6c91c40712aa017a6cf2a4a"), "pr_d6c91c");
        assert_eq!(super::brief("m-d6c91c40712aa017a6cf2a4a-12"), "m-d6c91c-12");
        assert_eq!(super::brief("x"), "x");
    }
}
