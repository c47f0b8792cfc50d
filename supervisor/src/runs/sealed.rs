//! Checkpoints at rest. A checkpoint is a copy of an agent's session, with all that it read of a private repository, and lies
//! in the database for as long as its volume could be lost: whoever reads a backup of the database must not read it.
//!
//! The key follows from the deployment's secret, which is not in the database, and from a salt that lies only in the
//! workflow's document: when that document goes, no secret opens what was sealed, wherever a copy of it lies.

use crate::deployment::DeploymentSecret;
use environment::Environment;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// A salt of its own for each checkpoint: its key seals one thing, so that the nonce may always be the same.
pub(super) fn salt(environment: &Environment) -> String {
    hex::encode([environment.random_bytes(), environment.random_bytes()].concat())
}

/// Seals `bytes`; `owner` must be said again to open it.
pub(super) fn seal(secret: &DeploymentSecret, salt: &str, owner: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = bytes.to_vec();
    key(secret, salt)?.seal_in_place_append_tag(nonce(), Aad::from(owner.as_bytes()), &mut sealed).ok()?;
    Some(sealed)
}

/// What was sealed; none if the secret, the salt or the owner is another, or if a bit of it is.
pub(super) fn open(secret: &DeploymentSecret, salt: &str, owner: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = sealed.to_vec();
    let opened = key(secret, salt)?.open_in_place(nonce(), Aad::from(owner.as_bytes()), &mut bytes).ok()?.len();
    bytes.truncate(opened);
    Some(bytes)
}

fn key(secret: &DeploymentSecret, salt: &str) -> Option<LessSafeKey> {
    let bytes = hex::decode(secret.derive("checkpoint", &[salt])).ok()?;
    UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok().map(LessSafeKey::new)
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_under_its_secret_and_salt_alone() {
        let secret = DeploymentSecret::from_bytes([7; 32]);
        let sealed = seal(&secret, "5a17", "2/7", b"a session").unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"session"));
        assert_eq!(open(&secret, "5a17", "2/7", &sealed).unwrap(), b"a session");
        assert_eq!(open(&DeploymentSecret::from_bytes([8; 32]), "5a17", "2/7", &sealed), None);
        assert_eq!(open(&secret, "5a18", "2/7", &sealed), None);
        assert_eq!(open(&secret, "5a17", "2/8", &sealed), None);
        for place in 0..sealed.len() {
            let mut other = sealed.clone();
            other[place] ^= 1;
            assert_eq!(open(&secret, "5a17", "2/7", &other), None, "byte {place}");
        }
        assert_eq!(open(&secret, "5a17", "2/7", b"short"), None);
    }

    #[test]
    fn no_two_salts_are_alike() {
        let environment = Environment::real();
        assert_ne!(salt(&environment), salt(&environment));
    }
}
