//! `outbox/`: a result is written here before it is sent, and removed once it was answered.

use super::{Volume, read_bounded, write_durably};
use protocol::{BODY_BYTES_MAX, Recovered, RunResult, validate};
use std::{fs, io};

/// Entries looked at; an honest outbox holds one.
const ENTRIES_MAX: usize = 64;

impl Volume {
    /// Keeps the result of `run` until somebody has it.
    pub(crate) fn post(&self, run: u32, result: &RunResult) -> io::Result<()> {
        write_durably(&self.outbox(), &name(run), &serde_json::to_vec(result)?)
    }

    /// Somebody has it.
    pub(crate) fn posted(&self, run: u32) -> io::Result<()> {
        match fs::remove_file(self.outbox().join(name(run))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Results that earlier runs could not hand in, newest first. What cannot be one is left out, with a log line.
    pub(crate) fn left_over(&self, run: u32) -> Vec<Recovered> {
        // Before the volume is taken over its folders may be anything: only a real directory is an outbox.
        if !fs::symlink_metadata(self.outbox()).is_ok_and(|found| found.is_dir()) {
            return Vec::new();
        }
        let names = fs::read_dir(self.outbox()).into_iter().flatten().take(ENTRIES_MAX).flatten();
        let mut runs: Vec<u32> =
            names.filter_map(|entry| number(entry.file_name().to_str()?)).filter(|&earlier| earlier < run).collect();
        runs.sort_unstable_by(|a, b| b.cmp(a));
        runs.into_iter()
            .filter_map(|run| match self.read_result(run) {
                Ok(result) => Some(Recovered { run, result }),
                Err(error) => {
                    tracing::warn!(run, "a result in `outbox/` cannot be used: {error}");
                    None
                }
            })
            .collect()
    }

    fn read_result(&self, run: u32) -> Result<RunResult, String> {
        let bytes = read_bounded(&self.outbox().join(name(run)), BODY_BYTES_MAX as u64).map_err(|e| e.to_string())?;
        let result: RunResult = serde_json::from_slice(&bytes.unwrap_or_default()).map_err(|e| e.to_string())?;
        validate::result(&result).map_err(|e| e.to_string())?;
        Ok(result)
    }
}

fn name(run: u32) -> String {
    format!("run-{run}.json")
}

fn number(name: &str) -> Option<u32> {
    name.strip_prefix("run-")?.strip_suffix(".json")?.parse().ok()
}
