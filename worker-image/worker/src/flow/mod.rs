//! The life of a worker: claim, volume, recovered result, checkout, agent, result.
//!
//! Each step either goes on or ends the worker with an [`Exit`]; the order is what keeps the promises. Nothing is written
//! before the claim (only the current run may write) and before the volume is known to be ours; a result is on the
//! volume before it is sent; and once the supervisor says that the run is not current, nothing is written at all.

mod claim;
mod hand_in;
mod recover;
mod review;

use crate::{
    Boot, Exit,
    boot::Address,
    git::Git,
    reports::{Line, Reporter, Standing, pump},
    secret::Secret,
    supervisor::{Relay, Supervisor},
    volume::{self, Volume, restore},
};
use environment::{Environment, Timestamp};
use protocol::{Task, TaskLimits};
use std::time::Duration;
use tokio::sync::watch;

/// A claimed run on its volume.
struct Run {
    boot: Boot,
    line: Line,
    task: Task,
    volume: Volume,
    began: Timestamp,
    /// Whether the volume was empty and got a checkpoint.
    seeded: bool,
}

/// Works on the run that `boot` names.
pub(crate) async fn work(environment: Environment, boot: Boot) -> Exit {
    match steps(environment, boot).await {
        Ok(exit) | Err(exit) => exit,
    }
}

async fn steps(environment: Environment, boot: Boot) -> Result<Exit, Exit> {
    let (supervisor, _relay) = reach(&environment, &boot.supervisor).await?;
    let claimed = claim::claim(&environment, &supervisor, &boot).await?;
    let began = environment.now();
    tracing::info!(workflow = claimed.task.workflow, run = claimed.task.run, machine = boot.machine, "claimed");
    let (credential, task) = (Secret::new(claimed.credential), claimed.task);
    let heartbeat = Duration::from_millis(task.limits.heartbeat_ms.max(1));
    let line = Line::new(environment, supervisor, credential, task.run, heartbeat);
    let volume = match Volume::open(&boot.session_dir, &task) {
        Ok(volume) => volume,
        Err(error) => return Err(hand_in::volume_refused(&line, &task, &error).await),
    };
    let away_max = away_max(&task.limits);
    recover::hand_in_left_over(&line, &volume, away_max).await?;
    let seeded = match prepare(&volume, &task) {
        Ok(seeded) => seeded,
        Err(error) => return Err(hand_in::volume_refused(&line, &task, &error).await),
    };
    let run = Run { boot, line, task, volume, began, seeded };
    run.finish_with_reports().await
}

/// A client of the supervisor, and what has to be kept for it to get there.
async fn reach(environment: &Environment, address: &Address) -> Result<(Supervisor, Option<Relay>), Exit> {
    let (url, relay) = match address {
        Address::Url(url) => (url.clone(), None),
        Address::Socket(path) => {
            let relay = Relay::to(environment, path.clone()).await.map_err(|error| {
                tracing::error!("the relay to the supervisor's socket cannot listen: {error}");
                Exit::Failed
            })?;
            (relay.url.clone(), Some(relay))
        }
    };
    let supervisor = Supervisor::new(&url).map_err(|error| {
        tracing::error!("the HTTP client cannot be built: {error}");
        Exit::Failed
    })?;
    Ok((supervisor, relay))
}

/// Takes the volume over and seeds it if it is empty.
fn prepare(volume: &Volume, task: &Task) -> Result<bool, volume::Error> {
    volume.take_over(task)?;
    match &task.seed {
        Some(seed) if volume.is_empty()? => {
            restore(seed, &volume.agent())?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn away_max(limits: &TaskLimits) -> Duration {
    Duration::from_millis(limits.supervisor_away_ms)
}

impl Run {
    /// The review, with reports going out beside it; then its result.
    async fn finish_with_reports(self) -> Result<Exit, Exit> {
        let reporter = Reporter::default();
        let (standing_is, standing) = watch::channel(Standing::Current);
        let (close, closing) = watch::channel(false);
        let environment = self.line.environment.clone();
        let pumping = environment.spawn(pump(self.line.clone(), reporter.clone(), standing_is, closing));
        let result = self.review_until_stopped(&reporter, standing.clone()).await;
        close.send_replace(true);
        // Ends by itself: after `closing` each call is the last one that fails, and calls have time limits.
        let _ = pumping.await;
        if *standing.borrow() == Standing::Stale {
            return Err(Exit::Stale);
        }
        self.hand_in(result.ok_or(Exit::Stale)?).await
    }

    fn git(&self) -> Git {
        let home = self.volume.scratch().join("home");
        let git_dir = self.volume.workspace().join(".git");
        Git { environment: self.line.environment.clone(), path: self.boot.path.clone(), home, git_dir }
    }
}
