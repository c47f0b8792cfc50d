//! The processes of the demo: started, watched, ended by id; what an earlier telling left behind is ended first.

use super::{
    Backend, DemoError, Options,
    backend::FLY,
    config,
    story::{Process, Story},
};
use environment::Environment;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::{Child, Command};

/// How long a process may take until it serves, or until it has ended.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// The stand-ins and the supervisor.
#[derive(Debug)]
pub struct Children {
    github: Child,
    fly: Option<Child>,
    supervisor: Child,
    config: PathBuf,
}

impl Children {
    /// Starts all, after whatever an earlier telling left is gone.
    ///
    /// # Errors
    /// One of them does not start.
    pub async fn start(environment: &Environment, options: &Options, story: &mut Story) -> Result<Self, DemoError> {
        end_leftovers(environment, story).await;
        story.processes.clear();
        let config = config::write(environment, story, &options.agent, &options.backend)?;
        let github = start_github(environment, story).await?;
        let fly = match &options.backend {
            Backend::FlySim => Some(start_fly(environment, story).await?),
            Backend::Process | Backend::Docker { .. } => None,
        };
        let supervisor = start_supervisor(environment, story, &config).await?;
        Ok(Self { github, fly, supervisor, config })
    }

    /// The supervisor's process id, for whoever wants to kill it.
    pub fn supervisor_pid(&self) -> u32 {
        self.supervisor.id().unwrap_or_default()
    }

    /// Kills the supervisor as `kill -9` does and starts it again.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn kill_supervisor(&mut self, environment: &Environment, story: &mut Story) -> Result<(), DemoError> {
        let _gone = self.supervisor.start_kill();
        let _status = self.supervisor.wait().await;
        story.restarts += 1;
        self.supervisor = start_supervisor(environment, story, &self.config).await?;
        Ok(())
    }

    /// All are alive.
    ///
    /// # Errors
    /// Which one is not.
    pub fn check(&mut self) -> Result<(), DemoError> {
        let fly = self.fly.as_mut().map(|child| ("the stand-in for Fly", child));
        let both = [("the supervisor", &mut self.supervisor), ("the stand-in", &mut self.github)];
        for (who, child) in both.into_iter().chain(fly) {
            if child.try_wait()?.is_some() {
                return Err(DemoError::Killed { who });
            }
        }
        Ok(())
    }

    /// Ends all: the supervisor first, and gently.
    pub async fn stop(&mut self, environment: &Environment) {
        for child in [&mut self.supervisor, &mut self.github].into_iter().chain(self.fly.as_mut()) {
            if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
                let _gone = kill_process(pid, Signal::TERM);
            }
            if environment.timeout(PATIENCE / 4, child.wait()).await.is_err() {
                let _gone = child.start_kill();
                let _status = child.wait().await;
            }
        }
    }
}

fn note(story: &mut Story, child: &Child) -> Result<(), DemoError> {
    story.processes.extend(child.id().and_then(Process::of));
    story.save()
}

async fn end_leftovers(environment: &Environment, story: &Story) {
    // What was noted, and what was started in the moment before it could be noted.
    for process in story.processes.iter().copied().chain(story.strays()) {
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            if !process.lives() || is_zombie(process.pid) {
                break;
            }
            if let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) {
                let _gone = kill_process(pid, Signal::KILL);
            }
            environment.sleep(LOOK).await;
        }
    }
}

fn is_zombie(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

async fn start_github(environment: &Environment, story: &mut Story) -> Result<Child, DemoError> {
    let ports = story.ports;
    let listen = format!("127.0.0.1:{}", ports.github);
    let webhooks = format!("http://127.0.0.1:{}/webhooks/github", ports.public);
    let data = story.folder().join("github").display().to_string();
    let args = ["sim", "github", "--listen", &listen, "--webhook-url", &webhooks, "--data", &data];
    let child = start(&args, &story.folder().join("github.log"))?;
    note(story, &child)?;
    serves(environment, child, ports.github, "the stand-in", story).await
}

/// Its machines are processes of this machine: what the supervisor believes to be Fly's.
async fn start_fly(environment: &Environment, story: &mut Story) -> Result<Child, DemoError> {
    let listen = format!("127.0.0.1:{}", story.ports.fly);
    let data = story.folder().join(FLY).display().to_string();
    // The driver spaces its calls for Fly itself, not for a stand-in.
    let args = ["sim", "fly", "--listen", &listen, "--machines", "process", "--no-rate-limits", "--data", &data];
    let child = start(&args, &story.folder().join("fly.log"))?;
    note(story, &child)?;
    serves(environment, child, story.ports.fly, "the stand-in for Fly", story).await
}

async fn start_supervisor(environment: &Environment, story: &mut Story, config: &Path) -> Result<Child, DemoError> {
    let config = config.display().to_string();
    let child = start(&["serve", "--config", &config], &story.folder().join("supervisor.log"))?;
    note(story, &child)?;
    serves(environment, child, story.ports.public, "the supervisor", story).await
}

/// This very program again, in a group of its own so that Ctrl-C reaches only the narrator, which ends the others.
fn start(args: &[&str], log: &Path) -> Result<Child, DemoError> {
    let log = File::options().create(true).append(true).open(log)?;
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
    Ok(command.spawn()?)
}

/// Waits until it listens.
async fn serves(
    environment: &Environment,
    mut child: Child,
    port: u16,
    who: &'static str,
    story: &Story,
) -> Result<Child, DemoError> {
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        if child.try_wait()?.is_some() {
            let folder = story.folder().display();
            return Err(DemoError::Sentence(format!("{who} did not start; see the logs in `{folder}`")));
        }
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(child);
        }
        environment.sleep(LOOK).await;
    }
    let _gone = child.start_kill();
    Err(DemoError::Sentence(format!("{who} did not serve within {} s", PATIENCE.as_secs())))
}
