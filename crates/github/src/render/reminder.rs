//! What is said about reminders. Times come as they are to be read, with their zone.

use crate::encoder::{block, code, cut, inline};

/// Characters of what to remind of where it stands in a list.
const LISTED_CHARS_MAX: usize = 120;
/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;
/// Characters that GitHub lets a login have.
const LOGIN_CHARS_MAX: usize = 39;

/// What people may write.
pub const REMINDER_EXAMPLES: [&str; 4] = [
    "remind me in 2 days to check the rollout",
    "remind me tomorrow at 9:00 to merge",
    "remind me every weekday at 09:00 Europe/Berlin to look at the queue",
    "remind me on 2026-12-24 at 14:00 America/New_York to stop",
];

/// A comment about reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderView {
    /// Name people address the bot by.
    pub bot: String,
    /// Id of the reminder.
    pub id: String,
    /// What is said.
    pub says: ReminderSays,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReminderSays {
    /// It is set.
    Confirmed {
        /// The first time, exactly.
        first: String,
        /// In which rhythm.
        rhythm: Option<String>,
        /// Of what: hostile.
        what: String,
    },
    /// It is time.
    Due {
        /// Who asked; mentioned. `None`: an operator, who has no login.
        login: Option<String>,
        /// Of what: hostile.
        what: String,
        /// When it was due, exactly.
        due: String,
        /// How late it is, if that is worth saying.
        late: Option<String>,
        /// Occurrences that passed unsaid and that this one stands for.
        missed: u32,
        /// When the next comes; `None` of a recurring one: this was the last.
        next: Option<String>,
        /// In which rhythm.
        rhythm: Option<String>,
    },
    /// It was not understood.
    Misunderstood {
        /// A sentence without its full stop; repeats what was written.
        why: String,
    },
    /// They may not.
    NotPermitted {
        /// Login.
        login: String,
        /// What they may do.
        permission: String,
    },
    /// There are as many as there may be.
    TooMany {
        /// That many.
        max: u32,
        /// Of this person, else on this pull request.
        of_person: bool,
    },
    /// The pull request is closed.
    PullRequestClosed,
    /// The active ones.
    List(Vec<ReminderRow>),
    /// There is none of that id.
    NoSuch,
    /// It is cancelled.
    Cancelled {
        /// Of what: hostile.
        what: String,
    },
    /// It was over before.
    OverAlready,
    /// What decides could not be read.
    Unreadable,
}

/// One reminder in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderRow {
    /// Id.
    pub id: String,
    /// Who asked.
    pub login: String,
    /// The next time, exactly.
    pub next: String,
    /// In which rhythm.
    pub rhythm: Option<String>,
    /// Of what: hostile.
    pub what: String,
}

/// What a comment about reminders says.
pub fn reminder(view: &ReminderView) -> String {
    let id = code(&view.id);
    match &view.says {
        ReminderSays::Confirmed { first, rhythm, what } => {
            let when = match rhythm {
                Some(rhythm) => format!("{}, first on **{}**", inline(rhythm), inline(first)),
                None => format!("on **{}**", inline(first)),
            };
            format!("Reminder {id} is set: {when}.\n\n{}{}", paragraph(what), cancel(view))
        }
        ReminderSays::Due { .. } => due(view, &id),
        ReminderSays::Misunderstood { why } => {
            format!("No reminder was set: {}.\n\n{}", inline(&cut(why, REASON_CHARS_MAX)), examples(&view.bot))
        }
        ReminderSays::NotPermitted { login, permission } => format!(
            "{} may not do this: reminders take write access, and they have {}. Nothing was changed.",
            code(login),
            inline(permission)
        ),
        ReminderSays::TooMany { max, of_person: true } => {
            format!(
                "No reminder was set: you have {max} here already, the most that one person may have.\n\n{}",
                list_hint(view)
            )
        }
        ReminderSays::TooMany { max, of_person: false } => format!(
            "No reminder was set: this pull request has {max} already, the most that there may be.\n\n{}",
            list_hint(view)
        ),
        ReminderSays::PullRequestClosed => "No reminder was set: the pull request is closed.".to_owned(),
        ReminderSays::List(rows) => list(view, rows),
        ReminderSays::NoSuch => {
            format!("There is no reminder {id} on this pull request. Nothing was changed.\n\n{}", list_hint(view))
        }
        ReminderSays::Cancelled { what } => {
            format!("Reminder {id} is cancelled.\n\n{}", paragraph(what)).trim_end().to_owned()
        }
        ReminderSays::OverAlready => format!("Reminder {id} is over already. Nothing was changed."),
        ReminderSays::Unreadable => {
            "Nothing was changed: GitHub could not be asked what decides about it. Please try again.".to_owned()
        }
    }
}

fn due(view: &ReminderView, id: &str) -> String {
    let ReminderSays::Due { login, what, due, late, missed, next, rhythm } = &view.says else { return String::new() };
    let whom = login.as_deref().map(mention);
    let what = if what.trim().is_empty() { "this pull request".to_owned() } else { block(what) };
    let first = match whom {
        Some(whom) => format!("{whom}, you asked to be reminded:"),
        None => "Reminder:".to_owned(),
    };
    let mut facts = vec![format!("reminder {id}, due {}", inline(due))];
    facts.extend(late.as_ref().map(|late| format!("{late} late")));
    facts.extend((*missed > 0).then(|| match missed {
        1 => "1 later one passed meanwhile and is not repeated".to_owned(),
        many => format!("{many} later ones passed meanwhile and are not repeated"),
    }));
    match (rhythm, next) {
        (Some(rhythm), Some(next)) => {
            facts.push(format!("{}, next {}", inline(rhythm), inline(next)));
            facts.push(format!("{} ends it", code(&format!("@{} cancel reminder {}", view.bot, view.id))));
        }
        (Some(_), None) => facts.push("this was the last: a recurring reminder ends after a year".to_owned()),
        (None, _) => {}
    }
    format!("{first}\n\n{what}\n\n<sub>{}</sub>", facts.join(" · "))
}

/// The only mention that is ever meant: of who asked. A login is letters, digits and hyphens; anything else is text.
fn mention(login: &str) -> String {
    let is_login = !login.is_empty()
        && login.len() <= LOGIN_CHARS_MAX
        && login.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_login { format!("@{login}") } else { code(login) }
}

fn paragraph(what: &str) -> String {
    if what.trim().is_empty() { String::new() } else { format!("{}\n\n", block(what)) }
}

fn cancel(view: &ReminderView) -> String {
    format!("To cancel it: {}", code(&format!("@{} cancel reminder {}", view.bot, view.id)))
}

fn list_hint(view: &ReminderView) -> String {
    format!("What there is: {}", code(&format!("@{} reminders", view.bot)))
}

fn examples(bot: &str) -> String {
    let rows: Vec<_> = REMINDER_EXAMPLES.iter().map(|it| format!("- {}", code(&format!("@{bot} {it}")))).collect();
    format!("It can be written like this:\n\n{}", rows.join("\n"))
}

fn list(view: &ReminderView, rows: &[ReminderRow]) -> String {
    if rows.is_empty() {
        return format!("There are no reminders on this pull request.\n\n{}", examples(&view.bot));
    }
    let row = |row: &ReminderRow| {
        let rhythm = row.rhythm.as_ref().map_or_else(String::new, |rhythm| format!("{}, next ", inline(rhythm)));
        let what = cut(&row.what, LISTED_CHARS_MAX);
        let what = if what.trim().is_empty() { String::new() } else { format!(": {}", inline(&what)) };
        format!("- {} {rhythm}{}, by {}{what}", code(&row.id), inline(&row.next), code(&row.login))
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    let cancel = code(&format!("@{} cancel reminder ID", view.bot));
    format!("Reminders on this pull request:\n\n{}\n\nTo cancel one: {cancel}", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn said(says: ReminderSays) -> String {
        reminder(&ReminderView { bot: "longshore".into(), id: "K7QF2M".into(), says })
    }

    fn due(login: Option<&str>, what: &str) -> ReminderSays {
        ReminderSays::Due {
            login: login.map(str::to_owned),
            what: what.into(),
            due: "Mon 23 Nov 2026, 09:00 CET (Europe/Berlin)".into(),
            late: None,
            missed: 0,
            next: None,
            rhythm: None,
        }
    }

    #[test]
    fn a_confirmation_says_when_exactly_and_how_to_cancel() {
        let mut seen = Vec::new();
        let first = "Mon 23 Nov 2026, 09:00 CET (Europe/Berlin)".to_owned();
        let once = ReminderSays::Confirmed { first: first.clone(), rhythm: None, what: "check the rollout".into() };
        seen.push(said(once));
        let rhythm = Some("every weekday at 09:00".into());
        seen.push(said(ReminderSays::Confirmed { first, rhythm, what: String::new() }));
        assert_snapshot!(seen.join("\n\n----\n\n"));
    }

    #[test]
    fn a_reminder_mentions_who_asked_and_nobody_else() {
        let mut seen = Vec::new();
        seen.push(said(due(Some("ann"), "ask @bob about #7 ![x](https://evil.example/x.png)")));
        assert!(
            !said(due(Some("ann @bob"), "x")).contains("\n@") && !said(due(Some("ann @bob"), "x")).starts_with('@')
        );
        seen.push(said(due(None, "")));
        assert_snapshot!(seen.join("\n\n----\n\n"));
    }

    #[test]
    fn a_late_or_recurring_one_says_so() {
        let mut seen = Vec::new();
        let ReminderSays::Due { login, what, due, .. } = due(Some("ann"), "stretch") else { unreachable!() };
        let rhythm = Some("every weekday at 09:00".to_owned());
        let next = Some("Tue 24 Nov 2026, 09:00 CET (Europe/Berlin)".to_owned());
        let late = Some("2 d 4 h".to_owned());
        let recurring = ReminderSays::Due { login, what, due, late, missed: 2, next, rhythm };
        seen.push(said(recurring.clone()));
        let ReminderSays::Due { login, what, due, rhythm, .. } = recurring else { unreachable!() };
        seen.push(said(ReminderSays::Due { login, what, due, late: None, missed: 0, next: None, rhythm }));
        assert_snapshot!(seen.join("\n\n----\n\n"));
    }

    #[test]
    fn what_is_not_granted_is_answered() {
        let seen = [
            said(ReminderSays::Misunderstood {
                why: "`25:00` is not a time of day: they go from `00:00` to `23:59`".into(),
            }),
            said(ReminderSays::NotPermitted { login: "eve".into(), permission: "read".into() }),
            said(ReminderSays::TooMany { max: 20, of_person: true }),
            said(ReminderSays::TooMany { max: 100, of_person: false }),
            said(ReminderSays::PullRequestClosed),
            said(ReminderSays::NoSuch),
            said(ReminderSays::Cancelled { what: "check the rollout".into() }),
            said(ReminderSays::OverAlready),
            said(ReminderSays::Unreadable),
        ];
        assert_snapshot!(seen.join("\n\n----\n\n"));
    }

    #[test]
    fn the_active_ones_are_listed() {
        let mut seen = Vec::new();
        let row = |id: &str, rhythm: Option<&str>, what: &str| ReminderRow {
            id: id.into(),
            login: "ann".into(),
            next: "Mon 23 Nov 2026, 09:00 UTC".into(),
            rhythm: rhythm.map(str::to_owned),
            what: what.into(),
        };
        let rows = vec![row("K7QF2M", None, "ask @bob"), row("AAAAAA", Some("every day at 09:00"), "")];
        seen.push(said(ReminderSays::List(rows)));
        seen.push(said(ReminderSays::List(Vec::new())));
        assert_snapshot!(seen.join("\n\n----\n\n"));
    }
}
