//! What a machine does, told from its records and `/proc`.

use super::{
    Inner, blocking, cgroup, failed, files,
    procfs::{self, Identity},
    record::{EndedRecord, Ending, KeeperRecord, MachineRecord},
    strike::strike,
    volume,
};
use crate::{Error, Machine, MachineState};
use environment::Environment;
use std::{io::Result as IoResult, time::Duration};

/// How long survivors of a lost keeper may take to die; a process killed takes milliseconds, one that waits for a disk
/// may take longer.
pub const SWEEP_MAX: Duration = Duration::from_secs(5);
/// Between two looks at processes that are ending.
pub const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What the records say.
pub enum Recorded {
    /// Begun, its keeper not seen yet.
    Intended,
    /// This keeper has it. It may be dead.
    Kept(Identity),
    /// Nothing of it runs.
    Ended,
}

impl Inner {
    pub async fn find(&self, name: &str) -> Result<Option<Machine>, Error> {
        let Some(record) = self.record(name).await? else { return Ok(None) };
        let state = self.state(&record).await?;
        Ok(Some(record.machine(state)))
    }

    /// The machines whose records are wanted.
    pub async fn shown(&self, wanted: impl Fn(&MachineRecord) -> bool) -> Result<Vec<Machine>, Error> {
        let layout = self.layout.clone();
        let mut found = Vec::new();
        for record in blocking(move || volume::machine_records(&layout)).await? {
            if wanted(&record) {
                let state = match self.state(&record).await {
                    // It has not been seen to end, and one such machine must not hide the others.
                    Err(Error::Unconfirmed { .. }) => MachineState::Running,
                    state => state?,
                };
                found.push(record.machine(state));
            }
        }
        Ok(found)
    }

    pub async fn record(&self, name: &str) -> Result<Option<MachineRecord>, Error> {
        let path = self.layout.machine(name).record();
        blocking(move || files::read(&path).map_err(failed("the machine's record cannot be read"))).await
    }

    pub async fn recorded(&self, name: &str) -> Result<Recorded, Error> {
        let dir = self.layout.machine(name);
        let look = move || {
            if files::read::<EndedRecord>(&dir.ended())?.is_some() {
                return Ok(Recorded::Ended);
            }
            Ok(files::read::<KeeperRecord>(&dir.keeper())?.map_or(Recorded::Intended, |it| Recorded::Kept(it.keeper)))
        };
        blocking(move || look().map_err(failed("the machine's state cannot be read"))).await
    }

    /// What it does now. A machine whose keeper was killed is ended first: `Stopped` means that nothing of it runs.
    pub async fn state(&self, record: &MachineRecord) -> Result<MachineState, Error> {
        match self.recorded(&record.name).await? {
            Recorded::Ended => Ok(MachineState::Stopped),
            Recorded::Intended => Ok(MachineState::Starting),
            Recorded::Kept(keeper) if keeper.alive() => Ok(MachineState::Running),
            Recorded::Kept(_) => {
                // It may have written its last word between the two looks.
                if !matches!(self.recorded(&record.name).await?, Recorded::Ended) {
                    self.sweep(record).await?;
                    self.note_lost(record).await?;
                }
                Ok(MachineState::Stopped)
            }
        }
    }

    async fn note_lost(&self, record: &MachineRecord) -> Result<(), Error> {
        let dir = self.layout.machine(&record.name);
        let ended = EndedRecord { how: Ending::KeeperLost, at_ms: self.environment.now().as_millis() };
        let note = move || if dir.0.is_dir() { files::write_durably(&dir.ended(), &ended) } else { Ok(()) };
        blocking(move || note().map_err(failed("the machine's end cannot be recorded"))).await
    }

    /// Ends everything that carries the machine's mark or is in its groups, and confirms it.
    pub async fn sweep(&self, record: &MachineRecord) -> Result<(), Error> {
        let swept = self.environment.timeout(SWEEP_MAX, sweep(&self.environment, record)).await;
        swept.unwrap_or_else(|_| {
            let what = format!("its processes did not end within {} s", SWEEP_MAX.as_secs());
            Err(Error::Unconfirmed { machine: record.name.clone(), what })
        })
    }
}

async fn sweep(environment: &Environment, record: &MachineRecord) -> Result<(), Error> {
    // One look may miss a process forked while `/proc` was read; its parent was there to be struck, so a second finds it.
    let mut looks_without_any = 0;
    while looks_without_any < 2 {
        let record = record.clone();
        let struck = blocking(move || {
            cgroup::kill(&record.cgroups);
            strike(|| survivors(&record)).map_err(failed("`/proc` cannot be read"))
        });
        if struck.await? == 0 {
            looks_without_any += 1;
        } else {
            looks_without_any = 0;
            environment.sleep(LOOK_AGAIN).await;
        }
    }
    cgroup::remove(&record.cgroups);
    Ok(())
}

/// What of the machine still runs, except this process itself.
///
/// The group holds every process; the mark is in the environment of each that did not remove it. What hides from both,
/// where there is no group and after the keeper was killed too, cannot be told from other processes of this user: one
/// more reason why this driver does not isolate.
fn survivors(record: &MachineRecord) -> IoResult<Vec<procfs::Stat>> {
    let assignment = format!("{}={}", super::MARK, record.mark);
    let mut found = cgroup::members(&record.cgroups);
    let marked = |stat: &procfs::Stat| !stat.ended() && procfs::has_variable(stat.pid, &assignment);
    found.extend(procfs::all()?.into_iter().filter(marked));
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    found.retain(|stat| stat.pid != own);
    Ok(found)
}
