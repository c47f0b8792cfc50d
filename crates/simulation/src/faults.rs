//! What goes wrong, and how often: drawn for each seed, so that some seeds know no fault, some one kind of fault, and some
//! all of them. Each fault that happened is counted.

use crate::chance::Chance;
use std::collections::BTreeMap;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fault {
    /// The supervisor dies at some effect.
    Crash,
    /// The answer is lost after the effect happened.
    LostAnswer,
    /// The effect happens after the caller has given up.
    LandsLate,
    /// 5xx without an effect.
    Unavailable,
    /// 429 with Retry-After.
    Limited,
    /// An answer that takes a minute.
    Slow,
    /// A webhook is lost; GitHub lists the attempt.
    WebhookLost,
    /// A webhook comes twice.
    WebhookTwice,
    /// A webhook comes much later than others.
    WebhookLate,
    /// A read shows what was true a while ago.
    StaleRead,
    /// A list is wrongly empty.
    EmptyList,
    /// A list shows what was there a while ago.
    LaggingList,
    /// A machine dies.
    MachineDies,
    /// A machine goes on but does nothing more.
    MachineHangs,
    /// A machine that has stopped runs again.
    MachineReturns,
    /// A host cannot be reached for a while; what is on it runs on.
    HostAway,
    /// A worker goes on sending after its run has ended.
    WorkerLate,
    /// The wall clock is set.
    ClockJump,
    /// A commit fails and wrote nothing.
    CommitFails,
    /// A commit succeeds and its answer is lost.
    CommitUnsure,
    /// A read of the database fails.
    StoreRead,
    /// A volume is lost with its host.
    VolumeLost,
    /// A volume that was deleted is listed for hours.
    SoftDelete,
    /// A machine that is gone still counts as the user of its volume.
    ClaimLingers,
}

/// All of them, with their names and the highest rate per thousand chances.
const ALL: [(Fault, &str, u32); 24] = [
    (Fault::Crash, "crash", 12),
    (Fault::LostAnswer, "lost_answer", 60),
    (Fault::LandsLate, "lands_late", 30),
    (Fault::Unavailable, "unavailable", 60),
    (Fault::Limited, "limited", 40),
    (Fault::Slow, "slow", 20),
    (Fault::WebhookLost, "webhook_lost", 300),
    (Fault::WebhookTwice, "webhook_twice", 300),
    (Fault::WebhookLate, "webhook_late", 300),
    (Fault::StaleRead, "stale_read", 100),
    (Fault::EmptyList, "empty_list", 200),
    (Fault::LaggingList, "lagging_list", 200),
    (Fault::MachineDies, "machine_dies", 200),
    (Fault::MachineHangs, "machine_hangs", 100),
    (Fault::MachineReturns, "machine_returns", 200),
    (Fault::HostAway, "host_away", 100),
    (Fault::WorkerLate, "worker_late", 150),
    (Fault::ClockJump, "clock_jump", 600),
    (Fault::CommitFails, "commit_fails", 10),
    (Fault::CommitUnsure, "commit_unsure", 10),
    (Fault::StoreRead, "store_read", 5),
    (Fault::VolumeLost, "volume_lost", 30),
    (Fault::SoftDelete, "soft_delete", 300),
    (Fault::ClaimLingers, "claim_lingers", 200),
];

/// Those of machines and volumes alone.
const OF_MACHINES: [Fault; 9] = [
    Fault::EmptyList,
    Fault::LaggingList,
    Fault::MachineDies,
    Fault::MachineHangs,
    Fault::MachineReturns,
    Fault::HostAway,
    Fault::VolumeLost,
    Fault::SoftDelete,
    Fault::ClaimLingers,
];

/// The faults of one seed.
#[derive(Debug)]
pub(crate) struct Faults {
    rates: BTreeMap<Fault, u32>,
    counts: BTreeMap<Fault, u64>,
    stopped: bool,
}

impl Faults {
    pub(crate) fn drawn(chance: &mut Chance) -> Self {
        // Of ten seeds one knows no fault and two know all; in the others each fault is there or not.
        let kind = chance.between(0, 10);
        let mut rates = BTreeMap::new();
        for (fault, _, most) in ALL {
            let there = match kind {
                0 => false,
                1 | 2 => true,
                _ => chance.permille(350),
            };
            let rate = 1 + u32::try_from(chance.between(0, u64::from(most))).unwrap_or(0);
            if there {
                rates.insert(fault, rate);
            }
        }
        Self { rates, counts: BTreeMap::new(), stopped: false }
    }

    /// Every one of them, those of machines more often than in any other seed. What strikes the supervisor as a whole does so for each pull request in it,
    /// and it must live long enough to get anywhere: those are as rare here as they can be.
    pub(crate) fn all(chance: &mut Chance) -> Self {
        let mut rates = BTreeMap::new();
        for (fault, _, most) in ALL {
            let rate = match fault {
                Fault::Crash | Fault::CommitFails | Fault::CommitUnsure | Fault::StoreRead => 1,
                Fault::ClockJump => 20,
                of if OF_MACHINES.contains(&of) => {
                    u32::try_from(chance.between(u64::from(most), 2 * u64::from(most))).unwrap_or(1)
                }
                _ => u32::try_from(chance.between(u64::from(most / 2), u64::from(most) + 1)).unwrap_or(1),
            };
            rates.insert(fault, rate);
        }
        Self { rates, counts: BTreeMap::new(), stopped: false }
    }

    /// Whether it happens now; counted if so.
    pub(crate) fn happens(&mut self, fault: Fault, chance: &mut Chance) -> bool {
        let rate = if self.stopped { 0 } else { self.rates.get(&fault).copied().unwrap_or(0) };
        let happens = rate > 0 && chance.permille(rate);
        if happens {
            *self.counts.entry(fault).or_default() += 1;
        }
        happens
    }

    /// Nothing goes wrong from now on.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
    }

    /// How often each happened.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        let name = |fault: &Fault| ALL.iter().find(|(known, ..)| known == fault).map_or("other", |(_, name, _)| name);
        self.counts.iter().map(|(fault, count)| (name(fault), *count)).collect()
    }
}
