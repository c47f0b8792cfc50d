//! The state machine of W.

use engine::{
    ActionFailure, ActionOptions, Awaits, Illegal, Summary, TimerChange, Timestamp, Transition, Turn, UpgradeError,
    Workflow,
};
use serde::{Deserialize, Serialize};

/// Durable transitions of one workflow from its start to its end.
pub const TRANSITIONS: u64 = 9;

/// The kind.
#[derive(Debug)]
pub struct W;

/// Where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The volume is being created.
    Creating,
    /// The first machine is being started.
    Starting,
    /// The check is being published.
    Publishing,
    /// A person is waited for.
    AwaitingDecision,
    /// The second machine is being started.
    Resuming,
    /// It is being finished.
    Finishing,
    /// It is over.
    Closed,
}

/// About 220 bytes as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Where it is.
    pub phase: Phase,
    /// The machine called back before its start was answered.
    called_back: bool,
    /// The machine's start was answered.
    started: bool,
    volume: String,
    machine: String,
    head: String,
    title: String,
    /// How long it waits for a person, in milliseconds; zero: without a timer.
    patience_ms: u64,
}

/// 75 bytes as JSON, on average over a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It begins.
    Opened {
        /// Repository and number.
        title: String,
        /// What it works on.
        head: String,
        /// See [`State`].
        patience_ms: u64,
    },
    /// Answer of [`Action::CreateVolume`].
    VolumeCreated {
        /// Its id.
        volume: String,
        /// A few words.
        status: String,
    },
    /// Answer of [`Action::StartMachine`].
    MachineStarted {
        /// Its id.
        machine: String,
        /// A few words.
        status: String,
    },
    /// From outside: the machine.
    CalledBack {
        /// Its id.
        machine: String,
        /// A few words.
        status: String,
    },
    /// Answer of [`Action::UpdateCheck`].
    CheckUpdated {
        /// Its id.
        check: String,
        /// A few words.
        status: String,
    },
    /// From outside: a person.
    Requested {
        /// Who.
        actor: String,
        /// What.
        action: String,
    },
    /// Answer of [`Action::Finish`].
    Finished {
        /// A few words.
        status: String,
    },
    /// The person did not come.
    DeadlinePassed,
    /// An action failed for good; never in a benchmark that counts.
    Failed,
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Creates a volume.
    CreateVolume {
        /// Its name.
        name: String,
    },
    /// Starts a machine on it.
    StartMachine {
        /// The volume.
        volume: String,
        /// 1 or 2.
        run: u8,
    },
    /// Publishes a check.
    UpdateCheck {
        /// On this head.
        head: String,
    },
    /// Takes everything down.
    Finish {
        /// The volume.
        volume: String,
    },
}

impl State {
    /// Starts a machine, and forgets the one before.
    fn start(&mut self, phase: Phase, run: u8) -> Action {
        (self.phase, self.called_back, self.started) = (phase, false, false);
        Action::StartMachine { volume: self.volume.clone(), run }
    }

    /// The machine is there once its start was answered and it called back, in either order.
    fn machine_is_there(&mut self) -> Option<Action> {
        if !(self.started && self.called_back) {
            return None;
        }
        Some(if self.phase == Phase::Starting {
            self.phase = Phase::Publishing;
            Action::UpdateCheck { head: self.head.clone() }
        } else {
            self.phase = Phase::Finishing;
            Action::Finish { volume: self.volume.clone() }
        })
    }
}

const DEADLINE: &str = "deadline";

impl Workflow for W {
    type State = State;
    type Event = Event;
    type Action = Action;
    const KIND: &'static str = "w";
    const STATE_VERSION: u32 = 1;

    fn transition(state: Option<&State>, event: &Event, now: Timestamp) -> Result<Transition<Self>, Illegal> {
        let refused = || Err(Illegal::Refused("not now".into()));
        let Some(state) = state else {
            let Event::Opened { title, head, patience_ms } = event else { return refused() };
            let mut next = Transition::to(State {
                phase: Phase::Creating,
                called_back: false,
                started: false,
                volume: String::new(),
                machine: String::new(),
                head: head.clone(),
                title: title.clone(),
                patience_ms: *patience_ms,
            });
            next.actions.push(Action::CreateVolume { name: format!("volume-of-{title}") });
            return Ok(next);
        };
        let mut next = Transition::<Self>::to(state.clone());
        let to = &mut next.state;
        match (state.phase, event) {
            (Phase::Creating, Event::VolumeCreated { volume, .. }) => {
                to.volume.clone_from(volume);
                next.actions.push(to.start(Phase::Starting, 1));
            }
            (Phase::Starting | Phase::Resuming, Event::MachineStarted { machine, .. }) => {
                to.machine.clone_from(machine);
                to.started = true;
                next.actions.extend(to.machine_is_there());
            }
            (Phase::Starting | Phase::Resuming, Event::CalledBack { .. }) => {
                to.called_back = true;
                next.actions.extend(to.machine_is_there());
            }
            (Phase::Publishing, Event::CheckUpdated { .. }) => {
                to.phase = Phase::AwaitingDecision;
                if to.patience_ms > 0 {
                    next.timers.push(TimerChange::At { name: DEADLINE.into(), at: now.plus_millis(to.patience_ms) });
                }
            }
            // A click may be faster than the answer of the call that showed the button.
            (Phase::Publishing, Event::Requested { .. }) => {
                return Err(Illegal::TooEarly { why: "nothing is asked yet".into(), keep_ms: 60_000 });
            }
            (Phase::AwaitingDecision, Event::Requested { .. }) => {
                next.actions.push(to.start(Phase::Resuming, 2));
                next.timers.push(TimerChange::Cancel { name: DEADLINE.into() });
            }
            (Phase::Finishing, Event::Finished { .. }) | (_, Event::DeadlinePassed | Event::Failed) => {
                to.phase = Phase::Closed;
            }
            _ => return refused(),
        }
        Ok(next)
    }

    fn summary(state: &State) -> Summary {
        let (status, awaits) = match state.phase {
            Phase::AwaitingDecision => ("awaiting_decision", Awaits::Event),
            Phase::Starting | Phase::Resuming => ("running", Awaits::Event),
            Phase::Creating => ("provisioning", Awaits::Nothing),
            Phase::Publishing | Phase::Finishing => ("publishing", Awaits::Nothing),
            Phase::Closed => ("closed", Awaits::Nothing),
        };
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        Summary {
            status,
            terminal: state.phase == Phase::Closed,
            awaits,
            machine_id: some(&state.machine),
            volume_id: some(&state.volume),
            title: state.title.clone(),
            ..Summary::default()
        }
    }

    fn timer_fired(timer: &str) -> Option<Event> {
        (timer == DEADLINE).then_some(Event::DeadlinePassed)
    }

    fn granted(_: &str) -> Option<Event> {
        None
    }

    fn action_failed(_: &Action, _: &ActionFailure) -> Event {
        Event::Failed
    }

    fn action_name(action: &Action) -> &'static str {
        match action {
            Action::CreateVolume { .. } => "create_volume",
            Action::StartMachine { .. } => "start_machine",
            Action::UpdateCheck { .. } => "update_check",
            Action::Finish { .. } => "finish",
        }
    }

    fn action_names() -> &'static [&'static str] {
        &["create_volume", "start_machine", "update_check", "finish"]
    }

    fn action_options(_: &Action) -> ActionOptions {
        ActionOptions {
            turn: Turn::InOrder,
            attempts_max: 3,
            timeout_ms: 10_000,
            backoff_ms: 100,
            backoff_max_ms: 1_000,
            repeatable: true,
        }
    }

    fn event_name(event: &Event) -> String {
        match event {
            Event::Opened { .. } => "opened",
            Event::VolumeCreated { .. } => "volume_created",
            Event::MachineStarted { .. } => "machine_started",
            Event::CalledBack { .. } => "called_back",
            Event::CheckUpdated { .. } => "check_updated",
            Event::Requested { .. } => "requested",
            Event::Finished { .. } => "finished",
            Event::DeadlinePassed => "deadline_passed",
            Event::Failed => "failed",
        }
        .to_owned()
    }

    fn upgrade(from: u32, _: serde_json::Value) -> Result<State, UpgradeError> {
        Err(UpgradeError { from, why: "there is one version only".into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::driver;

    /// Bytes of an event.
    const MEAN: usize = 75;

    fn size(value: &impl Serialize) -> usize {
        serde_json::to_string(value).unwrap().len()
    }

    #[test]
    fn events_and_states_have_the_sizes_that_w_is_measured_with() {
        let (key, text) = ("4095-0012345", String::from);
        let volume = text("vol-4095-0012345");
        let (machine, status) = (text("m-4095-0012345-1"), text("done"));
        let asked = [
            driver::opened(key, 30 * 24 * 3_600_000),
            Event::VolumeCreated { volume, status: status.clone() },
            Event::MachineStarted { machine: machine.clone(), status: status.clone() },
            driver::called_back(key, 1),
            Event::CheckUpdated { check: text("check-4095-0012345"), status: status.clone() },
        ];
        let resumed = [
            driver::requested(key),
            Event::MachineStarted { machine, status },
            driver::called_back(key, 2),
            Event::Finished { status: text("done for 4095-0012345, and nothing is left") },
        ];
        let mean = |events: &[Event]| events.iter().map(size).sum::<usize>() / events.len();
        assert_eq!((mean(&asked), mean(&resumed)), (MEAN, MEAN));
        let opened = driver::opened(key, 0);
        let mut state = W::transition(None, &opened, Timestamp::default()).unwrap().state;
        (state.volume, state.machine) = (format!("vol-{key}"), format!("m-{key}-1"));
        assert!((190..=240).contains(&size(&state)), "{} bytes", size(&state));
    }

    #[test]
    fn a_machine_that_calls_back_before_its_start_was_answered_is_not_lost() {
        let at = Timestamp::default();
        let text = String::new;
        let opened = W::transition(None, &driver::opened("1-1", 0), at).unwrap().state;
        let created = Event::VolumeCreated { volume: text(), status: text() };
        let starting = W::transition(Some(&opened), &created, at).unwrap().state;
        let called = W::transition(Some(&starting), &driver::called_back("1-1", 1), at).unwrap();
        assert!(called.actions.is_empty() && called.state.phase == Phase::Starting);
        let started = Event::MachineStarted { machine: text(), status: text() };
        let there = W::transition(Some(&called.state), &started, at).unwrap();
        assert_eq!(there.state.phase, Phase::Publishing);
        assert_eq!(there.actions.len(), 1);
    }
}
