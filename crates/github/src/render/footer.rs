//! Who read what, at which price, and what nobody looked at: under every summary, and in one line under a review.

use super::{
    view::{RequestView, ReviewView},
    words::{count, date, money, short, span},
};
use crate::encoder::{cut, inline};
use protocol::{Coverage, SessionState};

/// Characters of one note.
const NOTE_CHARS_MAX: usize = 300;
/// Notes and gaps that are listed.
const NOTES_MAX: usize = 20;

/// The lines under a check's summary.
pub(super) fn lines(view: &ReviewView) -> Vec<String> {
    let mut lines = vec![read_line(view), not_checked_line(view)];
    lines.extend(notes(&view.coverage.notes));
    lines.extend(session_line(view.session, view.run));
    lines.extend(isolation_line(view.isolation.as_deref()));
    lines.extend(view.request.as_ref().map(waiting_line));
    lines
}

fn read_line(view: &ReviewView) -> String {
    let coverage = &view.coverage;
    let current = if view.current { "current" } else { "no longer the head" };
    format!(
        "**Read** `{}` ({current}), {} · **by** {} · **cost** {}, {}",
        short(&view.head_sha),
        files_read(coverage),
        agent(view),
        money(view.cost_microusd),
        span(view.duration_ms),
    )
}

/// `4 of 9 files`; an agent need not say how many it read.
pub(super) fn files_read(coverage: &Coverage) -> String {
    let files = count(coverage.files_total as usize, "file");
    coverage.files_read.map_or_else(|| format!("not said how many of {files}"), |read| format!("{read} of {files}"))
}

/// `rules 0.1: fixed checks, no model`.
fn agent(view: &ReviewView) -> String {
    let it = &view.agent;
    inline(&cut(&format!("{} {}: {}", it.name, it.version, it.what), NOTE_CHARS_MAX))
}

fn not_checked_line(view: &ReviewView) -> String {
    if view.coverage.not_checked.is_empty() {
        return "**Not checked** the agent did not say".to_owned();
    }
    format!("**Not checked** {}", listed(&view.coverage.not_checked, "; "))
}

fn notes(notes: &[String]) -> Option<String> {
    (!notes.is_empty()).then(|| format!("**Noted** {}", listed(notes, "; ")))
}

fn listed(words: &[String], between: &str) -> String {
    let shown: Vec<_> = words.iter().take(NOTES_MAX).map(|word| inline(&cut(word, NOTE_CHARS_MAX))).collect();
    let more = words.len().saturating_sub(NOTES_MAX);
    let rest = if more > 0 { format!("{between}{more} more") } else { String::new() };
    format!("{}{rest}", shown.join(between))
}

/// What a reader should know about the session, if it is not the ordinary thing.
pub(super) fn session_line(session: SessionState, run: u32) -> Option<String> {
    match session {
        SessionState::Began | SessionState::Resumed => None,
        SessionState::Missing => {
            Some(format!("**Session** missing: run {run} found no session on the volume and began a new one"))
        }
        SessionState::Seeded => {
            Some(format!("**Session** restarted from a checkpoint: run {run} began on a new volume"))
        }
    }
}

pub(super) fn isolation_line(isolation: Option<&str>) -> Option<String> {
    isolation.map(|words| format!("**Machine** {}", inline(words)))
}

fn waiting_line(request: &RequestView) -> String {
    format!(
        "**Waiting** nothing runs, the session is kept until {}, then \"not decided\". Who may answer: {}.",
        date(request.deadline_ms),
        inline(&request.who_may)
    )
}

/// The small print of a review.
pub(super) fn small_print(view: &ReviewView) -> String {
    let mut parts =
        vec![inline(&cut(&format!("{} {}, {}", view.agent.name, view.agent.version, view.agent.what), NOTE_CHARS_MAX))];
    if !view.coverage.not_checked.is_empty() {
        parts.push(format!("not checked: {}", listed(&view.coverage.not_checked, ", ")));
    }
    parts.extend(view.isolation.as_deref().map(inline));
    let linked = |words: String, link: &Option<String>| match link {
        Some(link) => format!("[{words}]({link})"),
        None => words,
    };
    parts.push(linked(format!("log of run {}", view.run), &view.links.log));
    parts.extend(view.links.rules.as_ref().map(|link| format!("[turn a check off]({link})")));
    format!("<sub>{}</sub>", parts.join(" · "))
}
