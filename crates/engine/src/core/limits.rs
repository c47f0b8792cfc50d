/// Bounds of the engine (E9); each queue and batch has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Submissions accepted and not answered; above it submitters are told to come again. At 100,000 transitions/s a
    /// full queue is a sixth of a second.
    pub queue_max: usize,
    /// Transitions in one commit; twice as many take no less processor time each, only longer (docs/performance.md).
    pub batch_max: usize,
    /// Workflows in memory. Those that cannot be put aside (uncommitted, with pending actions) count first; when they
    /// alone fill it, submissions are told to come again.
    pub live_max: usize,
    /// Of those, workflows that nothing keeps there. They stay a moment, since their next event often comes soon; when
    /// more come to rest, those that rest longest are put aside.
    pub idle_max: usize,
    /// Actions that run at once.
    pub actions_running_max: usize,
    /// Pending actions of one workflow; a transition that would exceed it is refused.
    pub actions_pending_max: usize,
    /// Events kept early for one workflow (E3); more are refused.
    pub early_max: usize,
    /// Timers of one workflow; a transition that would exceed it is refused.
    pub timers_max: usize,
    /// Timers that are later than [`Limits::OVERDUE_MS`] are admitted at this rate, so that a start after a long
    /// outage does not starve what people do.
    pub overdue_timers_per_second: u32,
    /// How far ahead timers are held in memory.
    pub near_window_ms: u64,
    /// Workflows with a timer in the near window that are held in memory (16 bytes each).
    pub near_max: usize,
}

impl Limits {
    /// From this lateness a timer counts as overdue.
    pub const OVERDUE_MS: u64 = 1_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue_max: 16_384,
            batch_max: 1_024,
            live_max: 16_384,
            idle_max: 4_096,
            actions_running_max: 1_024,
            actions_pending_max: 64,
            early_max: 32,
            timers_max: 32,
            overdue_timers_per_second: 5_000,
            near_window_ms: 60_000,
            near_max: 16_384,
        }
    }
}
