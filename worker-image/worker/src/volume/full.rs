//! A volume without room, told apart from every other failure: whoever runs the supervisor can do something about it, and
//! whoever opened the pull request cannot.

use protocol::Outcome;
use std::{
    io::{self, ErrorKind},
    path::Path,
};

/// The code of such a failure.
const CODE: &str = "volume_full";
/// Bytes that an agent cannot do without: less room than that is none.
const ROOM_BYTES_MIN: usize = 64 * 1024;
/// What git, the system and libraries say of it; git and the C library are asked in English (`LC_ALL=C`).
const SIGNS: [&str; 2] = ["No space left on device", "Disk quota exceeded"];

/// The same failure, called by its name if it came of a full volume.
pub(crate) fn named(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed { message, .. } if is_sign(&message) => full(&message),
        other => other,
    }
}

/// The same for what was done in the folder `on` the volume: a program that finds no room often ends without a word of it, so
/// it is seen whether there is any.
pub(crate) fn named_on(on: &Path, outcome: Outcome) -> Outcome {
    match named(outcome) {
        Outcome::Failed { code, message } if code != CODE && has_no_room(on) => full(&message),
        other => other,
    }
}

/// Whether this came of a full volume.
pub(crate) fn is(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { code, .. } if code == CODE)
}

fn full(message: &str) -> Outcome {
    Outcome::Failed {
        code: CODE.into(),
        message: format!(
            "the volume is full: the repository and the agent's session do not fit on it; it takes more room for volumes, or \
             a smaller repository ({message})"
        ),
    }
}

fn has_no_room(folder: &Path) -> bool {
    let trial = || -> io::Result<()> {
        let mut file = unnamed(folder)?;
        io::Write::write_all(&mut file, &[0; ROOM_BYTES_MIN])?;
        file.sync_all()
    };
    trial().is_err_and(|error| matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

/// A file without a name: nothing of it is left however this ends.
fn unnamed(folder: &Path) -> io::Result<std::fs::File> {
    let path = folder.join("room");
    let file = std::fs::File::create(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// Whether a failure's words tell of a full volume.
pub(crate) fn is_sign(message: &str) -> bool {
    SIGNS.iter().any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: &str, message: &str) -> Outcome {
        Outcome::Failed { code: code.into(), message: message.into() }
    }

    #[test]
    fn a_failure_for_want_of_room_is_called_by_its_name() {
        let full = io::Error::from_raw_os_error(28).to_string();
        for message in
            ["git fetch: fatal: write error: No space left on device", &full, "Disk quota exceeded (os error 122)"]
        {
            let Outcome::Failed { code, message: told } = named(failed("checkout_failed", message)) else {
                panic!("it stays a failure")
            };
            assert_eq!(code, "volume_full");
            assert!(told.starts_with("the volume is full: ") && told.ends_with(&format!("({message})")), "{told}");
        }
    }

    #[test]
    fn a_failure_where_there_is_room_keeps_its_name() {
        let (folder, other) = (tempfile::tempdir().unwrap(), failed("agent_failed", "it fell over"));
        assert_eq!(named_on(folder.path(), other.clone()), other);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of the trial");
        assert!(is(&named_on(folder.path(), failed("agent_failed", "No space left on device"))) && !is(&other));
    }

    #[test]
    fn every_other_outcome_is_left_as_it_is() {
        let other = failed("agent_failed", "it fell over");
        assert_eq!(named(other.clone()), other);
        let stopped = Outcome::BudgetReached { limit: "No space left on device".into() };
        assert_eq!(named(stopped.clone()), stopped);
    }
}
