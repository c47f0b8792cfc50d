//! Fly allows so many calls per second of each action on each machine or app, and answers 429 beyond that. Spacing them
//! here costs less than being refused: a call that waits its turn has not been made.

use std::{collections::HashMap, time::Duration};

/// One call per second on average, three at once (Fly's documentation, "Machines API", rate limits).
const USUAL: Rate = Rate { interval: Duration::from_secs(1), burst: 3 };
/// A look at one machine: five per second, ten at once.
const LOOK: Rate = Rate { interval: Duration::from_millis(200), burst: 10 };
/// Buckets that are remembered; full ones are forgotten beyond that, which changes nothing.
const BUCKETS_MAX: usize = 1024;

/// What a call does, as Fly counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    LookAtApp,
    MakeApp,
    ListPolicies,
    SetPolicy,
    ListVolumes,
    MakeVolume,
    LookAtVolume,
    DeleteVolume,
    ListMachines,
    MakeMachine,
    LookAtMachine,
    StartMachine,
    StopMachine,
    DestroyMachine,
    WaitForMachine,
    Lease,
    ListEvents,
    ReadLog,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    interval: Duration,
    burst: u32,
}

impl Action {
    fn rate(self) -> Rate {
        if self == Self::LookAtMachine { LOOK } else { USUAL }
    }
}

/// When the next call of each kind may be made. Times are of a clock that nobody sets.
#[derive(Debug, Default)]
pub struct Pace {
    /// Until when a bucket has been drawn on: the generic cell rate algorithm, one number each.
    drawn: HashMap<(Action, String), Duration>,
}

impl Pace {
    /// Takes a turn: how long to wait for it.
    pub fn turn(&mut self, action: Action, subject: &str, now: Duration) -> Duration {
        self.forget(now);
        let rate = action.rate();
        let drawn = self.drawn.entry((action, subject.to_owned())).or_insert(now);
        let ahead = (*drawn).max(now);
        *drawn = ahead + rate.interval;
        ahead.saturating_sub(rate.interval * (rate.burst - 1)).saturating_sub(now)
    }

    /// Nothing of this kind for so long: Fly said so.
    pub fn hold(&mut self, action: Action, subject: &str, now: Duration, span: Duration) {
        let rate = action.rate();
        let until = now + span + rate.interval * (rate.burst - 1);
        let drawn = self.drawn.entry((action, subject.to_owned())).or_insert(until);
        *drawn = (*drawn).max(until);
    }

    fn forget(&mut self, now: Duration) {
        if self.drawn.len() >= BUCKETS_MAX {
            self.drawn.retain(|_, drawn| *drawn > now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn turns(pace: &mut Pace, action: Action, count: usize) -> Vec<u64> {
        (0..count)
            .map(|_| pace.turn(action, "it", NOW).as_millis())
            .map(|millis| u64::try_from(millis).unwrap())
            .collect()
    }

    #[test]
    fn three_at_once_and_then_one_a_second() {
        let mut pace = Pace::default();
        assert_eq!(turns(&mut pace, Action::MakeMachine, 5), [0, 0, 0, 1000, 2000]);
        assert_eq!(pace.turn(Action::MakeMachine, "it", NOW + Duration::from_secs(10)), Duration::ZERO);
    }

    #[test]
    fn a_look_at_a_machine_is_cheaper() {
        let mut pace = Pace::default();
        assert_eq!(turns(&mut pace, Action::LookAtMachine, 12)[9..], [0, 200, 400]);
    }

    #[test]
    fn each_action_and_each_subject_has_its_own() {
        let mut pace = Pace::default();
        turns(&mut pace, Action::StopMachine, 3);
        assert_eq!(pace.turn(Action::StopMachine, "other", NOW), Duration::ZERO);
        assert_eq!(pace.turn(Action::StartMachine, "it", NOW), Duration::ZERO);
        assert_eq!(pace.turn(Action::StopMachine, "it", NOW), Duration::from_secs(1));
    }

    #[test]
    fn what_fly_asks_for_is_waited() {
        let mut pace = Pace::default();
        pace.hold(Action::MakeMachine, "it", NOW, Duration::from_secs(7));
        assert_eq!(pace.turn(Action::MakeMachine, "it", NOW), Duration::from_secs(7));
        assert_eq!(pace.turn(Action::MakeMachine, "it", NOW), Duration::from_secs(8));
    }

    #[test]
    fn buckets_are_bounded() {
        let mut pace = Pace::default();
        for number in 0..BUCKETS_MAX * 2 {
            pace.turn(Action::LookAtMachine, &number.to_string(), NOW + Duration::from_secs(number as u64));
        }
        assert!(pace.drawn.len() <= BUCKETS_MAX);
    }
}
