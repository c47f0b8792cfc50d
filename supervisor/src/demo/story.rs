//! The story's own file: ports, restarts, when it began. What happened is not in it: that is the supervisor's to know.

use super::{DemoError, backend::FLY};
use environment::Environment;
use serde::{Deserialize, Serialize};
use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

const FILE: &str = "demo.json";

/// Where a story stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Story {
    #[serde(skip)]
    folder: PathBuf,
    /// Unix milliseconds.
    pub began_ms: u64,
    /// It was told to its end.
    pub finished: bool,
    /// How often the supervisor was started after the first time.
    pub restarts: u32,
    /// `--auto` has killed the supervisor already.
    pub killed_on_purpose: bool,
    /// The person left: nobody was killed.
    #[serde(default)]
    pub left: bool,
    /// Who tells it now.
    #[serde(default)]
    pub narrator: Option<Process>,
    /// Ports, chosen free once and then kept: a machine that outlives the supervisor must find it again.
    pub ports: Ports,
    /// Processes that were started, by pid and start time, so that an orphan of an earlier telling can be ended.
    pub processes: Vec<Process>,
}

/// Ports on loopback.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ports {
    /// Stand-in for GitHub.
    pub github: u16,
    /// Public listener.
    pub public: u16,
    /// Machine listener.
    pub machine: u16,
    /// Stand-in for Fly, where it is told on one. A story that began before there was one has none.
    #[serde(default)]
    pub fly: u16,
}

/// A process, safe against a reused pid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Clock ticks since boot at which it started.
    pub started: u64,
}

impl Process {
    /// The process of that id, as it is now.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; what follows the last one is plain.
        let started = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
        Some(Self { pid, started })
    }

    /// It is still the same process.
    pub fn lives(self) -> bool {
        Self::of(self.pid) == Some(self)
    }
}

impl Story {
    /// The story in a folder: continued if it was interrupted, begun anew if it was finished or there is none.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(folder: &Path, environment: &Environment) -> Result<Self, DemoError> {
        crate::deployment::data_folder(folder)?;
        let file = folder.join(FILE);
        if let Some(story) = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok()) {
            if let Some(other) =
                story.narrator.filter(|narrator| narrator.pid != std::process::id() && narrator.lives())
            {
                let (pid, folder) = (other.pid, folder.display());
                return Err(DemoError::Sentence(format!(
                    "process {pid} tells the story in `{folder}` already; end it, or say another folder with `--data`"
                )));
            }
            if !story.finished {
                let narrator = Process::of(std::process::id());
                let fly = if story.ports.fly == 0 { Ports::choose()?.fly } else { story.ports.fly };
                let ports = Ports { fly, ..story.ports };
                return Ok(Self { folder: folder.to_owned(), restarts: story.restarts + 1, narrator, ports, ..story });
            }
            // Only what a story makes is removed; anything else in the folder is somebody else's.
            let made = [FLY, "supervisor", "github", "longshore.toml"];
            for name in made.into_iter().chain(["supervisor.log", "github.log", "fly.log", FILE]) {
                remove(&folder.join(name))?;
            }
        }
        let story = Self {
            folder: folder.to_owned(),
            began_ms: environment.now().as_millis(),
            finished: false,
            restarts: 0,
            killed_on_purpose: false,
            left: false,
            narrator: Process::of(std::process::id()),
            ports: Ports::choose()?,
            processes: Vec::new(),
        };
        story.save()?;
        Ok(story)
    }

    /// Supervisors and stand-ins of this folder that were never noted, found by their command lines.
    pub fn strays(&self) -> Vec<Process> {
        let folder = format!("{}/", self.folder.display());
        let ours = |pid: &u32| {
            let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let arguments = String::from_utf8_lossy(&arguments).into_owned();
            let words: Vec<&str> = arguments.split('\0').collect();
            matches!(words.get(1), Some(&"serve" | &"sim")) && words.iter().any(|word| word.starts_with(&folder))
        };
        let names = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
        let pids = names.filter_map(|name| name.to_str()?.parse::<u32>().ok());
        pids.filter(ours).filter_map(Process::of).collect()
    }

    /// It goes on: this is not its first telling.
    pub const fn goes_on(&self) -> bool {
        self.restarts > 0
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the stand-in for Fly listens, if the story has one.
    pub fn fly_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.fly)
    }

    /// Writes it down.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn save(&self) -> Result<(), DemoError> {
        let text = serde_json::to_string(self).map_err(|error| DemoError::Sentence(error.to_string()))?;
        Ok(crate::deployment::write_private(&self.folder.join(FILE), &text)?)
    }

    /// It rests until the same command goes on.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn rest(&mut self, left: bool) -> Result<(), DemoError> {
        (self.left, self.narrator) = (left, None);
        self.save()
    }

    /// It was told to its end.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn finish(&mut self) -> Result<(), DemoError> {
        (self.finished, self.narrator, self.processes) = (true, None, Vec::new());
        self.save()
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    let done = match std::fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match done {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

impl Ports {
    /// Four that are free now, held together so that they differ.
    fn choose() -> std::io::Result<Self> {
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let (a, b, c, d) = (listen()?, listen()?, listen()?, listen()?);
        let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
        Ok(Self { github: port(&a)?, public: port(&b)?, machine: port(&c)?, fly: port(&d)? })
    }
}
