//! A machine's log: two files of which the older is dropped, so that a program that prints forever fills nothing.

use crate::log::last_lines;
use std::{
    fs::{File, OpenOptions},
    io::{Read, Result, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Bytes of one of the two files; together at most 1 MiB.
const HALF_BYTES_MAX: u64 = 512 * 1024;

/// Copies everything from `source` into the log until `source` ends. A full disk loses lines, never stops the program.
pub fn collect(mut source: impl Read, log: &Path) {
    let mut buffer = [0; 8 * 1024];
    let mut half = Half::open(log);
    while let Ok(count @ 1..) = source.read(&mut buffer) {
        if let Ok(open) = &mut half
            && open.append(&buffer[..count]).is_ok()
        {
            continue;
        }
        half = Half::open(log);
    }
}

/// The last lines, oldest first. They are the program's: hostile text.
pub fn tail(log: &Path, lines_max: usize) -> Result<Vec<String>> {
    let mut bytes = Vec::new();
    for path in [older(log), log.to_owned()] {
        super::files::missing_is_fine(
            File::open(path).and_then(|file| file.take(HALF_BYTES_MAX * 2).read_to_end(&mut bytes)).map(drop),
        )?;
    }
    Ok(last_lines(&bytes, lines_max))
}

struct Half {
    log: PathBuf,
    file: File,
    written: u64,
}

impl Half {
    fn open(log: &Path) -> Result<Self> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(log)?;
        let written = file.seek(SeekFrom::End(0))?;
        Ok(Self { log: log.to_owned(), file, written })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        if self.written + bytes.len() as u64 > HALF_BYTES_MAX {
            std::fs::rename(&self.log, older(&self.log))?;
            *self = Self::open(&self.log)?;
        }
        Ok(())
    }
}

fn older(log: &Path) -> PathBuf {
    log.with_extension("older")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LINE_BYTES_MAX;

    #[test]
    fn the_last_lines_come_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        collect(&b"one\ntwo\r\nthree\n"[..], &log);
        assert_eq!(tail(&log, 2).unwrap(), ["two", "three"]);
        assert_eq!(tail(&log, 9).unwrap(), ["one", "two", "three"]);
    }

    #[test]
    fn a_machine_that_printed_nothing_has_no_lines() {
        assert_eq!(tail(&tempfile::tempdir().unwrap().path().join("log"), 5).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_program_that_prints_without_end_fills_one_mebibyte_and_its_last_words_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut printed = "x".repeat(99).into_bytes();
        printed.push(b'\n');
        let mut printed = printed.repeat(50_000);
        printed.extend_from_slice(b"last\n");
        collect(&printed[..], &log);
        let bytes: u64 =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes <= 1024 * 1024, "{bytes}");
        assert_eq!(tail(&log, 1).unwrap(), ["last"]);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        collect("y".repeat(100_000).as_bytes(), &log);
        assert_eq!(tail(&log, 1).unwrap()[0].len(), LINE_BYTES_MAX);
    }
}
