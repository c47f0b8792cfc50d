//! The moment from which a machine counts as begun.

use crate::process::{
    files::{self, RootLock},
    layout::MachineDir,
    order::KeepOrder,
    procfs::Identity,
    record::{KeeperRecord, MachineRecord},
};
use std::io::{Error, Result};

/// Writes down who keeps the machine, if it is still wanted.
///
/// Under the root's lock, because the driver decides under it too: a keeper that comes late, of a supervisor killed in
/// the middle of a start, finds the record replaced, revoked or gone, and starts nothing.
pub fn claim(dir: &MachineDir, order: &KeepOrder) -> Result<()> {
    let _lock = RootLock::take(&order.lock)?;
    let record: Option<MachineRecord> = files::read(&dir.record())?;
    if !record.is_some_and(|record| record.mark == order.mark && !record.revoked) || dir.keeper().exists() {
        return Err(Error::other("this order to keep a machine is stale"));
    }
    let own = i32::try_from(std::process::id()).ok().and_then(Identity::of);
    let keeper = own.ok_or_else(|| Error::other("`/proc` does not show this process; is it mounted?"))?;
    files::write_durably(&dir.keeper(), &KeeperRecord { keeper })
}
