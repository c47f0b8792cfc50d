use super::{Context, ReminderExecutor, deliver::in_reply_to, errors, time::Told};
use crate::parts::repository_of;
use domain::{
    people::Via,
    reminder::{Event, ReplyText, Wish},
};
use engine::ActionError;
use github::{
    api::Comment,
    render::{ReminderRow, ReminderSays, ReminderView, reminder},
};

impl ReminderExecutor {
    pub(super) async fn reply(
        &self,
        context: &Context,
        key: &str,
        to: &Via,
        text: &ReplyText,
    ) -> Result<Event, ActionError> {
        let state = &*context.state;
        let id = match &state.wish {
            Wish::CancelUnknown { id } => id.clone(),
            _ => state.id.to_string(),
        };
        let says = self.says(context, text).await?;
        let view = ReminderView { bot: self.parts.config.github.bot_name.clone(), id, says };
        let comment = Comment {
            body: reminder(&view),
            marker: self.parts.markers.make(&format!("reminder-reply:{}:{key}", context.workflow)),
            in_reply_to: in_reply_to(to),
        };
        let repository = repository_of(&state.pr);
        let put = self.parts.github.put_comment_once(&repository, state.pr.number, &comment);
        put.await.map_err(errors::github)?;
        Ok(Event::Replied { key: key.to_owned() })
    }

    async fn says(&self, context: &Context, text: &ReplyText) -> Result<ReminderSays, ActionError> {
        let told = Told::of(&context.state);
        Ok(match text {
            ReplyText::Confirmed => {
                ReminderSays::Confirmed { first: told.first(), rhythm: told.rhythm, what: told.what }
            }
            ReplyText::Misunderstood { why } => ReminderSays::Misunderstood { why: why.clone() },
            ReplyText::NotPermitted { login, permission } => {
                ReminderSays::NotPermitted { login: login.clone(), permission: permission.clone() }
            }
            ReplyText::TooMany { max, of_person } => ReminderSays::TooMany { max: *max, of_person: *of_person },
            ReplyText::PullRequestClosed => ReminderSays::PullRequestClosed,
            ReplyText::List => ReminderSays::List(self.rows(context).await?),
            ReplyText::NoSuch { .. } => ReminderSays::NoSuch,
            ReplyText::Cancelled => ReminderSays::Cancelled { what: told.what },
            ReplyText::OverAlready => ReminderSays::OverAlready,
            ReplyText::Unreadable => ReminderSays::Unreadable,
        })
    }

    async fn rows(&self, context: &Context) -> Result<Vec<ReminderRow>, ActionError> {
        let active = self.active(&context.state.pr).await?;
        let row = |view: &engine::View<domain::reminder::Reminder>| {
            let (state, told) = (&view.state, Told::of(&view.state));
            ReminderRow {
                id: state.id.to_string(),
                login: state.by.login.clone(),
                next: state.due().map_or_else(|| told.first(), |due| told.exact(due)),
                rhythm: told.rhythm.clone(),
                what: told.what,
            }
        };
        Ok(active.iter().map(row).collect())
    }
}
