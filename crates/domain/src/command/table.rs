//! The one table of commands: name, usage, what it does, who may use it, and how it is read.

use super::{Command, REMINDER_ID_CHARS_MAX, TEXT_CHARS_MAX, bounded};
use crate::{
    ids::RequestId,
    people::Permission,
    policy::{Decide, Policy},
};

/// A command's name, for looking it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `review`.
    Review,
    /// `approve`.
    Approve,
    /// `reject`.
    Reject,
    /// `cancel`.
    Cancel,
    /// `pause`.
    Pause,
    /// `resume`.
    Resume,
    /// `explain`.
    Explain,
    /// `remind`.
    Remind,
    /// `reminders`.
    Reminders,
    /// `cancel reminder`.
    CancelReminder,
    /// `help`.
    Help,
    /// Anything else.
    Question,
}

/// Who may use a command; asked of GitHub when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody who can comment.
    Anybody,
    /// Who may push.
    Write,
    /// Whom the repository's `review.decide` names.
    Deciders,
}

impl Who {
    /// For the help: who may.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Write => "write access",
            Self::Deciders => "who may decide",
        }
    }

    /// As a rule about decisions; none: nobody is asked for a permission.
    pub const fn rule(self, policy: &Policy) -> Option<Decide> {
        match self {
            Self::Anybody => None,
            Self::Write => Some(Decide::Write),
            Self::Deciders => Some(policy.decide),
        }
    }
}

/// Whether somebody with this permission satisfies a rule; `owns`: every file in question is theirs (CODEOWNERS).
pub fn permitted(rule: Decide, permission: Permission, owns: Option<bool>) -> bool {
    match rule {
        Decide::Write => permission >= Permission::Write,
        Decide::Maintain => permission >= Permission::Maintain,
        Decide::Codeowners => permission >= Permission::Write && owns == Some(true),
    }
}

/// One command.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name in the code.
    pub verb: Verb,
    /// How it is written after the bot's name.
    pub usage: &'static str,
    /// What it does.
    pub does: &'static str,
    /// Who may use it.
    pub who: Who,
    /// The words it begins with.
    words: &'static [&'static str],
    /// What follows them, read; none: it is not this command after all.
    read: fn(&str) -> Option<Command>,
}

/// All commands, in the order of the help. Those with more words come first where they begin alike.
pub const TABLE: [Row; 12] = [
    Row {
        verb: Verb::Review,
        usage: "review",
        does: "review the current commits, also of a draft",
        who: Who::Write,
        words: &["review"],
        read: |_| Some(Command::Review),
    },
    Row {
        verb: Verb::Approve,
        usage: "approve ID",
        does: "answer the open request with yes: push the shown patch, exactly",
        who: Who::Deciders,
        words: &["approve"],
        read: |rest| Some(id_of(rest).map_or(Command::Misused(Verb::Approve), Command::Approve)),
    },
    Row {
        verb: Verb::Reject,
        usage: "reject ID",
        does: "answer the open request with no: nothing is pushed, findings stay open",
        who: Who::Deciders,
        words: &["reject"],
        read: |rest| Some(id_of(rest).map_or(Command::Misused(Verb::Reject), Command::Reject)),
    },
    Row {
        verb: Verb::CancelReminder,
        usage: "cancel reminder ID",
        does: "cancel one of the reminders",
        who: Who::Write,
        words: &["cancel", "reminder"],
        read: |rest| {
            let id = rest.split_whitespace().next().map(|word| word.trim_end_matches(['.', ',', '!', '?']));
            Some(id.filter(|id| !id.is_empty()).map_or(Command::Misused(Verb::CancelReminder), |id| {
                Command::CancelReminder(id.chars().take(REMINDER_ID_CHARS_MAX).collect())
            }))
        },
    },
    Row {
        verb: Verb::Cancel,
        usage: "cancel",
        does: "end the run that is queued or under way",
        who: Who::Write,
        words: &["cancel"],
        read: |rest| alone(rest, Command::Cancel),
    },
    Row {
        verb: Verb::Pause,
        usage: "pause",
        does: "no reviews of this pull request until resume",
        who: Who::Write,
        words: &["pause"],
        read: |rest| alone(rest, Command::Pause),
    },
    Row {
        verb: Verb::Resume,
        usage: "resume",
        does: "reviews again after pause",
        who: Who::Write,
        words: &["resume"],
        read: |rest| alone(rest, Command::Resume),
    },
    Row {
        verb: Verb::Explain,
        usage: "explain",
        does: "why this was reviewed, skipped, or not yet: every gate, in order",
        who: Who::Write,
        words: &["explain"],
        read: |rest| alone(rest, Command::Explain),
    },
    Row {
        verb: Verb::Remind,
        usage: "remind me WHEN to TEXT",
        does: "a reminder here: in 2 days, tomorrow at 9:00, every weekday at 09:00 Europe/Berlin",
        who: Who::Write,
        words: &["remind"],
        read: |rest| Some(Command::Remind { text: bounded(rest, TEXT_CHARS_MAX) }),
    },
    Row {
        verb: Verb::Reminders,
        usage: "reminders",
        does: "list the reminders of this pull request",
        who: Who::Write,
        words: &["reminders"],
        read: |rest| alone(rest, Command::Reminders),
    },
    Row {
        verb: Verb::Help,
        usage: "help",
        does: "this list",
        who: Who::Anybody,
        words: &["help"],
        read: |rest| alone(rest, Command::Help),
    },
    Row {
        verb: Verb::Question,
        usage: "anything else",
        does: "a question to the agent, answered here by the session that reviewed",
        who: Who::Write,
        words: &[],
        read: |rest| Some(Command::Question { text: bounded(rest, TEXT_CHARS_MAX) }),
    },
];

impl Row {
    /// Its name: in ids, and wherever it is spoken of.
    pub fn name(&self) -> String {
        if self.words.is_empty() { "question".into() } else { self.words.join("-") }
    }
}

/// The row of that name.
pub fn named(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name() == name)
}

impl Verb {
    /// Its row.
    pub fn row(self) -> &'static Row {
        // The last row stands for whatever has none; a test says that each has its own.
        TABLE.iter().find(|row| row.verb == self).unwrap_or(&TABLE[TABLE.len() - 1])
    }
}

/// What the words after the name mean; `following` are the lines after them, which only a question takes in.
pub(super) fn read(line: &str, following: &str) -> Command {
    if line.is_empty() && following.trim().is_empty() {
        return Command::Help;
    }
    let named = TABLE.iter().filter(|row| !row.words.is_empty()).find_map(|row| {
        let rest = row.words.iter().try_fold(line, |rest, word| without(rest, word))?;
        (row.read)(rest)
    });
    named.unwrap_or_else(|| {
        let text = format!("{line}\n{following}");
        (Verb::Question.row().read)(&text).unwrap_or(Command::Help)
    })
}

/// The text after `word`, which stands alone at its beginning.
fn without<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let text = text.trim_start();
    let head = text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
    let rest = &text[head.len()..];
    let ends = rest.chars().next().is_none_or(|next| !next.is_alphanumeric() && !matches!(next, '-' | '_' | '\''));
    ends.then(|| rest.trim_start_matches(['.', ',', '!', '?', ':']).trim())
}

/// Words after a command that change nothing about it.
const POLITE: [&str; 8] = ["please", "this", "it", "now", "again", "thanks", "pr", "reviews"];

/// A command that takes nothing: "cancel the subscription on close?" is a question, and must not cancel a run.
fn alone(rest: &str, command: Command) -> Option<Command> {
    let mut words = rest.split_whitespace().map(|word| word.trim_matches(['.', ',', '!', '?', ':']));
    words
        .all(|word| word.is_empty() || POLITE.iter().any(|polite| polite.eq_ignore_ascii_case(word)))
        .then_some(command)
}

fn id_of(rest: &str) -> Option<RequestId> {
    rest.split_whitespace().next().map(|word| word.trim_end_matches(['.', ',', '!'])).and_then(RequestId::parse)
}
