//! One comment in answer to somebody.

use super::{
    decision,
    view::{CommandLine, ReplyView, RequestKind, RequestView},
    words::{date, time},
};
use crate::encoder::{code, cut, inline};

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// What a comment says.
pub fn reply(view: &ReplyView) -> String {
    match view {
        ReplyView::Help { bot, commands } => help(bot, commands),
        ReplyView::NotPermitted { login, permission, needs } => format!(
            "{} may not decide this: it takes {}, and they have {}. Nothing was changed.",
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
