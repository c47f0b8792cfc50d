//! What the disk itself can do: a write and an fdatasync.

use crate::{Failure, report::Report, stopwatch::Stopwatch, stopwatch::percentile};
use serde::Serialize;
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
};

/// One kind of write.
#[derive(Debug, Clone, Serialize)]
pub struct RawWrite {
    /// What was written.
    pub what: String,
    /// Half of them took at most so many microseconds.
    pub p50_us: f64,
    /// All but one in a hundred took at most so many.
    pub p99_us: f64,
    /// One after another.
    pub writes_per_s: f64,
}

impl Report for RawWrite {
    fn line(&self) -> String {
        let Self { what, p50_us, p99_us, writes_per_s } = self;
        format!("{what}, fdatasync: p50 {p50_us:.0} us, p99 {p99_us:.0} us, {writes_per_s:.0}/s")
    }
}

/// Bytes that the overwritten file has from the start.
const PREALLOCATED: usize = 16 << 20;

/// Appends and overwrites of several sizes; `share` of the usual number of writes.
///
/// # Errors
/// The file cannot be written.
pub fn writes(folder: &Path, share: f64) -> Result<Vec<RawWrite>, Failure> {
    let kinds = [
        ("append 4 KiB", 4_096, false, 2_000),
        ("overwrite preallocated 4 KiB", 4_096, true, 2_000),
        ("append 80 KiB (512 records)", 81_920, false, 1_000),
        ("append 640 KiB (4,096 records)", 655_360, false, 300),
    ];
    let one = |(what, bytes, preallocated, times): (&str, usize, bool, u32)| {
        let times = (f64::from(times) * share).ceil() as u32;
        measure(folder, what, bytes, preallocated, times)
    };
    kinds.into_iter().map(one).collect()
}

fn measure(folder: &Path, what: &str, bytes: usize, preallocated: bool, times: u32) -> Result<RawWrite, Failure> {
    let path = folder.join("raw.bin");
    let mut file = File::create(&path)?;
    if preallocated {
        file.write_all(&vec![1; PREALLOCATED])?;
        file.sync_all()?;
        file.seek(SeekFrom::Start(0))?;
    }
    let content = vec![7; bytes];
    let mut samples = Vec::new();
    let begun = Stopwatch::start();
    for _ in 0..times {
        let write = Stopwatch::start();
        file.write_all(&content)?;
        file.sync_data()?;
        samples.push(write.elapsed().as_secs_f64() * 1e6);
    }
    let writes_per_s = f64::from(times) / begun.elapsed().as_secs_f64();
    let there = file.metadata()?.len();
    std::fs::remove_file(&path)?;
    let wanted = if preallocated { PREALLOCATED } else { bytes * times as usize };
    if there != wanted as u64 {
        return Err(Failure::Check(format!("the file has {there} bytes, and should have {wanted}")));
    }
    let (p50_us, p99_us) = (percentile(&mut samples, 0.5), percentile(&mut samples, 0.99));
    Ok(RawWrite { what: what.to_owned(), p50_us, p99_us, writes_per_s })
}
