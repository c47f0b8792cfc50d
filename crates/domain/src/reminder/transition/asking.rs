//! From the wish to the answer.

use super::Moment;
use crate::{
    command::Verb,
    people::Via,
    reminder::{
        PER_PERSON_MAX, PER_PULL_REQUEST_MAX,
        action::ReplyText,
        event::Standing,
        permitted,
        state::{End, Phase, Wish},
    },
};

impl Moment {
    pub(super) fn standing_read(&mut self, standing: &Standing) {
        if self.state.phase != Phase::Asked {
            return;
        }
        let text = match &self.state.wish {
            _ if !self.may(standing) => ReplyText::NotPermitted {
                login: self.state.by.login.clone(),
                permission: standing.permission.word().into(),
            },
            Wish::Misunderstood { why } => ReplyText::Misunderstood { why: why.clone() },
            Wish::List => ReplyText::List,
            Wish::CancelUnknown { id } => ReplyText::NoSuch { id: id.clone() },
            Wish::Remind { .. } if !standing.open => ReplyText::PullRequestClosed,
            Wish::Remind { .. } if standing.by_person >= PER_PERSON_MAX => {
                ReplyText::TooMany { max: PER_PERSON_MAX, of_person: true }
            }
            Wish::Remind { .. } if standing.on_pull_request >= PER_PULL_REQUEST_MAX => {
                ReplyText::TooMany { max: PER_PULL_REQUEST_MAX, of_person: false }
            }
            Wish::Remind { plan, .. } => {
                let first = plan.first();
                self.wait(first);
                return self.answer(ReplyText::Confirmed);
            }
        };
        let granted = matches!(text, ReplyText::List);
        self.end(if granted { End::Answered } else { End::Refused });
        self.answer(text);
    }

    /// What decides could not be read: the wish is dropped, and its author hears of it.
    pub(super) fn standing_unreadable(&mut self) {
        if self.state.phase == Phase::Asked {
            self.end(End::Refused);
            self.answer(ReplyText::Unreadable);
        }
    }

    /// An operator was authorised where they asked.
    fn may(&self, standing: &Standing) -> bool {
        let verb = match &self.state.wish {
            Wish::Remind { .. } | Wish::Misunderstood { .. } => Verb::Remind,
            Wish::List => Verb::Reminders,
            Wish::CancelUnknown { .. } => Verb::CancelReminder,
        };
        self.state.via == Via::Operator || permitted(verb, standing.permission)
    }

    fn answer(&mut self, text: ReplyText) {
        self.reply("answer".into(), self.state.via.clone(), text);
    }
}
