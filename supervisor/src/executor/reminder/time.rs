//! When a reminder comes next, and how its times are said.

use domain::reminder::{LATE_MS, Plan, State, Wish};
use engine::Timestamp;
use schedule::{Rule, Zone, exact, span};

/// What to remind of, and its times in words.
pub(super) struct Told {
    /// Of what.
    pub what: String,
    /// In which rhythm.
    pub rhythm: Option<String>,
    plan: Option<Plan>,
    zone: Zone,
}

impl Told {
    pub fn of(state: &State) -> Self {
        match &state.wish {
            Wish::Remind { plan, zone, text } => Self {
                what: text.clone(),
                rhythm: match plan {
                    Plan::Once { .. } => None,
                    Plan::Every { words, .. } => Some(words.clone()),
                },
                plan: Some(plan.clone()),
                zone: zone_named(zone),
            },
            _ => Self { what: String::new(), rhythm: None, plan: None, zone: Zone::utc() },
        }
    }

    /// The first time.
    pub fn first(&self) -> String {
        self.plan.as_ref().map_or_else(String::new, |plan| self.exact(plan.first()))
    }

    pub fn exact(&self, at: Timestamp) -> String {
        exact(at, &self.zone)
    }

    /// The next time after `now`, and how many passed between `due` and `now`, by the zone's rules as they are known
    /// now.
    pub fn next(&self, due: Timestamp, now: Timestamp) -> (Option<Timestamp>, u32) {
        let Some(Plan::Every { rule, .. }) = &self.plan else { return (None, 0) };
        let Some(rule) = Rule::parse(rule) else { return (None, 0) };
        (rule.next(&self.zone, now.max(due)), rule.count(&self.zone, due, now))
    }
}

/// How late `now` is for `due`, if that is worth saying.
pub(super) fn late(due: Timestamp, now: Timestamp) -> Option<String> {
    let late = u64::try_from(now.since(due).as_millis()).unwrap_or(u64::MAX);
    (late > LATE_MS).then(|| span(late))
}

/// A zone that was known when it was asked for. Should a later tz database have dropped it, times are UTC and say so.
fn zone_named(name: &str) -> Zone {
    Zone::named(name).unwrap_or_else(|error| {
        tracing::warn!(%error, "a reminder's zone is not known any more; UTC is used");
        Zone::utc()
    })
}
