//! One comment in answer to somebody.

use super::{
    decision,
    view::{CommandLine, GateAnswer, GateLine, ReplyView, RequestKind, RequestView, SteeredView},
    words::{date, time},
};
use crate::encoder::{block, code, cut, inline};

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;
/// Characters of a question that an answer repeats; whoever asked knows the rest.
const QUOTED_CHARS_MAX: usize = 300;
/// Characters of an answer; what the protocol takes in bytes.
const ANSWER_CHARS_MAX: usize = 16 * 1024;
/// Characters of an answer that grew beyond a comment when it was encoded: even if each becomes eight, it fits.
const GROWN_CHARS_MAX: usize = 7_000;
/// Characters of an encoded answer, so that what stands around it fits too.
const ENCODED_CHARS_MAX: usize = 60_000;

/// What a comment says.
pub fn reply(view: &ReplyView) -> String {
    match view {
        ReplyView::Help { bot, commands } => help(bot, commands),
        ReplyView::Usage { bot, command } => {
            let usage = code(&format!("@{bot} {}", command.usage));
            format!("It is written {usage}: {} ({}).", inline(&command.does), inline(&command.who))
        }
        ReplyView::Steered { bot, login, what } => steered(bot, login, what),
        ReplyView::Explained { gates, now, waits } => explained(gates, now, waits),
        ReplyView::Answer { login, question, answer, agent } => {
            let agent = inline(&cut(agent, REASON_CHARS_MAX));
            let (asked, answer) = (quoted(login, question), fitting(answer));
            format!("{asked}\n\n{answer}\n\n<sub>{agent} · nothing was reviewed or changed for this</sub>")
        }
        ReplyView::NotAnswered { login, question, why } => format!(
            "{}\n\nThis could not be answered: {}. Nothing was changed; please ask again if it still matters.",
            quoted(login, question),
            inline(&cut(why, REASON_CHARS_MAX))
        ),
        ReplyView::NotPermitted { login, permission, needs } => format!(
            "{} may not do this: it takes {}, and they have {}. Nothing was changed.",
            code(login),
            inline(needs),
            inline(permission)
        ),
        ReplyView::AlreadyDecided { request, answer, by, at_ms } => format!(
            "{} is already decided: {}, by {}, at {}. The first answer counts; this one changed nothing.",
            code(request),
            inline(answer),
            code(by),
            time(*at_ms)
        ),
        ReplyView::RequestOver { request, why } => format!(
            "{} is not open any more: {}. Nothing was changed.",
            code(request),
            inline(&cut(why, REASON_CHARS_MAX))
        ),
        ReplyView::Nudge { bot, request, check } => nudge(bot, request, check.as_deref()),
        ReplyView::WillAskAgain { request, at_ms } => {
            format!("{} will be asked again at {}. Until then it stays open.", code(request), time(*at_ms))
        }
        ReplyView::Decided(view) => decision::text(view),
        ReplyView::NewGeneration => {
            "This pull request was closed for longer than its session is kept. The earlier session is gone; the review begins anew.".to_owned()
        }
        ReplyView::NotReviewed { why } => format!("Not reviewed: {}.", inline(&cut(why, REASON_CHARS_MAX))),
    }
}

fn help(bot: &str, commands: &[CommandLine]) -> String {
    let row = |it: &CommandLine| {
        let usage = code(&format!("@{bot} {}", it.usage));
        format!("- {usage}: {} ({})", inline(&it.does), inline(&it.who))
    };
    let rows: Vec<_> = commands.iter().map(row).collect();
    format!("At the start of a line, outside quotes and code:\n\n{}", rows.join("\n"))
}

fn fitting(answer: &str) -> String {
    let encoded = block(&cut(answer, ANSWER_CHARS_MAX));
    if encoded.chars().count() <= ENCODED_CHARS_MAX { encoded } else { block(&cut(answer, GROWN_CHARS_MAX)) }
}

/// Who asked what, so that an answer in a long conversation is understood.
fn quoted(login: &str, question: &str) -> String {
    let text = inline(&cut(question, QUOTED_CHARS_MAX));
    if text.is_empty() { format!("{} asked", code(login)) } else { format!("{} asked:\n> {text}", code(login)) }
}

fn steered(bot: &str, login: &str, what: &SteeredView) -> String {
    let by = code(login);
    match what {
        SteeredView::Cancelled { run } => format!("Run {run} was ended, as {by} asked."),
        SteeredView::QuestionsDropped => format!("The questions that waited were dropped, as {by} asked."),
        SteeredView::NothingRuns => "Nothing is queued or runs; nothing was changed.".to_owned(),
        SteeredView::PushUnderWay => {
            "The approved patch is being pushed, which cannot be called back; nothing was changed.".to_owned()
        }
        SteeredView::Paused { run_goes_on } => {
            let now = if *run_goes_on {
                format!(" What runs now is let end; {} would end it.", code(&format!("@{bot} cancel")))
            } else {
                String::new()
            };
            let resume = code(&format!("@{bot} resume"));
            format!(
                "Paused, as {by} asked: no reviews of this pull request until {resume}.{now} An open request can still be answered."
            )
        }
        SteeredView::AlreadyPaused { by } => {
            format!("It is paused already, by {}. {} ends that.", code(by), code(&format!("@{bot} resume")))
        }
        SteeredView::Resumed => {
            format!(
                "Resumed, as {by} asked: the pull request is read again, and what was not reviewed is reviewed now."
            )
        }
        SteeredView::NotPaused => "It is not paused; nothing was changed.".to_owned(),
        SteeredView::Closed => "The pull request is closed; nothing was changed.".to_owned(),
    }
}

fn explained(gates: &[GateLine], now: &str, waits: &str) -> String {
    let line = |(place, gate): (usize, &GateLine)| {
        let found = inline(&gate.found);
        let answer = match gate.answer {
            GateAnswer::Passed => format!("Yes: {found}."),
            GateAnswer::PassedByAsking => format!("No ({found}), but somebody permitted asked for this review."),
            GateAnswer::Closed => format!("**No: {found}. Here it ends.**"),
            GateAnswer::NotAsked => "Not asked, since an earlier one is closed.".to_owned(),
        };
        format!("{}. {} {answer}", place + 1, inline(&gate.question))
    };
    let gates: Vec<_> = gates.iter().enumerate().map(line).collect();
    let gates = match gates.is_empty() {
        true => "The pull request was not read yet, so no gate was asked.".to_owned(),
        false => format!("Before a review, in this order:\n\n{}", gates.join("\n")),
    };
    format!("{gates}\n\n{} {}", inline(now), inline(waits))
}

fn nudge(bot: &str, request: &RequestView, check: Option<&str>) -> String {
    let what = match request.kind {
        RequestKind::Fix => "A fix still waits for an answer",
        RequestKind::Ask => "A question still waits for an answer",
        _ => "A request still waits for an answer",
    };
    let check = check.map_or_else(String::new, |link| format!(": [see it]({link})"));
    let command = |verb: &str| code(&format!("@{bot} {verb} {}", request.id));
    format!(
        "{what}{check} · or comment {} / {}\nNothing runs meanwhile. After {} it ends as \"not decided\".",
        command("approve"),
        command("reject"),
        date(request.deadline_ms)
    )
}
