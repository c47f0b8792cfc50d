//! What is asked of a file while its owner works: the workflow that was made last, when what happened to it, how many rest.

use super::read_only;
use crate::Failure;
use serde::Deserialize;
use std::path::Path;

/// The workflow that was made last.
#[derive(Debug, Clone, PartialEq)]
pub struct Newest {
    /// Its volume, by the backend's id.
    pub volume: Option<String>,
    /// Its history: names of events, and when they were applied, in milliseconds since the Unix epoch.
    pub history: Vec<(String, f64)>,
}

#[derive(Deserialize)]
struct Named {
    e: String,
}

/// Of a file, read beside its owner.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn newest(path: &Path) -> Result<Newest, Failure> {
    let connection = read_only(path)?;
    let (id, volume): (i64, Option<String>) =
        connection.query_row("SELECT id, volume_id FROM workflow ORDER BY id DESC LIMIT 1", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut statement = connection.prepare("SELECT payload, at FROM event WHERE workflow = ?1 ORDER BY seq")?;
    let rows = statement.query_map([id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, f64>(1)?)))?;
    let mut history = Vec::new();
    for row in rows {
        let (payload, at) = row?;
        let named: Named = serde_json::from_str(&payload).map_err(std::io::Error::from)?;
        history.push((named.e, at));
    }
    Ok(Newest { volume, history })
}

/// How many workflows of a file have that status, and nothing of them is under way.
///
/// # Errors
/// It cannot be read.
pub fn at_rest(path: &Path, status: &str) -> Result<u64, Failure> {
    let sql = "SELECT count(*) FROM workflow WHERE status = ?1 AND pending IS NULL";
    Ok(read_only(path)?.query_row(sql, [status], |row| row.get(0))?)
}
