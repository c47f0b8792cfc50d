//! Where things lie in a volume. Names only: between runs a volume is hostile, and nobody but a machine looks into it.

/// Where a backend that can mount mounts it. Always the same path: agents key their sessions by it.
pub const MOUNT: &str = "/session";
/// The agent's own state, by which it remembers; the only folder a checkpoint copies.
pub const AGENT: &str = "agent";
/// The clone. Rebuilt by each run.
pub const WORKSPACE: &str = "workspace";
/// A result is written here before it is sent, so that the next run can hand in what a lost one left.
pub const OUTBOX: &str = "outbox";
/// Deployment, workflow and last run, for the worker's own check that this is the right volume.
pub const META: &str = "meta.json";
