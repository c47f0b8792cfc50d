//! What a seed is about: the whole product, or machines and volumes.

use crate::{chance::Chance, faults::Faults};

const HOUR_MS: u64 = 3_600_000;
/// Pull requests of one seed of [`Profile::Machines`]: so many that machines, orphans and sweeps meet each other, and so
/// few that the supervisor lives for some minutes between two crashes.
const FLEET: u64 = 50;

/// What a seed is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// A few pull requests and everything that people do; each fault is there in some seeds.
    #[default]
    Whole,
    /// Fifty pull requests at once, with every fault there is.
    Machines,
}

/// How much people do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bustle {
    pub pulls: u64,
    pub deeds: u64,
    /// For how long, in milliseconds.
    pub span_ms: u64,
}

impl Profile {
    /// Pull requests of one seed at least.
    pub const fn pull_requests(self) -> u64 {
        match self {
            Self::Whole => 1,
            Self::Machines => FLEET,
        }
    }

    pub(crate) fn bustle(self, chance: &mut Chance) -> Bustle {
        match self {
            Self::Whole => Bustle {
                span_ms: chance.between(3 * HOUR_MS, 20 * HOUR_MS),
                pulls: chance.between(1, 4),
                deeds: chance.between(2, 16),
            },
            Self::Machines => Bustle {
                span_ms: chance.between(12 * HOUR_MS, 30 * HOUR_MS),
                pulls: FLEET,
                deeds: chance.between(3 * FLEET, 6 * FLEET),
            },
        }
    }

    pub(crate) fn faults(self, chance: &mut Chance) -> Faults {
        match self {
            Self::Whole => Faults::drawn(chance),
            Self::Machines => Faults::all(chance),
        }
    }

    /// How many machines may run at once: words for the configuration.
    pub(crate) const fn running(self) -> &'static [&'static str] {
        match self {
            Self::Whole => &["1", "2", "8"],
            Self::Machines => &["8", "20"],
        }
    }
}
