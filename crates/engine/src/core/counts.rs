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

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.transitions += other.transitions;
        self.commits += other.commits;
        self.commits_failed += other.commits_failed;
        self.duplicates += other.duplicates;
        self.illegal += other.illegal;
        self.kept_early += other.kept_early;
        self.dropped_early += other.dropped_early;
        self.overloaded += other.overloaded;
        self.attempts += other.attempts;
        self.actions_failed += other.actions_failed;
        self.timers_fired += other.timers_fired;
        self.granted += other.granted;
    }
}
