/// Spans and bounds of a cluster (E8, E9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterLimits {
    /// How long a partition stays a node's without a word from it. After that others take it: the longest pause of a
    /// workflow when its node dies.
    pub lease_ms: u64,
    /// How often a node renews what it owns.
    pub beat_ms: u64,
    /// How long after its last renewal a node may have calls under way that must not overlap with another's. More than the
    /// lease and the longest time limit of such an action together.
    pub outside_ms: u64,
    /// How long a leaving node waits for its running actions.
    pub leave_ms: u64,
    /// How often the inbox is looked at when no news come.
    pub inbox_poll_ms: u64,
    /// Events of the inbox in memory per partition.
    pub inbox_page: usize,
    /// Events in the inbox, all partitions together; above it submitters are told to come again.
    pub inbox_max: u64,
    /// Events that wait on this node to be put into the inbox; above it submitters are told to come again.
    pub append_max: usize,
    /// How long a submitter is kept waiting to hear what its workflow, owned elsewhere, made of the event. The event is
    /// durable before that; who is not told by then is told that it is kept.
    pub outcome_ms: u64,
    /// How often slots are looked at when no news come.
    pub grant_poll_ms: u64,
    /// How long news gather before one notification carries them.
    pub news_ms: u64,
}

impl Default for ClusterLimits {
    fn default() -> Self {
        Self {
            lease_ms: 10_000,
            beat_ms: 2_500,
            outside_ms: 150_000,
            leave_ms: 5_000,
            inbox_poll_ms: 250,
            inbox_page: 512,
            inbox_max: 100_000,
            append_max: 16_384,
            outcome_ms: 1_000,
            grant_poll_ms: 500,
            news_ms: 5,
        }
    }
}
