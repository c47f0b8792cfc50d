//! What people ask about reminders, and what pull requests and repositories do to them.

use super::{PullRequests, refused};
use crate::{parts::failed, seams::Error};
use domain::{
    ids::PullRequestRef,
    people::{Person, Via},
    reminder::{Event, Plan, Reminder, ReminderId, Wish, key, prefix_of_pull_request},
};
use engine::{EventId, ListFilter, Receipt, Row, Workflow};
use schedule::{When, understand};

/// Rows read at a time.
const PAGE: usize = 500;
/// Reminders told of something at once: a small part of the engine's queue, so that what people do is not turned away.
const TOLD_AT_ONCE: usize = 500;
/// Characters of why something was not understood.
const WHY_CHARS_MAX: usize = 400;

/// What somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Everything after `remind`.
    Remind(String),
    /// The list.
    List,
    /// To cancel one: its id as it was written.
    Cancel(String),
}

/// Who asks, where, and how it reached us.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Where.
    pub pr: PullRequestRef,
    /// Who.
    pub by: Person,
    /// How it reached us, and where the answer goes.
    pub via: Via,
}

impl PullRequests {
    /// Records what somebody asks about reminders; `id` names the ask for good.
    ///
    /// # Errors
    /// The engine did not take it.
    pub(crate) async fn reminder(&self, id: &EventId, asker: &Asker, about: &About) -> Result<Receipt, Error> {
        let wish = match about {
            About::Remind(text) => self.wish(text).unwrap_or_else(|why| Wish::Misunderstood { why }),
            About::List => Wish::List,
            About::Cancel(written) => {
                if let Some(row) = self.reminder_of(&asker.pr, written).await? {
                    let (by, via) = (asker.by.clone(), asker.via.clone());
                    return self.cancel_reminder(&row, id, by, via).await;
                }
                Wish::CancelUnknown { id: written.clone() }
            }
        };
        self.wished(id, asker, wish).await
    }

    /// Begins the workflow of a wish.
    pub(crate) async fn wished(&self, id: &EventId, asker: &Asker, wish: Wish) -> Result<Receipt, Error> {
        let Asker { pr, by, via } = asker.clone();
        let key = key(pr.repository_id, pr.number, id.as_str());
        let event = Event::Asked { pr, ask: id.as_str().to_owned(), by, via, wish: Box::new(wish) };
        self.parts.engine.engine()?.submit::<Reminder>(&key, id.clone(), event).await.map_err(refused)
    }

    /// What a text asks for.
    ///
    /// # Errors
    /// A sentence without its full stop: why it was not understood.
    pub(crate) fn wish(&self, text: &str) -> Result<Wish, String> {
        let now = self.parts.environment.now();
        let understood = understand(text, now, &self.parts.config.reminders.time_zone)
            .map_err(|error| error.to_string().chars().take(WHY_CHARS_MAX).collect::<String>())?;
        let plan = match understood.when {
            When::Once(at) => Plan::Once { at },
            When::Every { rule, words, first } => Plan::Every { rule: rule.expression().to_owned(), words, first },
        };
        Ok(Wish::Remind { plan, zone: understood.zone.name().to_owned(), text: understood.what })
    }

    pub(crate) async fn cancel_reminder(
        &self,
        row: &Row,
        id: &EventId,
        by: Person,
        via: Via,
    ) -> Result<Receipt, Error> {
        let event = Event::CancelAsked { ask: id.as_str().to_owned(), by, via };
        self.parts.engine.engine()?.submit::<Reminder>(&row.key, id.clone(), event).await.map_err(refused)
    }

    /// The reminder of that id on a pull request; of two that share one (a chance of one in a thousand million) the later.
    async fn reminder_of(&self, pr: &PullRequestRef, written: &str) -> Result<Option<Row>, Error> {
        let Some(id) = ReminderId::parse(written) else { return Ok(None) };
        let rows = self.reminders(Some(prefix_of_pull_request(pr.repository_id, pr.number))).await?;
        let named = |row: &&Row| row.subject.as_deref() == Some(id.0.as_str());
        // Lists and refusals have ids too, and nobody was told them.
        let is_reminder = |row: &&Row| !matches!(row.status.as_str(), "answered" | "refused");
        Ok(rows.iter().rev().filter(named).find(is_reminder).cloned())
    }

    /// Rows of reminders, those that are over too.
    async fn reminders(&self, key_prefix: Option<String>) -> Result<Vec<Row>, Error> {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let kind = Some(Reminder::KIND.to_owned());
            let filter =
                ListFilter { kind, key_prefix: key_prefix.clone(), after, limit: PAGE, ..ListFilter::default() };
            let page = self.parts.engine.engine()?.list(filter).await.map_err(failed)?;
            let last = page.len() < PAGE;
            after = page.last().map(|row| row.workflow);
            rows.extend(page);
            if last {
                return Ok(rows);
            }
        }
    }

    /// A pull request may have closed: its reminders look for themselves.
    pub(super) async fn hint_reminders(&self, id: &EventId, repository_id: u64, number: u64) -> Result<(), Error> {
        let rows = self.reminders(Some(prefix_of_pull_request(repository_id, number))).await?;
        self.tell_reminders(rows, id, &Event::Hinted).await
    }

    async fn tell_reminders(&self, rows: Vec<Row>, id: &EventId, event: &Event) -> Result<(), Error> {
        let active: Vec<Row> = rows.into_iter().filter(|row| !row.terminal).collect();
        for some in active.chunks(TOLD_AT_ONCE) {
            let events = some.iter().map(|row| (row.key.clone(), id.clone(), event.clone())).collect();
            for receipt in self.parts.engine.engine()?.submit_many::<Reminder>(events).await {
                match receipt.map_err(refused) {
                    Ok(_) => {}
                    Err(Error::Refused(why)) => tracing::info!(%why, "event refused"),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}
