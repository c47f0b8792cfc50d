//! Cancelling, closing, loss of access.

use super::{KEPT_MS, Moment};
use crate::{
    command::Verb,
    people::{Permission, Person, Via},
    reminder::{
        action::{Action, ReplyText},
        event::AccessChange,
        permitted,
        state::{CANCELS_MAX, Cancel, End, Phase},
        timer::Timer,
    },
};
use engine::Illegal;

impl Moment {
    /// Its author may always cancel it; for others their permission is read.
    pub(super) fn cancel_asked(&mut self, ask: &str, by: &Person, via: &Via) -> Result<(), Illegal> {
        if by.bot || self.state.cancels.iter().any(|cancel| cancel.ask == ask) {
            return Ok(());
        }
        let author = by.login.eq_ignore_ascii_case(&self.state.by.login) && self.state.via != Via::Operator;
        let cancel = Cancel { ask: ask.to_owned(), by: by.clone(), via: via.clone() };
        if author || *via == Via::Operator {
            self.acknowledge(ask, via);
            self.cancel(&cancel);
            return Ok(());
        }
        if self.state.cancels.len() >= CANCELS_MAX {
            return Err(Illegal::TooEarly { why: "other asks are being judged".into(), keep_ms: KEPT_MS });
        }
        self.acknowledge(ask, via);
        self.state.cancels.push(cancel);
        self.actions.push(Action::ReadPermission { ask: ask.to_owned(), login: by.login.clone() });
        Ok(())
    }

    pub(super) fn permission_read(&mut self, ask: &str, permission: Permission) {
        let Some(cancel) = self.take_cancel(ask) else { return };
        if permitted(Verb::CancelReminder, permission) {
            return self.cancel(&cancel);
        }
        let text = ReplyText::NotPermitted { login: cancel.by.login, permission: permission.word().into() };
        self.reply(format!("cancel:{ask}"), cancel.via, text);
    }

    pub(super) fn permission_unreadable(&mut self, ask: &str) {
        if let Some(cancel) = self.take_cancel(ask) {
            self.reply(format!("cancel:{ask}"), cancel.via, ReplyText::Unreadable);
        }
    }

    fn take_cancel(&mut self, ask: &str) -> Option<Cancel> {
        let place = self.state.cancels.iter().position(|cancel| cancel.ask == ask)?;
        Some(self.state.cancels.remove(place))
    }

    fn cancel(&mut self, cancel: &Cancel) {
        let text = if matches!(self.state.phase, Phase::Over { .. }) {
            ReplyText::OverAlready
        } else {
            self.end(End::Cancelled { by: cancel.by.login.clone() });
            ReplyText::Cancelled
        };
        self.reply(format!("cancel:{}", cancel.ask), cancel.via.clone(), text);
    }

    /// A hint is not believed: what is true is read. A delivery reads for itself.
    pub(super) fn hinted(&mut self) {
        if matches!(self.state.phase, Phase::Waiting { .. }) {
            self.actions.push(Action::ReadPullRequest);
        }
    }

    pub(super) fn pull_request_read(&mut self, open: bool) {
        if !open && !matches!(self.state.phase, Phase::Over { .. }) {
            self.end(End::Closed);
        }
    }

    pub(super) fn access_changed(&mut self, change: &AccessChange) {
        if matches!(self.state.phase, Phase::Over { .. }) {
            return;
        }
        match change {
            AccessChange::Lost { why } => self.end(End::NotDelivered { why: why.clone() }),
            // One that is due and could not be delivered is tried at once.
            AccessChange::Restored => {
                if let Phase::Waiting { due } = self.state.phase
                    && due <= self.now
                {
                    self.at(Timer::Again, self.now);
                }
            }
            AccessChange::Moved { installation, owner, name } => {
                let pr = &mut self.state.pr;
                pr.installation = installation.unwrap_or(pr.installation);
                (pr.owner, pr.name) = (owner.clone(), name.clone());
            }
        }
    }
}
