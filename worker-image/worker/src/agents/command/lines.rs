//! Lines from a program that may write anything, without end.

use super::super::AgentError;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of a line: a patch at its bound with many bytes escaped.
pub(super) const LINE_BYTES_MAX: usize = 512 * 1024;
/// Lines of a run; a program that reports every step of a long run stays below.
pub(super) const LINES_MAX: usize = 20_000;
/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// Reads lines up to bounds.
#[derive(Debug)]
pub(super) struct Lines<R> {
    from: R,
    buffer: Vec<u8>,
    /// Bytes of the buffer known to hold no line feed.
    searched: usize,
    count: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) const fn new(from: R) -> Self {
        Self { from, buffer: Vec::new(), searched: 0, count: 0 }
    }

    /// The next line that is not blank, without its line feed; none at the end. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, AgentError> {
        loop {
            if let Some(end) = self.buffer[self.searched..].iter().position(|&byte| byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=self.searched + end).collect();
                self.searched = 0;
                line.pop();
                if line.trim_ascii().is_empty() {
                    continue;
                }
                return self.counted(line).map(Some);
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > LINE_BYTES_MAX {
                return Err(AgentError::Protocol(format!(
                    "the agent wrote a line of more than {LINE_BYTES_MAX} bytes"
                )));
            }
            let mut chunk = [0; CHUNK];
            match self.from.read(&mut chunk).await {
                Ok(0) if self.buffer.trim_ascii().is_empty() => return Ok(None),
                // A last line without its line feed is a line.
                Ok(0) => return self.last().map(Some),
                Ok(read) => self.buffer.extend_from_slice(&chunk[..read]),
                Err(error) => return Err(AgentError::Failed(format!("the agent cannot be heard: {error}"))),
            }
        }
    }

    fn last(&mut self) -> Result<Vec<u8>, AgentError> {
        self.searched = 0;
        let line = std::mem::take(&mut self.buffer);
        self.counted(line)
    }

    fn counted(&mut self, line: Vec<u8>) -> Result<Vec<u8>, AgentError> {
        self.count += 1;
        if self.count > LINES_MAX {
            return Err(AgentError::Protocol(format!("the agent wrote more than {LINES_MAX} lines")));
        }
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8]) -> Result<Vec<Vec<u8>>, AgentError> {
        let (mut lines, mut all) = (Lines::new(bytes), Vec::new());
        while let Some(line) = lines.next().await? {
            all.push(line);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn blank_lines_are_passed_over_and_the_last_one_needs_no_line_feed() {
        assert_eq!(all(b"a\n\n \r\nb").await.unwrap(), [b"a", b"b"]);
        assert!(all(b"").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_endless_line_and_endless_lines_are_refused() {
        let error = all(&vec![b'x'; LINE_BYTES_MAX + 2 * CHUNK]).await.unwrap_err();
        assert_eq!(error.to_string(), "the agent wrote a line of more than 524288 bytes");
        let error = all("x\n".repeat(LINES_MAX + 1).as_bytes()).await.unwrap_err();
        assert_eq!(error.to_string(), "the agent wrote more than 20000 lines");
    }
}
