//! How Fly misbehaves: rules that hit calls at the door, before the routes see them or after they have done their work. In
//! memory only: after a start Fly behaves.

mod chance;
mod limits;
mod refusals;

pub use limits::Limits;
pub use refusals::{Named, volume_host_full};

use super::rest::Action;
use chance::Chance;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Calls that match are hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Only this action; none: every one.
    #[serde(default)]
    pub action: Option<Action>,
    /// The path or the body contains this: an app, an id, a name.
    #[serde(default)]
    pub contains: Option<String>,
    /// What happens.
    pub fault: Fault,
    /// How many calls it hits; none: all from now on.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is to hit a call that matches, from 0 to 1; none: certain.
    #[serde(default)]
    pub probability: Option<f64>,
}

impl Rule {
    /// The next call of that action.
    pub fn once(action: Action, fault: Fault) -> Self {
        Self { action: Some(action), contains: None, fault, times: Some(1), probability: None }
    }

    /// All calls of that action from now on.
    pub fn always(action: Action, fault: Fault) -> Self {
        Self { times: None, ..Self::once(action, fault) }
    }
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It is answered with this; nothing else happens.
    Refused {
        /// HTTP status.
        status: u16,
        /// Body; a string is sent as it is, not as JSON.
        #[serde(default)]
        body: Value,
        /// `retry-after`, in seconds.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// It is refused in words that were seen of Fly.
    Named(Named),
    /// The connection closes before anything happens.
    NotDone,
    /// It happens, and the connection closes without an answer.
    AnswerLost,
    /// It happens, and is answered with this status: 408, 500, 502.
    DoneBut {
        /// HTTP status.
        status: u16,
    },
    /// It is answered with this status at once, and happens this much later.
    Late {
        /// HTTP status; none: the connection closes.
        #[serde(default)]
        status: Option<u16>,
        /// On the stand-in's clock.
        millis: u64,
    },
    /// It takes this much longer, on the stand-in's clock.
    Slow {
        /// Milliseconds.
        millis: u64,
    },
    /// A list is empty. Lists of an organisation may name the regions that could not be read.
    EmptyList {
        /// They do.
        #[serde(default)]
        error_regions: bool,
    },
    /// A list shows what was so this long ago.
    StaleList {
        /// On the stand-in's clock.
        millis: u64,
    },
    /// A machine that is made stays in `created`.
    StuckCreated,
}

/// All switches.
#[derive(Debug)]
pub struct Faults {
    rules: Vec<Rule>,
    /// Every call is answered with this status; none in it: the connection closes.
    pub outage: Option<Option<u16>>,
    chance: Chance,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self { rules: Vec::new(), outage: None, chance: Chance::new(seed) }
    }

    pub fn add(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub fn clear(&mut self) {
        self.rules.clear();
        self.outage = None;
    }

    /// Takes the faults that hit a call, in the order in which their rules were made.
    pub fn take(&mut self, action: Action, words: &str) -> Vec<Fault> {
        let mut hit = Vec::new();
        for rule in &mut self.rules {
            let fits = rule.times != Some(0)
                && rule.action.is_none_or(|it| it == action)
                && rule.contains.as_ref().is_none_or(|it| words.contains(it.as_str()));
            if !fits || rule.probability.is_some_and(|probability| !self.chance.hits(probability)) {
                continue;
            }
            rule.times = rule.times.map(|times| times - 1);
            hit.push(rule.fault.clone());
        }
        self.rules.retain(|rule| rule.times != Some(0));
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_hits_the_calls_it_names_as_often_as_it_says() {
        let mut faults = Faults::new(1);
        let rule = Rule::once(Action::MachineCreate, Fault::AnswerLost);
        faults.add(Rule { contains: Some("m-1".into()), times: Some(2), ..rule });
        assert_eq!(faults.take(Action::MachineGet, "m-1"), []);
        assert_eq!(faults.take(Action::MachineCreate, "m-2"), []);
        for _ in 0..2 {
            assert_eq!(faults.take(Action::MachineCreate, "{\"name\":\"m-1\"}"), [Fault::AnswerLost]);
        }
        assert_eq!(faults.take(Action::MachineCreate, "m-1"), []);
    }

    #[test]
    fn chance_is_the_same_again_for_the_same_seed() {
        let hits = |seed| {
            let mut faults = Faults::new(seed);
            let rule = Rule::always(Action::MachineList, Fault::EmptyList { error_regions: false });
            faults.add(Rule { probability: Some(0.5), ..rule });
            (0..64).map(|_| faults.take(Action::MachineList, "").len()).collect::<Vec<_>>()
        };
        let (first, again, other) = (hits(7), hits(7), hits(8));
        assert_eq!(first, again);
        assert_ne!(first, other);
        assert!((16..48).contains(&first.iter().sum::<usize>()), "{first:?}");
    }
}
