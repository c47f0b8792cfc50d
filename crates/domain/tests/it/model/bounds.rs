//! What a check of the model covers: which faults how often, which actions are answered at once, how many runs.
//!
//! Everything at once would be without end, so each check looks at one subject with its faults; together they cover what the
//! module's header promises. What is bounded is counted in [`Budget`]; the order of things is not.

use super::{
    step::Outcome::{self, Answer, Apply, ApplyOther, Budget as Spent, Clean, Failed, Patch},
    world::Budget,
};
use domain::policy::{OnPush, OnPushWhileWaiting, OwnPush, Policy};

/// The bounds of one exhaustive check.
#[derive(Debug, Clone)]
pub struct Bounds {
    pub name: &'static str,
    pub policy: Policy,
    /// States with a higher run number are not looked at.
    pub runs: u32,
    pub budget: Budget,
    /// Names of actions between whose effect and answer anything may happen; the others are answered when they happen.
    pub split: &'static [&'static str],
    /// Names of actions that may be overtaken by everything else; the others are answered before anything else happens.
    pub slow: &'static [&'static str],
    /// Whether the first sign of life is apart from the claim.
    pub hears: bool,
    /// How a run may end.
    pub outcomes: &'static [Outcome],
    /// States that there are at least, so that the check cannot shrink unseen.
    pub states_min: usize,
}

const NONE: Budget = Budget {
    pushes: 0,
    closes: 0,
    lost_webhooks: 0,
    spare_webhooks: 0,
    crashes: 0,
    failures: 0,
    ambiguous: 0,
    deaths: 0,
    lost_volumes: 0,
    late_slots: 0,
    answers: 0,
    strangers: 0,
    reviews: 0,
    cancels: 0,
    questions: 0,
    listings: 0,
    accesses: 0,
    alarms: 0,
    waits: 0,
};

/// A check of nothing yet.
pub fn subject(name: &'static str) -> Bounds {
    Bounds {
        name,
        policy: Policy::default(),
        runs: 2,
        budget: NONE,
        split: &[],
        slow: &[],
        hears: false,
        outcomes: &[Clean],
        states_min: 0,
    }
}

/// All checks of the production function: at their normal size, or each with one more fault.
pub fn all(more: bool) -> Vec<Bounds> {
    let plus = u8::from(more);
    let subjects = [machines(plus), unconfirmed(plus), successors(plus), clicks(plus), pushing(plus), readings(plus)];
    let others = [overtaking(plus), closing(plus), checks(plus), access(plus), listings(plus), questions(plus)];
    let policies = [finish_and_keep(plus), verify(plus)];
    subjects.into_iter().chain(others).chain(policies).collect()
}

/// Starts, crashes, calls that land late, machines that die or were never heard.
pub fn machines(plus: u8) -> Bounds {
    Bounds {
        runs: 3,
        split: &["start_machine"],
        slow: &["start_machine", "destroy_machine", "create_volume"],
        hears: true,
        outcomes: &[Clean, Failed],
        budget: Budget { crashes: 1, ambiguous: 1, failures: plus, deaths: 1, alarms: 1, answers: 1, ..NONE },
        states_min: 175_000,
        ..subject("machines")
    }
}

/// A host that cannot be reached: machines that are not confirmed gone, and copies of their volumes.
pub fn unconfirmed(plus: u8) -> Bounds {
    Bounds {
        runs: 3,
        slow: &["destroy_machine", "delete_volume"],
        outcomes: &[Patch, Apply],
        budget: Budget { failures: 2 + plus, alarms: 1, answers: 2, closes: 1, ..NONE },
        states_min: 110_000,
        ..subject("unconfirmed")
    }
}

/// What is published and what is done to volumes and machines, each before or after the other.
pub fn overtaking(plus: u8) -> Bounds {
    Bounds {
        slow: &["publish_check", "publish_review", "create_volume", "start_machine", "delete_volume"],
        outcomes: &[Clean, Patch],
        budget: Budget { crashes: 1, failures: 1, closes: 2, pushes: plus, ..NONE },
        states_min: 75_000,
        ..subject("overtaking")
    }
}

/// Runs that follow one another quickly on one volume.
pub fn successors(plus: u8) -> Bounds {
    Bounds {
        runs: 3,
        split: &["start_machine"],
        slow: &["create_volume", "start_machine", "destroy_machine", "read_pull_request"],
        budget: Budget { pushes: 2, late_slots: 1, lost_volumes: plus, failures: 1, ..NONE },
        states_min: 16_000,
        ..subject("successors")
    }
}

/// Two who may decide and one who may not, and a push meanwhile.
pub fn clicks(plus: u8) -> Bounds {
    Bounds {
        slow: &["read_permission", "read_pull_request"],
        outcomes: &[Patch],
        budget: Budget { answers: 2, strangers: 1, failures: 1, pushes: 1, waits: 1 + plus, ..NONE },
        states_min: 360_000,
        ..subject("clicks")
    }
}

/// What was approved on its way to the branch.
pub fn pushing(plus: u8) -> Bounds {
    Bounds {
        runs: 3,
        split: &["push_patch", "read_pull_request"],
        slow: &["push_patch", "read_pull_request"],
        outcomes: &[Patch, Apply, ApplyOther],
        budget: Budget { crashes: 1, ambiguous: 1, pushes: 1, answers: 1, closes: plus, ..NONE },
        states_min: 13_000,
        ..subject("pushing")
    }
}

/// Webhooks that are lost, doubled or out of order, and readings that are answered late.
pub fn readings(plus: u8) -> Bounds {
    Bounds {
        split: &["read_pull_request"],
        slow: &["read_pull_request", "delete_volume"],
        budget: Budget { closes: 2, lost_webhooks: 1, spare_webhooks: 1 + plus, pushes: 1, waits: 1, ..NONE },
        states_min: 48_000,
        ..subject("readings")
    }
}

/// Teardown that fails, and people who ask meanwhile.
pub fn closing(plus: u8) -> Bounds {
    Bounds {
        slow: &["destroy_machine", "delete_volume", "create_volume", "read_permission", "read_pull_request"],
        budget: Budget { closes: 2 + plus, failures: 1, ambiguous: 1, reviews: 1, ..NONE },
        states_min: 36_000,
        ..subject("closing")
    }
}

/// Publishing that fails, is lost or late.
pub fn checks(plus: u8) -> Bounds {
    Bounds {
        split: &["publish_check"],
        slow: &["publish_check", "publish_review", "read_pull_request"],
        outcomes: &[Patch, Spent, Failed],
        budget: Budget { pushes: 1, failures: 1, crashes: 1, cancels: 1, alarms: plus, ..NONE },
        states_min: 95_000,
        ..subject("checks")
    }
}

/// Access that is suspended, removed and given back.
pub fn access(plus: u8) -> Bounds {
    Bounds {
        split: &["read_pull_request"],
        slow: &["read_pull_request", "destroy_machine", "delete_volume", "publish_check"],
        outcomes: &[Clean, Patch],
        budget: Budget { accesses: 2, closes: 1, waits: 1 + plus, ..NONE },
        states_min: 57_000,
        ..subject("access")
    }
}

/// An operator who changes the lists while something is under way.
pub fn listings(plus: u8) -> Bounds {
    Bounds {
        runs: 3,
        split: &["push_patch"],
        slow: &["push_patch", "read_pull_request", "publish_check"],
        outcomes: &[Patch, Apply],
        budget: Budget { listings: 2 + plus, answers: 1, reviews: 1, ..NONE },
        states_min: 22_000,
        ..subject("listings")
    }
}

/// Questions to the agent beside an open request.
pub fn questions(plus: u8) -> Bounds {
    Bounds {
        runs: 3,
        split: &["start_machine"],
        slow: &["start_machine", "destroy_machine", "read_pull_request"],
        outcomes: &[Patch, Answer],
        budget: Budget { questions: 1 + plus, answers: 1, pushes: 1, alarms: 1, ..NONE },
        states_min: 55_000,
        ..subject("questions")
    }
}

/// A repository that lets a run finish although somebody pushed, and keeps its open request.
pub fn finish_and_keep(plus: u8) -> Bounds {
    Bounds {
        policy: Policy {
            on_push: OnPush::Finish,
            on_push_while_waiting: OnPushWhileWaiting::Keep,
            ..Policy::default()
        },
        runs: 3,
        slow: &["read_pull_request", "push_patch", "destroy_machine"],
        outcomes: &[Patch, Apply],
        budget: Budget { pushes: 2, answers: 1, alarms: 1, failures: plus, ..NONE },
        states_min: 43_000,
        ..subject("finish and keep")
    }
}

/// A repository in which a run reads what the bot pushed, on a server that keeps no volume of a closed pull request.
pub fn verify(plus: u8) -> Bounds {
    Bounds {
        policy: Policy { own_push: OwnPush::Verify, retention_ms: 0, ..Policy::default() },
        runs: 3,
        split: &["push_patch"],
        slow: &["read_pull_request", "push_patch", "delete_volume", "publish_check"],
        outcomes: &[Patch, Apply],
        budget: Budget { pushes: plus, answers: 1, closes: 2, crashes: 1, ..NONE },
        states_min: 22_000,
        ..subject("verify")
    }
}
