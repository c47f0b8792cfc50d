//! What happened, in lines: for a person who looks at one seed, and as a digest by which two runs are compared.

use sha2::{Digest, Sha256};

#[derive(Debug, Default)]
pub(crate) struct Trace {
    digest: Sha256,
    lines: Option<Vec<String>>,
}

impl Trace {
    pub(crate) fn new(keep: bool) -> Self {
        Self { digest: Sha256::new(), lines: keep.then(Vec::new) }
    }

    pub(crate) fn note(&mut self, at_ms: u64, line: &str) {
        self.digest.update(at_ms.to_le_bytes());
        self.digest.update(line.as_bytes());
        if let Some(lines) = &mut self.lines {
            let (seconds, millis) = (at_ms / 1_000, at_ms % 1_000);
            let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
            lines.push(format!("{hours:3}:{minutes:02}:{:02}.{millis:03}  {line}", seconds % 60));
        }
    }

    pub(crate) fn digest(&self) -> String {
        hex::encode(self.digest.clone().finalize())
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
