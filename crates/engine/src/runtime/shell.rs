//! The shell: one task owns the core, takes inputs as they come, and carries the effects out. Reads, commits and actions
//! run beside it and send their end back over a channel of their own, which has room for all of them: so a full queue of
//! submissions cannot keep a commit from being heard of.

use super::{
    Tenure,
    committer::Committer,
    registry::{Attempt, Carrier},
};
use crate::{
    ActionError, Committed, Counters, EventId, InboxRow, Receipt, Store, SubmitError, WorkflowId,
    core::{Core, Counts, Effect, Fact, Input, Note, Standpoint, StartAction, Ticket},
};
use environment::{Environment, Timestamp};
use futures_util::FutureExt as _;
use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, oneshot};

/// Reads and commits that may be under way beside the actions.
pub(crate) const STORE_WORK_MAX: usize = 16;
/// Inputs taken before effects are carried out: what came together shares a commit.
const INPUTS_AT_ONCE: usize = 1_024;

/// One submission and where its answer goes.
pub(crate) struct Submission {
    pub kind: &'static str,
    pub key: Arc<str>,
    pub id: EventId,
    pub event: Fact,
    pub answer: oneshot::Sender<Result<Receipt, SubmitError>>,
    /// Its place in the queue, given back with the answer.
    pub place: OwnedSemaphorePermit,
}

/// What a handle asks of the shell.
pub(crate) enum Command {
    Submit(Submission),
    Signal(WorkflowId),
    /// Events of the inbox.
    Inbox(Vec<InboxRow>),
    /// The lease was taken away: look.
    Evicted,
    Repair(WorkflowId, oneshot::Sender<()>),
    Explain(WorkflowId, oneshot::Sender<Standpoint>),
    Shutdown(oneshot::Sender<()>),
}

/// Counters as the shell last saw them.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Gauges {
    pub counts: Counts,
    pub live: usize,
    pub running: usize,
}

impl Gauges {
    pub fn counters(&self, queue_depth: usize, overloaded: u64) -> Counters {
        let Self { counts, live, running } = self;
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Counters {
            transitions: counts.transitions,
            commits: counts.commits,
            commits_failed: counts.commits_failed,
            duplicates: counts.duplicates,
            illegal: counts.illegal,
            kept_early: counts.kept_early,
            dropped_early: counts.dropped_early,
            overloaded: counts.overloaded + overloaded,
            attempts: counts.attempts,
            actions_failed: counts.actions_failed,
            timers_fired: counts.timers_fired,
            granted: counts.granted,
            queue_depth: number(queue_depth),
            live: number(*live),
            actions_running: number(*running),
        }
    }
}

type Waiting = (oneshot::Sender<Result<Receipt, SubmitError>>, OwnedSemaphorePermit);

pub(super) struct Shell {
    pub environment: Environment,
    pub store: Arc<dyn Store>,
    pub carriers: BTreeMap<&'static str, Arc<dyn Carrier>>,
    pub core: Core,
    pub commands: mpsc::Receiver<Command>,
    pub committer: Committer,
    pub ends: mpsc::Sender<Input>,
    pub ended: mpsc::Receiver<Input>,
    pub feed: broadcast::Sender<Committed>,
    pub gauges: Arc<Mutex<Gauges>>,
    pub waiting: HashMap<Ticket, Waiting>,
    pub ticket: Ticket,
    pub stopping: Vec<oneshot::Sender<()>>,
    /// Owned for a time only.
    pub tenure: Option<Tenure>,
}

/// How a shell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ended {
    /// Another node owns its workflows by now.
    pub evicted: bool,
    /// Calls that must not overlap with another's may still be under way for this long.
    pub outside: Duration,
    pub counts: Counts,
}

impl Shell {
    /// Runs until it is told to stop, every handle is gone, or its workflows belong to another node.
    pub async fn run(mut self) -> Ended {
        let (mut inputs, mut effects) = (vec![Input::Begin], Vec::new());
        let mut wake = self.alarm(None);
        let mut grace = self.alarm(None);
        let mut evicted = false;
        loop {
            if let Some(tenure) = &mut self.tenure {
                tenure.heed(&inputs);
                evicted = tenure.is_over(&self.environment, &inputs);
                if evicted {
                    break;
                }
            }
            self.committer.heed(&inputs);
            let now = self.environment.now();
            self.core.step_into(inputs.drain(..), now, &mut effects);
            for effect in effects.drain(..) {
                if let Effect::WakeAt(at) = effect {
                    wake = self.alarm(Some(at));
                } else {
                    self.carry_out(effect);
                }
            }
            self.publish_gauges();
            if !self.stopping.is_empty() && (self.core.is_quiet() || self.core.is_paused(now)) && self.has_left() {
                break;
            }
            tokio::select! {
                biased;
                Some(input) = self.ended.recv() => inputs.push(input),
                command = self.commands.recv(), if self.stopping.is_empty() => match command {
                    Some(command) => {
                        self.accept(command, &mut inputs);
                        if let (false, Some(tenure)) = (self.stopping.is_empty(), &self.tenure) {
                            grace = self.alarm(Some(now + tenure.leave));
                        }
                    }
                    None => self.stopping.push(oneshot::channel().0),
                },
                () = &mut grace => break,
                () = &mut wake => {
                    wake = self.alarm(None);
                    inputs.push(Input::Tick);
                }
            }
            self.take_what_is_there(&mut inputs);
        }
        self.commands.close();
        let outside = self.tenure.map_or(Duration::ZERO, |tenure| tenure.end(&self.environment));
        for told in self.stopping {
            let _ = told.send(());
        }
        Ended { evicted, outside, counts: self.core.counts() }
    }

    /// Nothing is waited for that the next owner would have to do again.
    fn has_left(&self) -> bool {
        self.tenure.is_none() || self.core.actions_running() == 0
    }

    fn take_what_is_there(&mut self, inputs: &mut Vec<Input>) {
        while inputs.len() < INPUTS_AT_ONCE {
            if let Ok(input) = self.ended.try_recv() {
                inputs.push(input);
            } else if let (true, Ok(command)) = (self.stopping.is_empty(), self.commands.try_recv()) {
                self.accept(command, inputs);
            } else {
                break;
            }
        }
    }

    fn alarm(&self, at: Option<Timestamp>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let environment = self.environment.clone();
        Box::pin(async move {
            match at {
                Some(at) => environment.sleep(at.since(environment.now())).await,
                None => std::future::pending().await,
            }
        })
    }

    fn accept(&mut self, command: Command, inputs: &mut Vec<Input>) {
        match command {
            Command::Submit(Submission { kind, key, id, event, answer, place }) => {
                self.ticket += 1;
                self.waiting.insert(self.ticket, (answer, place));
                inputs.push(Input::Submitted { ticket: self.ticket, kind, key, id, event });
            }
            Command::Signal(workflow) => inputs.push(Input::SignalHeard(workflow)),
            Command::Repair(workflow, done) => {
                inputs.push(Input::Repair(workflow));
                let _ = done.send(());
            }
            Command::Explain(workflow, answer) => {
                let _ = answer.send(self.core.explain(workflow));
            }
            Command::Inbox(rows) => inputs.push(Input::Inbox(rows)),
            Command::Evicted => inputs.push(Input::Tick),
            Command::Shutdown(told) => {
                if self.tenure.is_some() {
                    self.core.drain();
                }
                self.stopping.push(told);
            }
        }
    }

    fn publish_gauges(&self) {
        let (live, running) = (self.core.live_count(), self.core.actions_running());
        *self.gauges.lock().unwrap_or_else(PoisonError::into_inner) =
            Gauges { counts: self.core.counts(), live, running };
    }

    fn carry_out(&mut self, effect: Effect) {
        let store = Arc::clone(&self.store);
        match effect {
            Effect::Load(request) => self.beside(async move { Input::Loaded(store.load(&request).await) }),
            Effect::LoadActive { after, limit } => {
                self.beside(async move { Input::ActiveLoaded(store.active_after(after, limit).await) });
            }
            Effect::LoadTimers { after, until, limit } => {
                self.beside(async move { Input::TimersLoaded(store.waking(after, until, limit).await) });
            }
            Effect::LoadPools => self.beside(async move { Input::PoolsLoaded(store.pools().await) }),
            Effect::DropEarly { limit } => {
                let now = self.environment.now();
                self.beside(async move { Input::EarlyDropped(store.drop_early(now, limit).await) });
            }
            Effect::Commit(batch) => self.committer.hand_over(batch),
            Effect::Answer { ticket, answer } => {
                if let Some((waiting, _place)) = self.waiting.remove(&ticket) {
                    let _ = waiting.send(answer);
                }
            }
            Effect::StartAction(start) => self.start(start),
            Effect::Announce(news) => {
                if self.feed.receiver_count() > 0 {
                    let _ = self.feed.send(Committed {
                        workflow: news.workflow,
                        kind: news.kind,
                        revision: news.revision,
                        status: news.status.to_owned(),
                        event_name: news.event_name,
                    });
                }
            }
            Effect::Note(note) => log(&note),
            Effect::SlotsMoved => {
                if let Some(tenure) = &self.tenure {
                    tenure.bell.slots_moved();
                }
            }
            Effect::WakeAt(_) => {} // the loop owns the alarm
        }
    }

    fn beside(&self, work: impl Future<Output = Input> + Send + 'static) {
        let ends = self.ends.clone();
        self.environment.spawn(async move {
            let _ = ends.send(work.await).await;
        });
    }

    fn start(&mut self, start: StartAction) {
        let Some(carrier) = self.carriers.get(start.kind).cloned() else { return };
        let environment = self.environment.clone();
        if let Some(tenure) = &mut self.tenure {
            tenure.starts(&start, &environment);
        }
        let StartAction { workflow, action, attempt, name, timeout_ms, .. } = start;
        let attempt_at = Attempt {
            workflow,
            key: Arc::clone(&start.key),
            action,
            fact: start.fact.clone(),
            attempt,
            maybe_done: start.maybe_done,
            state: Arc::clone(&start.state.0),
            now: environment.now(),
        };
        let bound = self.tenure.as_ref().map(|tenure| tenure.bound(&start, &environment));
        self.beside(async move {
            let carrying = async {
                match bound {
                    Some(bound) => bound.carry(carrier.carry(attempt_at)).await,
                    None => carrier.carry(attempt_at).await,
                }
            };
            // A panic in an executor ends as a failed attempt; what it was about to do is dropped with it.
            let carried = AssertUnwindSafe(carrying).catch_unwind();
            let result = match environment.timeout(Duration::from_millis(timeout_ms), carried).await {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => {
                    let message = format!("`{name}` ended abnormally: panicked with {:?}", said(&*panic));
                    Err(ActionError::Ambiguous { message })
                }
                Err(_) => Err(ActionError::Ambiguous { message: format!("`{name}` took longer than {timeout_ms} ms") }),
            };
            if let Err(error) = &result {
                tracing::warn!(%workflow, action = name, attempt, %error, "an attempt failed");
            }
            Input::ActionFinished { workflow, action, attempt, result }
        });
    }
}

/// What a panic said, if it was a text.
fn said(panic: &(dyn Any + Send)) -> &str {
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    panic.downcast_ref::<&str>().copied().or_else(owned).unwrap_or("something that is no text")
}

fn log(note: &Note) {
    match note {
        Note::DroppedEarly { kind, key, id } => {
            tracing::warn!(%kind, %key, event = %id, "an event that came too early was dropped after its time");
        }
        Note::Unreadable { workflow, why } => tracing::error!(%workflow, %why, "a row cannot be read"),
        Note::UnknownTimer { workflow, name } => {
            tracing::warn!(%workflow, timer = %name, "a timer of an unknown name was dropped");
        }
        Note::Refused { workflow, id, why } => tracing::warn!(%workflow, event = %id, %why, "refused"),
        Note::CommitFailed(error) => tracing::error!(%error, "a commit failed"),
        Note::ReadFailed(error) => tracing::error!(%error, "a read failed; it is tried again"),
    }
}
