//! What a repository and its operator want: it arrives in an event, so that a replay sees what the transition saw.

use crate::people::Permission;
use serde::{Deserialize, Serialize};

/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Server's configuration as the ceiling, narrowed by the repository's file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Commit of the default branch at which the repository's file was read; none: there is no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<String>,
    /// What is wrong with that file; the check says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Review anything at all.
    pub enabled: bool,
    /// What a push does to a run.
    pub on_push: OnPush,
    /// What a push does to an open request.
    pub on_push_while_waiting: OnPushWhileWaiting,
    /// Whether the check must be satisfied before a merge.
    pub gate: Gate,
    /// Review drafts.
    pub drafts: bool,
    /// Review pull requests of bots.
    pub bots: bool,
    /// Review pull requests from forks.
    pub forks: bool,
    /// Least permission of the author; below it the check offers "Review it".
    pub author_at_least: Permission,
    /// Who may decide.
    pub decide: Decide,
    /// Findings of this severity or worse conclude `failure`; none: findings are `neutral`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<Severity>,
    /// Whether patches are proposed.
    pub fixes: bool,
    /// What follows an own push.
    pub own_push: OwnPush,
    /// Milliseconds until an open request ends as "not decided".
    pub decision_deadline_ms: u64,
    /// Milliseconds until the one reminder of an open request.
    pub nudge_after_ms: u64,
    /// Milliseconds a closed pull request keeps its volume.
    pub retention_ms: u64,
    /// Milliseconds between two readings of a pull request that nothing was heard of; 0: never.
    pub refresh_ms: u64,
    /// Bounds of the phases of a run.
    pub watchdog: Watchdog,
}

/// Milliseconds a phase of a run may take.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Watchdog {
    /// From the machine's start to the claim.
    pub claim_ms: u64,
    /// From the claim to the first sign of life.
    pub first_heartbeat_ms: u64,
    /// Between two signs of life.
    pub silence_ms: u64,
    /// From the claim to the result.
    pub total_ms: u64,
    /// Until a machine that is not confirmed gone gives way to a person's choice.
    pub confirm_ms: u64,
    /// Runs in a row that may be lost before a person is asked.
    pub lost_max: u32,
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            claim_ms: 90_000,
            first_heartbeat_ms: 60_000,
            silence_ms: 120_000,
            total_ms: 30 * 60_000,
            confirm_ms: 10 * 60_000,
            lost_max: 2,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            read_at: None,
            problem: None,
            enabled: true,
            on_push: OnPush::Supersede,
            on_push_while_waiting: OnPushWhileWaiting::Withdraw,
            gate: Gate::Advisory,
            drafts: false,
            bots: false,
            forks: false,
            author_at_least: Permission::Write,
            decide: Decide::Write,
            fail_on: None,
            fixes: true,
            own_push: OwnPush::Trust,
            decision_deadline_ms: 30 * DAY_MS,
            nudge_after_ms: 3 * DAY_MS,
            retention_ms: DAY_MS,
            refresh_ms: DAY_MS,
            watchdog: Watchdog::default(),
        }
    }
}

/// What a push does to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnPush {
    /// Stop it, start anew on the new head.
    Supersede,
    /// Publish it marked with the commit it read, then start anew.
    Finish,
}

/// What a push does to an open request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnPushWhileWaiting {
    /// Withdraw it and review the new head.
    Withdraw,
    /// Keep it; an approval is then refused if the branch moved in a way that the patch does not survive.
    Keep,
}

/// Whether the check must be satisfied before a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Findings and failures of ours are neutral, what is not reviewed is skipped.
    Advisory,
    /// They need a person instead: a required check must never be green because nobody looked.
    Required,
}

/// Who may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decide {
    /// Write permission or more.
    Write,
    /// Maintain permission or more.
    Maintain,
    /// Owners (CODEOWNERS) of every file of the patch, with write permission.
    Codeowners,
}

impl Decide {
    /// For people: who may answer.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Write => "write access",
            Self::Maintain => "maintain access",
            Self::Codeowners => "code owners of the files, with write access",
        }
    }
}

/// What follows an own push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnPush {
    /// The pushed commit's check is concluded from the run that made it.
    Trust,
    /// One run without fixes reads it.
    Verify,
}

/// How bad a finding is, as the domain counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look.
    Low,
    /// A defect.
    Medium,
    /// Harm.
    High,
}
