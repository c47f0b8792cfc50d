//! Sessions of the pages: what a browser holds instead of a token. Nothing is stored: a session is good as long as its time
//! is not over, the token it came from is still known, and that still may read.

use super::{Access, Scope, access::ADMIN_SESSION};
use crate::seams::Error;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long a browser stays signed in: a working day.
pub(super) const SESSION: Duration = Duration::from_secs(12 * 3600);

impl Access {
    /// A new session, if the token may read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session(&self, token: &str) -> Result<Option<String>, Error> {
        let id = match self.holder(token).await? {
            Some((_, None)) => ADMIN_SESSION.to_owned(),
            Some((_, Some(scopes))) if scopes.contains(&Scope::Read) => match Self::id_of(token) {
                Some(id) => id.to_owned(),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let until_ms = (self.environment.now() + SESSION).as_millis();
        Ok(self.seal(&id, until_ms).await?.map(|seal| format!("{id}.{until_ms}.{seal}")))
    }

    /// Whether a session may read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session_is_good(&self, session: &str) -> Result<bool, Error> {
        let mut parts = session.split('.');
        let (Some(id), Some(until), Some(seal), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Ok(false);
        };
        let Ok(until_ms) = until.parse::<u64>() else { return Ok(false) };
        if until_ms <= self.environment.now().as_millis() {
            return Ok(false);
        }
        let expected = self.seal(id, until_ms).await?;
        Ok(expected.is_some_and(|expected| bool::from(expected.as_bytes().ct_eq(seal.as_bytes()))))
    }

    /// What only this deployment can make, from a token that is known and may read.
    async fn seal(&self, id: &str, until_ms: u64) -> Result<Option<String>, Error> {
        let hash = self.reader_hash(id).await?;
        Ok(hash.map(|hash| self.secret.derive("page session", &[id, &until_ms.to_string(), &hash])))
    }
}
