//! What went wrong, in one sentence each that says what to do.

use super::call::Kind;
use crate::Error;
use bollard::errors::Error as Client;
use std::{error::Error as _, io::ErrorKind, time::Duration};

/// Bytes of the daemon's words that are passed on.
const WORDS_BYTES_MAX: usize = 300;

/// A call that failed. What is not there, and what is in the way, is often an answer rather than an error.
#[derive(Debug)]
pub enum Failure {
    /// 404, with the daemon's words.
    Missing(String),
    /// 409, with the daemon's words.
    Conflict(String),
    /// Everything else.
    Error(Error),
}

impl Failure {
    /// Of a call that was made.
    pub fn of(error: Client, kind: Kind, address: &str) -> Self {
        match error {
            Client::DockerResponseServerError { status_code, message } => answered(status_code, &message, address),
            Client::DockerStreamError { error } => answered(500, &error, address),
            Client::HyperLegacyError { ref err } if err.is_connect() => Self::before(error, address),
            Client::SocketNotFoundError(_) => Self::before(error, address),
            lost => lost_answer(kind, &format!("its answer was lost ({})", innermost(&lost)), address),
        }
    }

    /// Of one that did not get as far as the daemon.
    pub fn before(error: Client, address: &str) -> Self {
        let what = match reason(&error) {
            ErrorKind::NotFound => format!(
                "there is no Docker daemon at `{address}`: start it, or say in `machines.docker` where it listens"
            ),
            ErrorKind::PermissionDenied => format!(
                "this user may not use the Docker daemon at `{address}`: let it (on most systems: the group `docker`)"
            ),
            ErrorKind::ConnectionRefused => format!("the Docker daemon at `{address}` is down: start it"),
            _ => format!("the Docker daemon at `{address}` cannot be reached: {}", innermost(&error)),
        };
        Self::Error(Error::Retryable { what, retry_after: None })
    }

    /// Of one that was not answered in time.
    pub fn silent(kind: Kind, time_max: Duration, address: &str) -> Self {
        lost_answer(kind, &format!("it did not answer within {} s", time_max.as_secs()), address)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Where neither is expected.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error,
            Failure::Missing(what) => Self::Permanent { what },
            Failure::Conflict(what) => Self::Retryable { what, retry_after: None },
        }
    }
}

/// The first answer was none of Docker's. A daemon that starts answers with errors of its own.
pub fn not_docker(error: Client, address: &str) -> Failure {
    match &error {
        Client::HyperLegacyError { err } if err.is_connect() => Failure::before(error, address),
        Client::SocketNotFoundError(_) => Failure::before(error, address),
        Client::RequestTimeoutError => Failure::of(error, Kind::Look, address),
        Client::DockerResponseServerError { status_code: 500.., .. } => Failure::of(error, Kind::Look, address),
        _ => Failure::Error(Error::Permanent {
            what: format!("what answers at `{address}` is not a Docker daemon: set `machines.docker` to its socket"),
        }),
    }
}

fn answered(status: u16, message: &str, address: &str) -> Failure {
    let words = words(message);
    let retryable = |what| Failure::Error(Error::Retryable { what, retry_after: None });
    match status {
        _ if message.contains("no space left on device") => {
            retryable(format!("the disk of the Docker daemon at `{address}` is full: `docker system df` says of what"))
        }
        404 => Failure::Missing(words),
        409 => Failure::Conflict(words),
        401 | 403 => Failure::Error(Error::Permanent {
            what: format!("what stands before the Docker daemon at `{address}` does not let this through: {words}"),
        }),
        400..=499 => Failure::Error(Error::Permanent { what: format!("Docker refuses: {words}") }),
        _ => retryable(format!("Docker failed: {words}")),
    }
}

fn lost_answer(kind: Kind, why: &str, address: &str) -> Failure {
    let what = format!("the Docker daemon at `{address}` was asked, but {why}");
    Failure::Error(match kind {
        Kind::Look => Error::Retryable { what, retry_after: None },
        Kind::Change => Error::Ambiguous { what },
    })
}

/// One line, bounded: the daemon repeats what runc and the kernel said.
fn words(message: &str) -> String {
    let mut line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.truncate(line.floor_char_boundary(WORDS_BYTES_MAX));
    line
}

fn reason(error: &Client) -> ErrorKind {
    if matches!(error, Client::SocketNotFoundError(_)) {
        return ErrorKind::NotFound;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return io.kind();
        }
        cause = inner.source();
    }
    ErrorKind::Other
}

/// The innermost cause says it; the outer ones say that there is one.
fn innermost(error: &Client) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "unix:///x.sock";

    fn sentence(status_code: u16, message: &str) -> Error {
        let message = message.to_owned();
        Failure::of(Client::DockerResponseServerError { status_code, message }, Kind::Change, ADDRESS).into()
    }

    #[test]
    fn a_full_disk_is_a_sentence_and_may_be_tried_again() {
        // As 20.10 said it on a full disk.
        let said = "failed to create shim task: failed to mount /x: write /var/lib/docker/y: no space left on device";
        let error = sentence(500, said);
        assert!(matches!(&error, Error::Retryable { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "the disk of the Docker daemon at `unix:///x.sock` is full: `docker system df` says of what"
        );
    }

    #[test]
    fn a_refusal_is_for_good_and_a_failure_is_not() {
        assert!(matches!(sentence(400, "Minimum memory limit allowed is 6MB"), Error::Permanent { .. }));
        assert!(matches!(sentence(403, "403 Forbidden"), Error::Permanent { .. }));
        assert!(
            matches!(sentence(500, "cannot\n start"), Error::Retryable { what, .. } if what == "Docker failed: cannot start")
        );
    }

    #[test]
    fn a_lost_answer_of_a_change_hides_what_happened_and_of_a_look_does_not() {
        let lost = |kind| Error::from(Failure::of(Client::RequestTimeoutError, kind, ADDRESS));
        assert!(matches!(lost(Kind::Change), Error::Ambiguous { .. }));
        assert!(matches!(lost(Kind::Look), Error::Retryable { .. }));
    }

    #[test]
    fn long_words_of_the_daemon_are_cut() {
        assert_eq!(words(&"é".repeat(1000)).len(), WORDS_BYTES_MAX);
    }
}
