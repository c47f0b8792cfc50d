/// Counts since the start, and depths now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Transitions committed.
    pub transitions: u64,
    /// Commits.
    pub commits: u64,
    /// Commits that failed.
    pub commits_failed: u64,
    /// Repeats acknowledged (E2).
    pub duplicates: u64,
    /// Events refused.
    pub illegal: u64,
    /// Events kept because they came too early (E3).
    pub kept_early: u64,
    /// Of those, dropped after their time.
    pub dropped_early: u64,
    /// Submissions turned away because a bound was reached (E9).
    pub overloaded: u64,
    /// Attempts at actions started.
    pub attempts: u64,
    /// Actions that failed for good.
    pub actions_failed: u64,
    /// Timers that fired.
    pub timers_fired: u64,
    /// Slots granted.
    pub granted: u64,
    /// Submissions that wait for their answer now.
    pub queue_depth: u64,
    /// Workflows in memory now.
    pub live: u64,
    /// Actions that run now.
    pub actions_running: u64,
}
