//! How a request ended: in the check's title, and as a comment.

use super::{
    footer,
    view::{DecisionOutcome, DecisionView},
    words::{date, short, span},
};
use crate::encoder::{code, cut, inline, plain};
use protocol::SessionState;

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 1_000;

/// The title of the check that showed the request.
pub(super) fn title(view: &DecisionView) -> String {
    let sha = short(&view.head_sha);
    match &view.outcome {
        DecisionOutcome::Applied { patch, sha } => format!("Fix {} applied as {}", plain(patch), short(sha)),
        DecisionOutcome::Approved { patch } => format!("Fix {} approved, not pushed yet", plain(patch)),
        DecisionOutcome::PushRefused { patch, .. } => format!("Fix {} approved, not pushed", plain(patch)),
        DecisionOutcome::Kept => format!("Kept as is at {sha}: {} open", view.open),
        DecisionOutcome::Later => format!("Asked again tomorrow: {} open at {sha}", view.open),
        DecisionOutcome::Answered { .. } => format!("Answered at {sha}"),
        DecisionOutcome::NotDecided => format!("Not decided: {} open at {sha}", view.open),
        DecisionOutcome::Withdrawn { reason } => format!("Request withdrawn: {}", plain(reason)),
    }
}

/// The comment, and the summary of the check.
pub(super) fn text(view: &DecisionView) -> String {
    let mut lines = vec![format!("**{}: {}**", who_and_when(view), outcome(view))];
    lines.extend(how(view));
    if let Some(note) = view.session.zip(view.run).and_then(|(session, run)| footer::session_line(session, run)) {
        lines.push(note);
    }
    lines.push(count_line(view));
    lines.join("\n")
}

fn who_and_when(view: &DecisionView) -> String {
    let after = span(view.decided_ms.saturating_sub(view.asked_ms));
    match &view.by {
        // A login as code: readable, and nobody is notified.
        Some(by) => format!("Decided by {}, {}, after {after}", code(by), date(view.decided_ms)),
        None => format!("{}, after {after}", date(view.decided_ms)),
    }
}

fn outcome(view: &DecisionView) -> String {
    match &view.outcome {
        DecisionOutcome::Applied { sha, .. } => format!("applied as `{}`.", short(sha)),
        DecisionOutcome::Approved { patch } => format!("apply patch {}.", code(patch)),
        DecisionOutcome::PushRefused { patch, .. } => format!("apply patch {}, which was not pushed.", code(patch)),
        DecisionOutcome::Kept => "nothing is pushed.".to_owned(),
        DecisionOutcome::Later => "asked again tomorrow.".to_owned(),
        DecisionOutcome::Answered { answer } => format!("answered {}.", code(&cut(answer, REASON_CHARS_MAX))),
        DecisionOutcome::NotDecided => "not decided, nobody answered in time.".to_owned(),
        DecisionOutcome::Withdrawn { reason } => {
            format!("withdrawn, {}.", inline(&cut(reason, REASON_CHARS_MAX)))
        }
    }
}

fn how(view: &DecisionView) -> Option<String> {
    if let DecisionOutcome::PushRefused { reason, .. } = &view.outcome {
        return Some(format!("Nothing was written: {}.", inline(&cut(reason, REASON_CHARS_MAX))));
    }
    let run = view.run?;
    let session = match view.session? {
        SessionState::Resumed => format!("resumed run {}'s session on a new machine", view.asked_by_run),
        SessionState::Began | SessionState::Missing => "began without a session".to_owned(),
        SessionState::Seeded => "went on from a checkpoint".to_owned(),
    };
    let did = match view.outcome {
        DecisionOutcome::Applied { .. } => "pushed the approved patch unchanged",
        DecisionOutcome::Approved { .. } => "will push the approved patch unchanged",
        _ => "noted the decision",
    };
    Some(format!("Run {run} {session} and {did}."))
}

fn count_line(view: &DecisionView) -> String {
    let mut line = format!("{} resolved · {} open", view.resolved, view.open);
    if let Some(late) = view.late_answer_ms {
        line.push_str(&format!(" · a second answer came {} later: already decided.", span(late)));
    }
    line
}
