use super::{
    Context, Found, ReminderExecutor, errors,
    time::{Told, late},
};
use crate::{intake, parts::repository_of};
use domain::{
    gates::Listed,
    people::Via,
    reminder::{Event, NotDelivered, Phase},
};
use engine::{ActionError, Timestamp};
use github::{
    api::Comment,
    render::{ReminderSays, ReminderView, reminder},
};

impl ReminderExecutor {
    /// One comment per number: it is looked for by its marker first, and left as it was written if it is there, so that
    /// one that came in time does not become a late one because its event was lost.
    pub(super) async fn deliver(&self, context: &Context, number: u32, due: Timestamp) -> Result<Event, ActionError> {
        let state = &*context.state;
        let not = |why| Ok(Event::NotDelivered { number, why });
        let no_access = |why: &str| not(NotDelivered::NoAccess { why: why.to_owned() });
        if !matches!(state.phase, Phase::Delivering { .. }) {
            return no_access("it ended meanwhile"); // Cancelled between two attempts.
        }
        let pr = match self.find(&state.pr).await? {
            Found::Here { open: false, .. } => return not(NotDelivered::Closed),
            Found::Here { archived: true, .. } => return not(NotDelivered::Archived),
            Found::Here { pr, .. } => pr,
            Found::Not { why } => return no_access(&why),
        };
        if intake::listed(&self.parts.config.github, pr.installation, &pr.owner, &pr.name) != Listed::Yes {
            return no_access("the repository is not on the operator's lists");
        }
        let told = Told::of(state);
        let (next, missed) = told.next(due, context.now);
        let next = next.filter(|next| *next <= state.ends());
        let says = ReminderSays::Due {
            login: (state.via != Via::Operator).then(|| state.by.login.clone()),
            what: told.what.clone(),
            due: told.exact(due),
            late: late(due, context.now),
            missed,
            next: next.map(|next| told.exact(next)),
            rhythm: told.rhythm.clone(),
        };
        let view = ReminderView { bot: self.parts.config.github.bot_name.clone(), id: state.id.to_string(), says };
        let comment = Comment {
            body: reminder(&view),
            marker: self.parts.markers.make(&format!("reminder:{}:{number}", context.workflow)),
            in_reply_to: in_reply_to(&state.via),
        };
        let repository = repository_of(&pr);
        let put = self.parts.github.put_comment_once(&repository, pr.number, &comment);
        put.await.map_err(errors::github)?;
        Ok(Event::Delivered { number, next, missed, pr })
    }
}

/// A reminder that was asked for in a thread comes in that thread.
pub(super) fn in_reply_to(via: &Via) -> Option<u64> {
    match via {
        Via::ReviewComment { comment, .. } => Some(*comment),
        _ => None,
    }
}
