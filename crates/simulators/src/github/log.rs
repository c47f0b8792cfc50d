//! The log of facts: one JSON line per change, synced before the change is answered.
//!
//! A line is whole or absent: a torn last line is what a kill in the middle of a write leaves behind. It was never
//! acknowledged, so it is cut off. A broken line anywhere else is damage, and the stand-in refuses to start on it.

use super::world::Fact;
use environment::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    path::Path,
};

/// Who called what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Login that acts.
    pub actor: String,
}

/// One change: all of its facts, or none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// In the past tense: `review.submitted`.
    pub what: String,
    /// The call that brought it about; none for what people and the stand-in itself do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// What is so from now on.
    pub facts: Vec<Fact>,
}

/// Why the log cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk said no.
    #[error("the log of facts cannot be read or written; look at the disk and its permissions")]
    Io(#[from] std::io::Error),
    /// Not a torn end.
    #[error("line {line} of the log of facts is damaged; restore the folder, or start with an empty one")]
    Damaged {
        /// From 1.
        line: usize,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
}

/// The open log, at its end.
#[derive(Debug)]
pub struct Log {
    file: File,
}

impl Log {
    /// Opens or makes the log, reads every line of it, and cuts a torn end off.
    pub fn open(path: &Path) -> Result<(Self, Vec<Line>), LogError> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let (lines, whole, length) = read(&mut file)?;
        if whole < length {
            tracing::warn!(bytes = length - whole, "cut a torn line off the end of the log of facts");
            file.set_len(whole)?;
            file.sync_all()?;
        }
        Ok((Self { file }, lines))
    }

    /// Reads every line again.
    pub fn read_again(&mut self) -> Result<Vec<Line>, LogError> {
        read(&mut self.file).map(|(lines, _, _)| lines)
    }

    /// Writes one line; when this returns it is on the disk. Blocks for one sync, which a stand-in can afford.
    pub fn append(&mut self, line: &Line) -> Result<(), LogError> {
        let mut bytes = serde_json::to_vec(line).map_err(std::io::Error::other)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        Ok(())
    }
}

/// All whole lines, where they end, and where the file ends.
fn read(file: &mut File) -> Result<(Vec<Line>, u64, u64), LogError> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let texts = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let parse =
        |(index, text)| serde_json::from_slice(text).map_err(|source| LogError::Damaged { line: index + 1, source });
    let lines = texts.enumerate().map(parse).collect::<Result<_, _>>()?;
    Ok((lines, whole as u64, bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(what: &str) -> Line {
        Line { at: Timestamp::from_millis(1), what: what.into(), call: None, facts: vec![] }
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_the_rest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.jsonl");
        let (mut log, _) = Log::open(&path).unwrap();
        log.append(&line("one")).unwrap();
        log.file.write_all(b"{\"at\":2,\"wh").unwrap();
        drop(log);

        let (mut log, lines) = Log::open(&path).unwrap();
        assert_eq!(lines.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(), ["one"]);
        log.append(&line("two")).unwrap();
        drop(log);
        assert_eq!(Log::open(&path).unwrap().1.len(), 2);
    }

    #[test]
    fn damage_before_the_end_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.jsonl");
        std::fs::write(&path, "{\"at\":1,\"what\":\"one\",\"facts\":[]}\nrubbish\n").unwrap();
        let error = Log::open(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2 of the log of facts is damaged; restore the folder, or start with an empty one"
        );
    }
}
