use super::{Inner, failure::Failure};
use crate::Error;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::TryStreamExt;

/// Bytes that are read of a log: what the daemon keeps, and the frames around it.
const BYTES_MAX: usize = 4 * 1024 * 1024;

impl Inner {
    /// The last lines, oldest first within each stream. They are the program's: hostile text.
    pub async fn log(&self, id: &str, lines_max: usize) -> Result<Vec<String>, Error> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&lines_max.to_string()).build();
        let read = self.look(|docker| async move {
            let mut bytes = Vec::new();
            let mut logs = docker.logs(id, Some(options));
            while let Some(part) = logs.try_next().await? {
                bytes.extend_from_slice(&part.into_bytes());
                if bytes.len() > BYTES_MAX {
                    break;
                }
            }
            Ok(bytes)
        });
        match read.await {
            Ok(bytes) => Ok(crate::log::last_lines(&bytes, lines_max)),
            // Of one that is not there, as of one that said nothing.
            Err(Failure::Missing(_)) => Ok(Vec::new()),
            Err(other) => Err(other.into()),
        }
    }
}
