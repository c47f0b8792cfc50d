//! `X-Hub-Signature-256`: HMAC-SHA256 over the raw body, compared in constant time.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// Before the hexadecimal digits in the header.
const PREFIX: &str = "sha256=";

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no header.
    #[error("the webhook has no X-Hub-Signature-256 header; set a secret in the GitHub App's webhook settings")]
    Missing,
    /// The header is not `sha256=` and 64 hexadecimal digits.
    #[error("the X-Hub-Signature-256 header is not `sha256=` followed by 64 hexadecimal digits")]
    Malformed,
    /// No secret gives it.
    #[error("the webhook's signature fits none of the configured secrets")]
    Wrong,
}

/// Whether `header` is the signature of `body` under one of `secrets` (two while a secret is being rotated).
///
/// # Errors
/// A sentence for the log; the sender learns only that it was refused.
pub fn verify<S: AsRef<[u8]>>(secrets: &[S], body: &[u8], header: Option<&str>) -> Result<(), SignatureError> {
    let digits = header.ok_or(SignatureError::Missing)?.strip_prefix(PREFIX).ok_or(SignatureError::Malformed)?;
    let mut given = [0; 32];
    hex::decode_to_slice(digits, &mut given).map_err(|_| SignatureError::Malformed)?;
    // Every secret is tried, so that the time says nothing about which one fits. An empty one never counts: anybody
    // could sign with it.
    let mut good = Choice::from(0);
    for secret in secrets.iter().filter(|secret| !secret.as_ref().is_empty()) {
        good |= digest(secret.as_ref(), body).ct_eq(&given);
    }
    if bool::from(good) { Ok(()) } else { Err(SignatureError::Wrong) }
}

/// The header's value for `body`, as GitHub makes it.
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    format!("{PREFIX}{}", hex::encode(digest(secret, body)))
}

fn digest(secret: &[u8], body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From GitHub's "Validating webhook deliveries".
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const HEADER: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn the_documented_example_is_accepted_and_reproduced() {
        assert_eq!(verify(&[SECRET], BODY, Some(HEADER)), Ok(()));
        assert_eq!(sign(SECRET.as_bytes(), BODY), HEADER);
    }

    #[test]
    fn either_of_two_secrets_counts_while_one_is_rotated() {
        assert_eq!(verify(&["new", SECRET], BODY, Some(HEADER)), Ok(()));
        assert_eq!(verify(&[SECRET, "new"], BODY, Some(HEADER)), Ok(()));
    }

    #[test]
    fn anything_else_is_refused() {
        let other = sign(b"other", BODY);
        assert_eq!(verify(&[SECRET], BODY, None), Err(SignatureError::Missing));
        assert_eq!(verify(&[SECRET], BODY, Some("sha1=00")), Err(SignatureError::Malformed));
        assert_eq!(verify(&[SECRET], BODY, Some("sha256=00")), Err(SignatureError::Malformed));
        assert_eq!(verify(&[SECRET], BODY, Some(&HEADER.replace('7', "z"))), Err(SignatureError::Malformed));
        assert_eq!(verify(&[SECRET], BODY, Some(&other)), Err(SignatureError::Wrong));
        assert_eq!(verify(&[SECRET], b"Hello, World?", Some(HEADER)), Err(SignatureError::Wrong));
        assert_eq!(verify::<&str>(&[], BODY, Some(HEADER)), Err(SignatureError::Wrong));
    }

    #[test]
    fn an_empty_secret_admits_nobody() {
        assert_eq!(verify(&[""], BODY, Some(&sign(b"", BODY))), Err(SignatureError::Wrong));
    }
}
