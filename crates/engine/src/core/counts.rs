/// What the core counts since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Transitions committed.
    pub transitions: u64,
    /// Commits.
    pub commits: u64,
    /// Commits that failed.
    pub commits_failed: u64,
    /// Repeats acknowledged.
    pub duplicates: u64,
    /// Events refused.
    pub illegal: u64,
    /// Events kept early.
    pub kept_early: u64,
    /// Events dropped after they were kept.
    pub dropped_early: u64,
    /// Submissions turned away.
    pub overloaded: u64,
    /// Attempts at actions.
    pub attempts: u64,
    /// Actions that failed for good.
    pub actions_failed: u64,
    /// Timers that fired.
    pub timers_fired: u64,
    /// Slots granted.
    pub granted: u64,
}
