//! Names follow from the owner, so that whoever repeats a creation finds what the first attempt made.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Whose session a volume carries: one generation of one pull request of one deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// Random id of the deployment.
    pub deployment: String,
    /// GitHub's id of the repository: it survives a rename.
    pub repository_id: u64,
    /// Number of the pull request.
    pub number: u64,
    /// Counts reopenings that came too late to keep the session.
    pub generation: u32,
    /// 0 for the session's own volume; counts the copies a person asked for because the machine that had the last one
    /// was never confirmed gone.
    pub copy: u32,
}

/// Hexadecimal digits of a name: 96 bits, so that two owners never share one.
const DIGITS: usize = 24;
/// Digits shown to people.
const SHORT_DIGITS: usize = 6;

/// A volume's name, `pr_` and 24 hexadecimal digits: within the 30 characters of `[a-z0-9_]` that Fly allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VolumeName(String);

/// A machine's name, `m-`, the digits of its volume and the run: a DNS label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MachineName(String);

impl Owner {
    /// The name of this owner's volume.
    pub fn volume_name(&self) -> VolumeName {
        VolumeName(format!("pr_{}", self.digits()))
    }

    /// The name of the machine of this owner's run.
    pub fn machine_name(&self, run: u32) -> MachineName {
        MachineName(format!("m-{}-{run}", self.digits()))
    }

    fn digits(&self) -> String {
        let Self { deployment, repository_id, number, generation, copy } = self;
        // The length keeps two deployments apart whose ids continue into the numbers.
        let text = format!("volume 1\n{} {deployment} {repository_id} {number} {generation} {copy}", deployment.len());
        let mut digits = hex::encode(Sha256::digest(text));
        digits.truncate(DIGITS);
        digits
    }
}

/// The name of an owner's volume, for callers that hold its parts.
pub fn volume_name(deployment: &str, repository_id: u64, number: u64, generation: u32, copy: u32) -> String {
    Owner { deployment: deployment.to_owned(), repository_id, number, generation, copy }.volume_name().0
}

impl VolumeName {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people see: `pr_8c41f2`.
    pub fn short(&self) -> &str {
        self.0.get(.."pr_".len() + SHORT_DIGITS).unwrap_or(&self.0)
    }
}

impl MachineName {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people see: `m-8c41f2-1`.
    pub fn short(&self) -> String {
        let (front, run) = self.0.rsplit_once('-').unwrap_or((&self.0, ""));
        format!("{}-{run}", &front[..front.len().min("m-".len() + SHORT_DIGITS)])
    }
}

impl std::fmt::Display for VolumeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for MachineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn owner() -> Owner {
        Owner { deployment: "d1".into(), repository_id: 42, number: 7, generation: 1, copy: 0 }
    }

    #[test]
    fn a_name_never_changes_because_volumes_out_there_carry_it() {
        assert_eq!(owner().volume_name().as_str(), "pr_6c2361a0a767d6de02aa9c9c");
        assert_eq!(owner().machine_name(3).as_str(), "m-6c2361a0a767d6de02aa9c9c-3");
    }

    #[test]
    fn a_name_fits_every_backend() {
        let owner = Owner { deployment: "x".repeat(99), number: u64::MAX, generation: u32::MAX, ..owner() };
        let name = owner.volume_name();
        assert!(name.as_str().len() <= 30);
        assert!(name.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
        assert!(owner.machine_name(u32::MAX).as_str().len() <= 63);
    }

    #[test]
    fn owners_that_differ_anywhere_have_different_names() {
        let names: BTreeSet<VolumeName> = [
            owner(),
            Owner { deployment: "d2".into(), ..owner() },
            Owner { deployment: "d1 42".into(), repository_id: 7, number: 1, generation: 0, ..owner() },
            Owner { repository_id: 43, ..owner() },
            Owner { number: 8, ..owner() },
            Owner { generation: 2, ..owner() },
            Owner { copy: 1, ..owner() },
        ]
        .iter()
        .map(Owner::volume_name)
        .collect();
        assert_eq!(names.len(), 7);
    }

    #[test]
    fn people_see_six_digits() {
        assert_eq!(owner().volume_name().short(), &owner().volume_name().as_str()[..9]);
        assert_eq!(owner().machine_name(12).short().len(), "m-8c41f2-12".len());
    }
}
