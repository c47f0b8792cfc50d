//! From what a reply is to say to the words that people see.

use super::{
    Context, PullRequestExecutor, errors,
    views::{check_url, request_view},
};
use crate::questions;
use domain::{
    command::{Row, table},
    gates::Answer,
    pull_request::{ReplyText, State, Steered, explain},
};
use engine::ActionError;
use github::render::{CommandLine, GateAnswer, GateLine, ReplyView, SteeredView};
use protocol::Outcome;

impl PullRequestExecutor {
    pub(super) async fn reply_view(&self, context: &Context, text: &ReplyText) -> Result<ReplyView, ActionError> {
        let state = &*context.state;
        let bot = self.parts.config.github.bot_name.clone();
        Ok(match text.clone() {
            ReplyText::Help => {
                let commands = table::TABLE.iter().map(command_line);
                ReplyView::Help { bot, commands: commands.collect() }
            }
            ReplyText::Usage { command } => match table::named(&command) {
                Some(row) => ReplyView::Usage { bot, command: command_line(row) },
                None => return Err(errors::missing("the command")),
            },
            ReplyText::Steered { login, what } => ReplyView::Steered { bot, login, what: steered(what) },
            ReplyText::Explained => explained(state),
            ReplyText::Answer { login, question, result } => self.answer_view(login, &question, &result).await?,
            ReplyText::NotAnswered { login, question, why } => {
                let question = questions::load(&*self.parts.beside, &question).await.map_err(errors::ours)?;
                ReplyView::NotAnswered { login, question: question.unwrap_or_default(), why }
            }
            ReplyText::NotPermitted { login, permission, needs } => {
                ReplyView::NotPermitted { login, permission, needs }
            }
            ReplyText::AlreadyDecided { request, answer, by, at_ms, .. } => {
                ReplyView::AlreadyDecided { request: request.to_string(), answer, by, at_ms }
            }
            ReplyText::RequestOver { request, why } => ReplyView::RequestOver { request: request.to_string(), why },
            ReplyText::Nudge { request } => match state.request.as_ref().filter(|open| open.id == request) {
                Some(open) => ReplyView::Nudge {
                    bot,
                    request: request_view(open),
                    check: check_url(&self.parts.web_url, state, open.run),
                },
                None => ReplyView::RequestOver { request: request.to_string(), why: "it was answered".into() },
            },
            ReplyText::WillAskAgain { request, at_ms } => {
                ReplyView::WillAskAgain { request: request.to_string(), at_ms }
            }
            ReplyText::Decided { request } => match self.decision_view(context, &request).await? {
                Some(view) => ReplyView::Decided(Box::new(view)),
                None => return Err(errors::missing("the decision")),
            },
            ReplyText::NewGeneration => ReplyView::NewGeneration,
            ReplyText::NotReviewed { why } => ReplyView::NotReviewed { why },
        })
    }

    async fn answer_view(&self, login: String, question: &str, result: &str) -> Result<ReplyView, ActionError> {
        let question = questions::load(&*self.parts.beside, question).await.map_err(errors::ours)?;
        let result = self.result(result).await?;
        let Outcome::Answered { answer } = result.outcome else { return Err(errors::missing("the answer")) };
        let agent = format!("{} {}: {}", result.agent.name, result.agent.version, result.agent.what);
        Ok(ReplyView::Answer { login, question: question.unwrap_or_default(), answer, agent })
    }
}

fn command_line(row: &Row) -> CommandLine {
    CommandLine { usage: row.usage.into(), does: row.does.into(), who: row.who.words().into() }
}

fn explained(state: &State) -> ReplyView {
    let explain::Explanation { gates, now, waits } = explain::explain(state);
    let line = |gate: explain::Gate| GateLine {
        question: gate.question.into(),
        answer: match gate.answer {
            Answer::Passed => GateAnswer::Passed,
            Answer::PassedByAsking => GateAnswer::PassedByAsking,
            Answer::Closed => GateAnswer::Closed,
            Answer::NotAsked => GateAnswer::NotAsked,
        },
        found: gate.found,
    };
    ReplyView::Explained { gates: gates.into_iter().map(line).collect(), now, waits }
}

fn steered(what: Steered) -> SteeredView {
    match what {
        Steered::Cancelled { run } => SteeredView::Cancelled { run },
        Steered::QuestionsDropped => SteeredView::QuestionsDropped,
        Steered::NothingRuns => SteeredView::NothingRuns,
        Steered::PushUnderWay => SteeredView::PushUnderWay,
        Steered::Paused { run_goes_on } => SteeredView::Paused { run_goes_on },
        Steered::AlreadyPaused { by } => SteeredView::AlreadyPaused { by },
        Steered::Resumed => SteeredView::Resumed,
        Steered::NotPaused => SteeredView::NotPaused,
        Steered::Closed => SteeredView::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_is_the_table_of_the_parser() {
        let commands = table::TABLE.iter().map(command_line).collect();
        let help = github::render::reply(&ReplyView::Help { bot: "longshore".into(), commands });
        insta::assert_snapshot!(help);
    }
}
