use async_trait::async_trait;
use std::collections::BTreeMap;

/// What really runs behind the stand-in's machines and volumes.
///
/// The stand-in knows no driver, since one that shares code with what it tests proves nothing; whoever starts it plugs one
/// in. Ids are the runner's own. Both creations are repeated after a crash, and must then find what they made.
#[async_trait]
pub trait Runner: Send + Sync + 'static {
    /// Makes a volume; its id.
    async fn create_volume(&self, order: &VolumeOrder) -> Result<String, String>;

    /// Erases a volume; one that is not there is a success.
    async fn delete_volume(&self, id: &str) -> Result<(), String>;

    /// Starts a program; its id.
    async fn start(&self, program: &Program) -> Result<String, String>;

    /// Completes when the program has ended by itself, or is not there.
    async fn ended(&self, id: &str) -> Exit;

    /// Ends the program with everything it started. When this is `Ok`, nothing of it can write its volume any more.
    async fn end(&self, id: &str) -> Result<(), String>;

    /// The last lines that the program printed, oldest first. Empty once it was ended.
    async fn log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, String>;
}

/// A volume to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeOrder {
    /// The stand-in's id of it, `vol_…`: at most 24 characters of `[a-z0-9_]`.
    pub name: String,
    /// The app it belongs to.
    pub app: String,
    /// Size.
    pub size_gb: u32,
}

/// A program to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The machine's id and the number of the start: at most 32 characters of `[a-z0-9-]`.
    pub name: String,
    /// The app it belongs to.
    pub app: String,
    /// The runner's id of the mounted volume.
    pub volume: Option<String>,
    /// Where the machine wants it mounted.
    pub mounted_at: String,
    /// The machine's environment.
    pub environment: BTreeMap<String, String>,
    /// Memory.
    pub memory_mb: u64,
    /// Processors.
    pub cpus: u32,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exit {
    /// What it returned; none if the runner does not know.
    pub code: Option<i32>,
    /// It took too much memory.
    pub oom_killed: bool,
}
