//! Commands in comments: what is addressed to the bot, and what it means.
//!
//! A command counts at the start of a line, outside quotes and code. What is quoted, fenced or merely mentioned is
//! somebody talking about the bot, not to it. [`table`] is the one place that says which commands there are, what each
//! does, who may use it and how it is read; the help is drawn from it. Whatever it does not know is a question.

mod lines;
pub mod table;
#[cfg(test)]
mod tests;

pub use table::{Row, Verb, Who};

use crate::ids::RequestId;

/// What somebody asked of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Review the current head.
    Review,
    /// Answer a request with yes.
    Approve(RequestId),
    /// Answer a request with no.
    Reject(RequestId),
    /// End what is queued or runs.
    Cancel,
    /// No reviews until `resume`.
    Pause,
    /// Reviews again.
    Resume,
    /// Why it was reviewed, skipped, or not yet.
    Explain,
    /// Everything after `remind`, as it was written, at most [`TEXT_CHARS_MAX`] characters.
    Remind {
        /// `me in 2 days to check the rollout`.
        text: String,
    },
    /// List the reminders.
    Reminders,
    /// Cancel one of them: its id, as it was written, at most [`REMINDER_ID_CHARS_MAX`] characters.
    CancelReminder(String),
    /// List the commands.
    Help,
    /// A command without what it needs: its usage is the answer.
    Misused(Verb),
    /// Anything else: a question to the agent, at most [`TEXT_CHARS_MAX`] characters.
    Question {
        /// From the words after the name to the next line that addresses the bot.
        text: String,
    },
}

/// Characters of a question or of a reminder's text: a long comment, not a document.
pub const TEXT_CHARS_MAX: usize = 4000;
/// What a text ends with that was longer.
pub const CUT: &str = " … (cut here: it was longer than fits)";
/// Characters of a reminder's id.
pub const REMINDER_ID_CHARS_MAX: usize = 20;
/// Commands of one comment that are carried out.
const COMMANDS_MAX: usize = 5;

/// The commands of a comment, in order.
pub fn parse(body: &str, bot: &str) -> Vec<Command> {
    let addressed = lines::addressed(body, bot, COMMANDS_MAX);
    addressed.into_iter().map(|words| table::read(&words.line, &words.following)).collect()
}

/// At most `max` characters, and said to be cut if there were more.
fn bounded(text: &str, max: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => {
            let kept = max - CUT.chars().count();
            text.chars().take(kept).chain(CUT.chars()).collect()
        }
    }
}
