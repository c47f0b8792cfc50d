//! A call that was not answered with success, and what it is as an [`Error`]: one sentence that says what to do.

use super::refusal::{Meaning, Refusal};
use crate::Error;
use std::time::Duration;

/// How long to leave a full region, or a reached quota, alone.
const NO_ROOM_PAUSE: Duration = Duration::from_secs(60);
/// How long to leave something alone that is about to change.
const SOON: Duration = Duration::from_secs(5);

/// A call that failed.
#[derive(Debug, Clone)]
pub enum Failure {
    /// Fly said no.
    Refused {
        /// What it said.
        refusal: Refusal,
        /// What was asked for, in the imperative: `make a machine`.
        what: String,
        /// Whether the call would have changed something.
        change: bool,
    },
    /// There was no answer, or none that can be read.
    Lost {
        /// A sentence.
        what: String,
        /// It may have been done all the same.
        maybe_done: bool,
    },
    /// The call was not made.
    Held {
        /// A sentence.
        what: String,
        /// How long that goes on.
        wait: Duration,
    },
}

impl Failure {
    /// What Fly means, where it said something.
    pub fn meaning(&self) -> Option<&Meaning> {
        match self {
            Self::Refused { refusal, .. } => Some(&refusal.meaning),
            Self::Lost { .. } | Self::Held { .. } => None,
        }
    }

    /// Whether what was asked for may have been done all the same: look before repeating.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Refused { refusal, change, .. } => *change && refusal.meaning.hides_an_effect(),
            Self::Lost { maybe_done, .. } => *maybe_done,
            Self::Held { .. } => false,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let ambiguous = failure.is_ambiguous();
        match failure {
            Failure::Held { what, wait } => Self::Retryable { what, retry_after: Some(wait) },
            Failure::Lost { what, .. } if ambiguous => Self::Ambiguous { what },
            Failure::Lost { what, .. } => Self::Retryable { what, retry_after: None },
            Failure::Refused { refusal, what, .. } if ambiguous => {
                Self::Ambiguous { what: format!("Fly was asked to {what}, and failed: {}", refusal.words) }
            }
            Failure::Refused { refusal, what, .. } => refused(refusal, &what),
        }
    }
}

fn refused(Refusal { meaning, words, retry_after, .. }: Refusal, what: &str) -> Error {
    let later = |what, pause| Error::Retryable { what, retry_after: Some(retry_after.unwrap_or(pause)) };
    let never = |what| Error::Permanent { what };
    match meaning {
        Meaning::Unauthorized => never(format!(
            "Fly does not accept the token: make one with `fly tokens create`, and set `machines.fly_token`: {words}"
        )),
        Meaning::Forbidden => never(format!("the Fly token may not {what}: use one that may: {words}")),
        Meaning::Quota => later(
            format!("Fly's quota is reached: ask Fly for more, or set `machines.max_running` lower: {words}"),
            NO_ROOM_PAUSE,
        ),
        Meaning::RegionFull => later(format!("the Fly region has no room to {what}: {words}"), NO_ROOM_PAUSE),
        Meaning::HostFull => later(format!("the Fly host has no room to {what}: {words}"), NO_ROOM_PAUSE),
        Meaning::TooMany => later(format!("Fly asks to be called less often to {what}: {words}"), SOON),
        Meaning::TimedOut | Meaning::Broken => later(format!("Fly failed to {what}: {words}"), SOON),
        Meaning::Leased => later(format!("somebody holds a lease, so that Fly does not {what}: {words}"), SOON),
        Meaning::Claimed(_) | Meaning::NotSettled | Meaning::Conflict => {
            later(format!("Fly does not {what} yet: {words}"), SOON)
        }
        Meaning::Missing | Meaning::VolumeGone | Meaning::NameTaken(_) | Meaning::AppNameTaken | Meaning::Wrong => {
            never(format!("Fly refuses to {what}: {words}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: u16, body: &str, change: bool) -> Error {
        let refusal = Refusal::read(code, body.as_bytes(), Some("01JX"), None);
        Failure::Refused { refusal, what: "make a machine".into(), change }.into()
    }

    fn said(code: u16, words: &str) -> String {
        error(code, &format!(r#"{{"error":"{words}"}}"#), true).to_string()
    }

    #[test]
    fn each_is_one_sentence_that_says_what_to_do() {
        assert_eq!(
            said(401, "unauthorized"),
            "Fly does not accept the token: make one with `fly tokens create`, and set `machines.fly_token`: \
             unauthorized (401, request 01JX)"
        );
        assert_eq!(said(403, "no"), "the Fly token may not make a machine: use one that may: no (403, request 01JX)");
        assert_eq!(
            said(403, "organization x is using 9 MB which is over the allowed quota"),
            "Fly's quota is reached: ask Fly for more, or set `machines.max_running` lower: organization x is using 9 MB \
             which is over the allowed quota (403, request 01JX)"
        );
        assert_eq!(said(429, "slow"), "Fly asks to be called less often to make a machine: slow (429, request 01JX)");
        assert_eq!(said(400, "bad"), "Fly refuses to make a machine: bad (400, request 01JX)");
        assert_eq!(said(502, "bad"), "Fly was asked to make a machine, and failed: bad (502, request 01JX)");
    }

    #[test]
    fn what_may_have_happened_is_in_the_type() {
        for code in [408, 500, 502, 503] {
            assert!(matches!(error(code, "{}", true), Error::Ambiguous { .. }), "{code}");
            assert!(matches!(error(code, "{}", false), Error::Retryable { .. }), "{code}");
        }
        let lost = |maybe_done| Error::from(Failure::Lost { what: "x".into(), maybe_done });
        assert!(matches!(lost(true), Error::Ambiguous { .. }));
        assert!(matches!(lost(false), Error::Retryable { .. }));
        for code in [400, 401, 403, 404] {
            assert!(matches!(error(code, "{}", true), Error::Permanent { .. }), "{code}");
        }
        for code in [409, 412, 429] {
            assert!(matches!(error(code, "{}", true), Error::Retryable { .. }), "{code}");
        }
    }
}
