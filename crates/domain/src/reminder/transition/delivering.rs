//! From the time to the comment.

use super::Moment;
use crate::{
    ids::PullRequestRef,
    reminder::{
        GIVE_UP_MS, TRY_AGAIN_MS,
        action::Action,
        event::NotDelivered,
        state::{End, Phase},
        timer::Timer,
    },
};
use engine::Timestamp;

impl Moment {
    pub(super) fn time_has_come(&mut self) {
        let Phase::Waiting { due } = self.state.phase else { return };
        self.state.phase = Phase::Delivering { due };
        self.actions.push(Action::Deliver { number: self.state.delivered + 1, due });
    }

    pub(super) fn delivered(&mut self, number: u32, next: Option<Timestamp>, pr: &PullRequestRef) {
        if number != self.state.delivered + 1 {
            return;
        }
        self.state.delivered = number;
        if !matches!(self.state.phase, Phase::Delivering { .. }) {
            return; // It ended meanwhile; the comment was on its way already.
        }
        self.state.pr.owner.clone_from(&pr.owner);
        self.state.pr.name.clone_from(&pr.name);
        match next.filter(|next| *next <= self.state.ends()) {
            Some(next) => self.wait(next),
            None => self.end(End::Delivered),
        }
    }

    pub(super) fn not_delivered(&mut self, number: u32, why: &NotDelivered) {
        match why {
            _ if number != self.state.delivered + 1 || !matches!(self.state.phase, Phase::Delivering { .. }) => {}
            NotDelivered::Closed => self.end(End::Closed),
            NotDelivered::Archived => self.end(End::NotDelivered { why: "the repository is archived".into() }),
            NotDelivered::NoAccess { why } => self.try_again(number, why),
        }
    }

    /// GitHub, or access to it, may come back: it is tried again for a while, and then given up by name.
    pub(super) fn try_again(&mut self, number: u32, why: &str) {
        let Phase::Delivering { due } = self.state.phase else { return };
        if number != self.state.delivered + 1 {
            return;
        }
        if self.now.since(due).as_millis() > u128::from(GIVE_UP_MS) {
            return self.end(End::NotDelivered { why: why.chars().take(200).collect() });
        }
        self.state.phase = Phase::Waiting { due };
        self.at(Timer::Again, self.now.plus_millis(TRY_AGAIN_MS));
    }
}
