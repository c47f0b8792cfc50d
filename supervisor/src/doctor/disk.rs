//! The data folder and the room on its disk.

use super::{Finding, State};
use crate::{config::Config, deployment::open_to_others};
use std::path::Path;

const MIB: u64 = 1024 * 1024;
/// Below this an operator should look: a night of logs and a backup do not fit.
const WARNING_BYTES: u64 = 1024 * MIB;
/// Below this the database's next growth may fail.
const BROKEN_BYTES: u64 = 100 * MIB;

pub(super) fn look(config: &Config) -> Finding {
    let data = &config.server.data;
    if !data.exists() {
        let sentence = format!("`{}` is not there yet; `longshore serve` makes it", data.display());
        return Finding::new("data", State::Ok, sentence);
    }
    if let Some(sentence) = open_to_others(data) {
        return Finding::new("data", State::Warning, sentence);
    }
    if rustix::fs::access(data, rustix::fs::Access::WRITE_OK).is_err() {
        let sentence = format!("`{}` cannot be written; run as its owner, or set `server.data`", data.display());
        return Finding::new("data", State::Broken, sentence);
    }
    match rustix::fs::statvfs(data) {
        Ok(disk) => room(data, disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Finding::new("data", State::Broken, format!("`{}` cannot be looked at: {error}", data.display())),
    }
}

pub(super) fn room(data: &Path, free: u64) -> Finding {
    let (data, mib) = (data.display(), free / MIB);
    match free {
        0..BROKEN_BYTES => {
            let sentence = format!("only {mib} MiB are free for `{data}`: free space, or commits will fail");
            Finding::new("data", State::Broken, sentence)
        }
        BROKEN_BYTES..WARNING_BYTES => {
            Finding::new("data", State::Warning, format!("only {mib} MiB are free for `{data}`: free space soon"))
        }
        _ => Finding::new("data", State::Ok, format!("`{data}`, {} GiB free", mib / 1024)),
    }
}
