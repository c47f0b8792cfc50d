use super::{Context, Found, ReminderExecutor, errors};
use crate::{executor::read_permission::permission, parts::repository_of};
use domain::{
    people::{Permission, Via},
    reminder::{Event, Standing, Wish},
};
use engine::ActionError;

impl ReminderExecutor {
    /// What decides about a wish. Of the other reminders those count that were asked for earlier, as the engine's ids
    /// say: they ascend in the order of commits, so of two that are asked for at once exactly one sees the other, and the
    /// limits hold without a lock.
    pub(super) async fn read_standing(&self, context: &Context) -> Result<Event, ActionError> {
        let state = &*context.state;
        let permission = match state.via {
            Via::Operator => Permission::Admin, // Authorised where they asked.
            _ => {
                let read = self.parts.github.permission(&repository_of(&state.pr), &state.by.login).await;
                permission(read.map_err(errors::github)?)
            }
        };
        let mut standing = Standing { permission, open: true, by_person: 0, on_pull_request: 0 };
        if matches!(state.wish, Wish::Remind { .. }) {
            standing.open = match self.find(&state.pr).await? {
                Found::Here { open, archived, .. } => open && !archived,
                Found::Not { why } => return Err(ActionError::Retryable { message: why, retry_after: None }),
            };
            let earlier = self.active(&state.pr).await?.into_iter().filter(|view| view.workflow < context.workflow);
            for view in earlier {
                let operator = |via: &Via| *via == Via::Operator;
                let same = view.state.by.login.eq_ignore_ascii_case(&state.by.login)
                    && operator(&view.state.via) == operator(&state.via);
                standing.by_person += u32::from(same);
                standing.on_pull_request += 1;
            }
        }
        Ok(Event::StandingRead { standing })
    }

    pub(super) async fn read_permission(
        &self,
        context: &Context,
        ask: &str,
        login: &str,
    ) -> Result<Event, ActionError> {
        let read = self.parts.github.permission(&repository_of(&context.state.pr), login).await;
        let permission = permission(read.map_err(errors::github)?);
        Ok(Event::PermissionRead { ask: ask.to_owned(), permission })
    }
}
