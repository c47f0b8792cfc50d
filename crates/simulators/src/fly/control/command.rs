use super::{Rule, Timings};
use serde::{Deserialize, Serialize};

/// What can be done. Machines, volumes and hosts are named by their ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Lets time pass on the stand-in's clock.
    Advance { millis: u64 },
    /// Says how long things take from now on.
    SetTimings(Timings),
    /// Switches Fly's rate limits on or off.
    SetRateLimits { hold: bool },
    /// Lets calls to come fail.
    AddRule(Rule),
    /// Forgets the rules and the outage; time and timings stay.
    ClearRules,
    /// Answers every call with a status; none: it closes the connections.
    Outage { status: Option<u16> },
    /// The name of an app belongs to somebody else.
    TakeAppName { app: String },
    /// The host of a machine or a volume is out of reach. Its programs go on unseen, or end.
    LoseHost { of: String, programs_end: bool },
    /// The host of a machine or a volume is back.
    ReturnHost { of: String },
    /// The host of a machine or a volume takes no further machine, or does again.
    FillHost { of: String, full: bool },
    /// A machine that is stuck in `created` starts after all.
    Unstick { machine: String },
    /// The program of a machine ends by itself.
    EndProgram { machine: String, exit_code: Option<i32>, oom_killed: bool },
    /// Fly destroys a machine that nobody asked it to.
    DestroyMachine { machine: String },
    /// Fly restarts a machine that nobody asked it to.
    RestartMachine { machine: String },
    /// Fly moves a machine, with its volume, to another host of the region, and restarts it there.
    MigrateMachine { machine: String },
    /// Fly deletes a volume that nobody asked it to. Refused while a machine has it.
    DeleteVolume { volume: String },
}
