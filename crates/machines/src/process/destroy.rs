//! Ending a machine: revoke it, ask its keeper, sweep what is left, and only then forget it.

use super::{
    Inner, blocking, failed,
    files::{self, RootLock},
    layout::Layout,
    procfs::Identity,
    record::MachineRecord,
    state::{LOOK_AGAIN, Recorded},
};
use crate::Error;
use rustix::process::Signal;
use std::time::Duration;

/// How long the keeper may take after it was asked: its own grace for the program (2 s), and time to end the tree.
const KEEPER_MAX: Duration = Duration::from_secs(6);
/// How long the keeper may take to die once it was killed.
const KEEPER_KILLED_MAX: Duration = Duration::from_secs(2);

impl Inner {
    pub async fn destroy(&self, name: &str) -> Result<(), Error> {
        let (layout, owned) = (self.layout.clone(), name.to_owned());
        let Some(record) = blocking(move || revoke(&layout, &owned)).await? else { return Ok(()) };
        if let Recorded::Kept(keeper) = self.recorded(name).await? {
            self.end_keeper(&record, &keeper).await?;
        }
        // Also behind a keeper that reported a clean end: its word is not needed, and a look is cheap.
        self.sweep(&record).await?;
        let layout = self.layout.clone();
        let trash_name = format!("{name}-{}", self.environment.random_id());
        blocking(move || forget(&layout, &record, &trash_name)).await?;
        self.empty_trash().await;
        Ok(())
    }

    /// Asks, waits, and kills one that does not answer: what it kept is then found by its mark.
    async fn end_keeper(&self, record: &MachineRecord, keeper: &Identity) -> Result<(), Error> {
        keeper.signal(Signal::TERM);
        if self.environment.timeout(KEEPER_MAX, self.gone(keeper)).await.is_ok() {
            return Ok(());
        }
        keeper.signal(Signal::KILL);
        self.environment.timeout(KEEPER_KILLED_MAX, self.gone(keeper)).await.map_err(|_| Error::Unconfirmed {
            machine: record.name.clone(),
            what: format!("its keeper, process {}, cannot be ended", keeper.pid),
        })
    }

    async fn gone(&self, keeper: &Identity) {
        while keeper.alive() {
            self.environment.sleep(LOOK_AGAIN).await;
        }
    }
}

/// From here on no keeper can begin. `None` if there is no such machine.
fn revoke(layout: &Layout, name: &str) -> Result<Option<MachineRecord>, Error> {
    let _lock = RootLock::take(&layout.lock()).map_err(failed("the root cannot be locked"))?;
    let path = layout.machine(name).record();
    let undone = failed("the machine cannot be revoked");
    let Some(mut record) = files::read::<MachineRecord>(&path).map_err(&undone)? else { return Ok(None) };
    if !record.revoked {
        record.revoked = true;
        files::write_durably(&path, &record).map_err(&undone)?;
    }
    Ok(Some(record))
}

/// Only if it is still the machine that was ended: the name may have been given anew.
fn forget(layout: &Layout, ended: &MachineRecord, trash_name: &str) -> Result<(), Error> {
    let _lock = RootLock::take(&layout.lock()).map_err(failed("the root cannot be locked"))?;
    let dir = layout.machine(&ended.name);
    let undone = failed("the machine cannot be forgotten");
    let now: Option<MachineRecord> = files::read(&dir.record()).map_err(&undone)?;
    if now.as_ref() != Some(ended) {
        return Ok(());
    }
    files::missing_is_fine(std::fs::rename(&dir.0, layout.trash().join(trash_name))).map_err(&undone)?;
    files::sync_parent(&dir.0).map_err(&undone)
}
