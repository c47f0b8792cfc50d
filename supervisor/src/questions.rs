//! Questions to the agent lie beside, by digest: written before the event that cites them (E4).

use crate::seams::Error;
use engine::beside::Beside;
use environment::Timestamp;
use std::time::Duration;

/// How long a question is kept: it is asked as soon as nothing else is due, or after a suspension.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Stores a question; its digest.
///
/// # Errors
/// The database failed.
pub async fn put(beside: &dyn Beside, text: &str, now: Timestamp) -> Result<String, Error> {
    Ok(beside.put_blob(text.as_bytes(), Some(now + KEPT)).await?)
}

/// The question stored under a digest; none if it has expired.
///
/// # Errors
/// The database failed.
pub async fn load(beside: &dyn Beside, digest: &str) -> Result<Option<String>, Error> {
    let bytes = beside.blob(digest).await?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
