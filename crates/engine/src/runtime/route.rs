//! Where an event goes: to the one core, to the core of its partition if this node owns it, or into the inbox.

use super::{
    Desk,
    shell::{Command, Gauges, Submission},
};
use crate::{
    EVENT_BYTES_MAX, EventId, Receipt, SubmitError, WorkflowId,
    cluster::{Cluster, InboxEvent},
    core::Fact,
};
use std::sync::{Arc, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, mpsc::error::TrySendError, oneshot};

/// The cores that an engine's handle reaches.
#[derive(Clone)]
pub(super) enum Desks {
    /// This process owns the database.
    One(Desk),
    /// One of several nodes.
    Several(Arc<Cluster>),
}

type Answer = oneshot::Receiver<Result<Receipt, SubmitError>>;
type Appended = oneshot::Receiver<Result<(), SubmitError>>;

/// An event that was handed in; its answer is to be waited for.
pub(super) enum Sent {
    /// To a core; if that ends without an answer, because another node took over, the event goes into the inbox.
    Here(Answer, Option<InboxEvent>),
    /// Into the inbox.
    Away(Appended, InboxEvent),
}

impl Desks {
    /// The core that a workflow belongs to, if it runs here.
    pub fn of(&self, workflow: WorkflowId) -> Option<Desk> {
        match self {
            Self::One(desk) => Some(desk.clone()),
            Self::Several(cluster) => cluster.desk_of(workflow),
        }
    }

    pub fn send(
        &self,
        kind: &'static str,
        key: Arc<str>,
        id: EventId,
        event: Fact,
        place: OwnedSemaphorePermit,
        overloaded: impl Fn() -> SubmitError,
    ) -> Result<Sent, SubmitError> {
        let (desk, cluster) = match self {
            Self::One(desk) => (Some(desk.clone()), None),
            Self::Several(cluster) => {
                let partition = cluster.partition(kind, &key);
                (cluster.desk(partition), Some((cluster, partition)))
            }
        };
        let away = cluster.map(|(cluster, partition)| {
            let (key, id, payload) = (Arc::clone(&key), id.clone(), Arc::clone(&event.json));
            (cluster, InboxEvent { partition, kind: kind.into(), key, id, payload })
        });
        if let Some(desk) = desk {
            let (answer, receiver) = oneshot::channel();
            let submission = Submission { kind, key, id, event, answer, place };
            match (desk.commands.try_send(Command::Submit(submission)), &away) {
                (Ok(()), _) => return Ok(Sent::Here(receiver, away.map(|(_, event)| event))),
                (Err(TrySendError::Full(_)), _) => return Err(overloaded()),
                (Err(TrySendError::Closed(_)), None) => return Err(SubmitError::Stopped),
                (Err(TrySendError::Closed(_)), Some(_)) => {}
            }
        }
        let Some((cluster, event)) = away else { return Err(SubmitError::Stopped) };
        let bytes = event.payload.len();
        if bytes > EVENT_BYTES_MAX {
            return Err(SubmitError::TooLarge { bytes, max: EVENT_BYTES_MAX });
        }
        let appended = cluster.append(event.clone()).ok_or_else(overloaded)?;
        Ok(Sent::Away(appended, event))
    }

    /// What is counted here, all cores together.
    pub fn gauges(&self) -> Gauges {
        let of = |desk: &Desk| *desk.gauges.lock().unwrap_or_else(PoisonError::into_inner);
        match self {
            Self::One(desk) => of(desk),
            Self::Several(cluster) => {
                let past = Gauges { counts: cluster.past(), ..Gauges::default() };
                cluster.desks().iter().map(of).fold(past, |mut all, one| {
                    all.counts += one.counts;
                    (all.live, all.running) = (all.live + one.live, all.running + one.running);
                    all
                })
            }
        }
    }
}

impl Sent {
    /// Waits until the event is durable; in the inbox also, for a while, for what its owner makes of it.
    pub async fn answer(self, desks: &Desks) -> Result<Receipt, SubmitError> {
        let (appended, event) = match self {
            Self::Here(answer, again) => match (answer.await, again, desks) {
                (Ok(answer), ..) => return answer,
                // Perhaps it was recorded; under the same id it is recorded once.
                (Err(_), Some(event), Desks::Several(cluster)) => {
                    (cluster.append(event.clone()).ok_or(SubmitError::Stopped)?, event)
                }
                (Err(_), ..) => return Err(SubmitError::Stopped),
            },
            Self::Away(appended, event) => (appended, event),
        };
        let Desks::Several(cluster) = desks else { return Err(SubmitError::Stopped) };
        appended.await.unwrap_or(Err(SubmitError::Stopped))?;
        cluster.outcome(&event).await
    }
}
