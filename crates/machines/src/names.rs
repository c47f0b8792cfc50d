//! Which names a volume and a machine may have, on every backend: they become paths, labels and host names somewhere.

use crate::Error;

/// Length of a volume's name; Fly's bound, kept on every backend so that a session can move.
pub const VOLUME_NAME_MAX: usize = 30;
/// Length of a machine's name: a DNS label, as containers and hosts want it.
pub const MACHINE_NAME_MAX: usize = 63;

/// Whether `name` may be a volume's: also what keeps `..` and `/` out of a path.
pub fn is_volume_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=VOLUME_NAME_MAX).contains(&name.len()) && name.bytes().all(fits)
}

/// Whether `name` may be a machine's.
pub fn is_machine_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=MACHINE_NAME_MAX).contains(&name.len()) && name.bytes().all(fits)
}

/// Refuses a volume's name that may not be one.
pub fn check_volume_name(name: &str) -> Result<(), Error> {
    if is_volume_name(name) {
        return Ok(());
    }
    let what = format!("volume name {name:?} must be 1 to {VOLUME_NAME_MAX} characters of `[a-z0-9_]`");
    Err(Error::Permanent { what })
}

/// Refuses a machine's name that may not be one.
pub fn check_machine_name(name: &str) -> Result<(), Error> {
    if is_machine_name(name) {
        return Ok(());
    }
    let what = format!("machine name {name:?} must be 1 to {MACHINE_NAME_MAX} characters of `[a-z0-9_-]`");
    Err(Error::Permanent { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_the_folder_is_refused() {
        for name in ["", "..", "a/b", "a.json", "A", "ä", "a\0", &"a".repeat(31)] {
            assert!(!is_volume_name(name), "{name:?}");
        }
        for name in ["", "..", "a/b", "a.b", &"a".repeat(64)] {
            assert!(!is_machine_name(name), "{name:?}");
        }
        assert!(is_volume_name("pr_8c41f2") && is_machine_name("m-8c41f2-1"));
    }
}
