//! A volume without room, told apart from every other failure: whoever runs the supervisor can do something about it, and
//! whoever opened the pull request cannot.

use protocol::Outcome;

/// What git, the system and libraries say of it; git and the C library are asked in English (`LC_ALL=C`).
const SIGNS: [&str; 2] = ["No space left on device", "Disk quota exceeded"];

/// The same failure, called by its name if it came of a full volume.
pub(crate) fn named(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed { message, .. } if is_sign(&message) => Outcome::Failed {
            code: "volume_full".into(),
            message: format!(
                "the volume is full: the repository and the agent's session do not fit on it; it takes more room for volumes, \
                 or a smaller repository ({message})"
            ),
        },
        other => other,
    }
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
        let full = std::io::Error::from_raw_os_error(28).to_string();
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
    fn every_other_outcome_is_left_as_it_is() {
        let other = failed("agent_failed", "it fell over");
        assert_eq!(named(other.clone()), other);
        let stopped = Outcome::BudgetReached { limit: "No space left on device".into() };
        assert_eq!(named(stopped.clone()), stopped);
    }
}
