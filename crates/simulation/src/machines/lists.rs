//! What the backend's lists show: at times nothing, at times what was there a while ago, at times what is deleted already.
//! Absence in one proves nothing, and neither does presence.

use super::{Fleet, Gone, Unit};
use crate::{faults::Fault, world::State};
use machines::{Machine, Volume};

/// How far behind a list may be.
const LAG_MS: u64 = 10 * 60_000;

impl State {
    pub(super) fn list_volumes(&mut self, deployment: &str, now: u64) -> Vec<Volume> {
        let Some(lag) = self.lag() else { return Vec::new() };
        self.machines.forget(now);
        let Fleet { volumes, gone_volumes, .. } = &self.machines;
        let there = volumes.values().filter(|it| it.created_at_ms + lag <= now).map(|it| it.shown(true));
        let gone = gone_volumes.iter().filter(|it| it.is_listed(now, lag)).map(|it| it.what.clone());
        there.chain(gone).filter(|it| it.labels.deployment == deployment).collect()
    }

    pub(super) fn list_machines(&mut self, deployment: &str, now: u64) -> Vec<Machine> {
        let Some(lag) = self.lag() else { return Vec::new() };
        self.machines.forget(now);
        let Fleet { machines, gone_machines, .. } = &self.machines;
        let there = machines.values().filter(|it| !it.away && it.created_at_ms + lag <= now).map(Unit::shown);
        let gone = gone_machines.iter().filter(|it| it.is_listed(now, lag)).map(|it| it.what.clone());
        there.chain(gone).filter(|it| it.labels.deployment == deployment).collect()
    }

    /// How far behind this list is; none: it is wrongly empty.
    fn lag(&mut self) -> Option<u64> {
        if self.happens(Fault::EmptyList) {
            return None;
        }
        Some(if self.happens(Fault::LaggingList) { self.chance.between(1_000, LAG_MS) } else { 0 })
    }
}

impl<T> Gone<T> {
    fn is_listed(&self, now: u64, lag: u64) -> bool {
        self.at + lag > now || self.listed_until > now
    }
}

impl Fleet {
    /// What no list can show any more.
    fn forget(&mut self, now: u64) {
        self.gone_machines.retain(|it| it.is_listed(now, LAG_MS));
        self.gone_volumes.retain(|it| it.is_listed(now, LAG_MS));
    }
}
