//! A volume on Fly has a name and nothing else of ours: no labels. So whose it is stands in its name, within Fly's 30
//! characters of `[a-z0-9_]`:
//!
//! ```text
//! p 5x1mn3s0bq4w8zk2c7d  kq3tz  12
//! │ │                    │      └ number of the workflow, base 36
//! │ │                    └ five digits of a digest of the deployment's id
//! │ └ `pr_` and 24 hexadecimal digits, as 19 digits of base 36
//! n name _ kq3tz 12                              any other name, as it is
//! ```
//!
//! The operation that made it is not kept. Two deployments in one app whose ids agree in those 26 bits would take each
//! other's volumes for their own; an app belongs to one deployment (docs/fly.md).

use crate::{Error, Labels, names::VOLUME_NAME_MAX};
use sha2::{Digest, Sha256};

/// Digits of the deployment.
const MARK_DIGITS: usize = 5;
/// Digits of a packed name: 96 bits.
const PACKED_DIGITS: usize = 19;
/// Hexadecimal digits of a name that is packed.
const PACKABLE_DIGITS: usize = 24;
const WORKFLOW: &str = "wf_";

/// What a volume's name on Fly says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Our name of the volume.
    pub name: String,
    /// Digits of its deployment.
    pub mark: String,
    /// Its workflow.
    pub workflow: String,
}

impl Said {
    /// Whether it belongs to that owner. The mark stands for the deployment.
    pub fn is_of(&self, labels: &Labels) -> bool {
        self.mark == mark(&labels.deployment) && self.workflow == labels.workflow
    }
}

/// The digits that stand for a deployment.
pub fn mark(deployment: &str) -> String {
    let digest = Sha256::digest(format!("fly volume 1\n{deployment}"));
    let bits = digest.iter().take(8).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    base36(bits % 36_u128.pow(5), MARK_DIGITS)
}

/// The name on Fly of an owner's volume.
///
/// # Errors
/// Name or workflow are of a form that does not fit.
pub fn write(name: &str, labels: &Labels) -> Result<String, Error> {
    let unfit = || Error::Permanent {
        what: format!(
            "the volume `{name}` of {} cannot be named on Fly in {VOLUME_NAME_MAX} characters",
            labels.workflow
        ),
    };
    let number = labels.workflow.strip_prefix(WORKFLOW).and_then(|number| number.parse::<u64>().ok());
    let workflow = base36(number.ok_or_else(unfit)?.into(), 1);
    let mark = mark(&labels.deployment);
    let full = match pack(name) {
        Some(packed) => format!("p{packed}{mark}{workflow}"),
        None => format!("n{name}_{mark}{workflow}"),
    };
    if full.len() > VOLUME_NAME_MAX { Err(unfit()) } else { Ok(full) }
}

/// What a name on Fly says; none if it is none of ours.
pub fn read(full: &str) -> Option<Said> {
    if !full.is_ascii() || full.len() > VOLUME_NAME_MAX {
        return None;
    }
    let (name, rest) = match full.split_at_checked(1)? {
        ("p", rest) => {
            let (packed, rest) = rest.split_at_checked(PACKED_DIGITS)?;
            (unpack(packed)?, rest)
        }
        ("n", rest) => {
            let (name, rest) = rest.rsplit_once('_')?;
            (name.to_owned(), rest)
        }
        _ => return None,
    };
    let (mark, workflow) = rest.split_at_checked(MARK_DIGITS)?;
    let said = Said { name, mark: mark.to_owned(), workflow: format!("{WORKFLOW}{}", number(workflow)?) };
    // Only what we would write: `p…01` and `p…1` are not the same volume.
    (base36(number(workflow)?, 1) == workflow && number(mark).is_some()).then_some(said)
}

fn pack(name: &str) -> Option<String> {
    let digits = name.strip_prefix("pr_").filter(|digits| digits.len() == PACKABLE_DIGITS)?;
    let lower = digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
    lower.then(|| u128::from_str_radix(digits, 16).ok()).flatten().map(|bits| base36(bits, PACKED_DIGITS))
}

fn unpack(packed: &str) -> Option<String> {
    let bits = number(packed)?;
    (bits < 1 << (4 * PACKABLE_DIGITS)).then(|| format!("pr_{bits:024x}"))
}

fn base36(mut bits: u128, digits_min: usize) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    while bits > 0 || digits.len() < digits_min {
        digits.push(char::from(DIGITS[usize::try_from(bits % 36).unwrap_or(0)]));
        bits /= 36;
    }
    digits.iter().rev().collect()
}

fn number(digits: &str) -> Option<u128> {
    let fits = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    (!digits.is_empty() && digits.bytes().all(fits)).then(|| u128::from_str_radix(digits, 36).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "pr_6c2361a0a767d6de02aa9c9c";

    fn labels(deployment: &str, workflow: &str) -> Labels {
        Labels { deployment: deployment.into(), workflow: workflow.into(), run: 0, operation: "wf_1:1".into() }
    }

    #[test]
    fn a_name_never_changes_because_volumes_out_there_carry_it() {
        assert_eq!(write(NAME, &labels("d1", "wf_12")).unwrap(), "p38t4gblqkwas2xle8pojtxdhc");
        assert_eq!(write("t_8c41f2_a", &labels("d1", "wf_1")).unwrap(), "nt_8c41f2_a_jtxdh1");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let last = "pr_ffffffffffffffffffffffff";
        for name in [NAME, "pr_000000000000000000000000", last, "t_12345678_a", "x", "pr_short", "a_b_c"] {
            for workflow in ["wf_0", "wf_1", "wf_36", "wf_60466175"] {
                let labels = labels("some deployment", workflow);
                let Ok(full) = write(name, &labels) else { panic!("{name} {workflow}") };
                let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
                assert!(full.len() <= 30 && full.bytes().all(fits), "{full}");
                let said = read(&full).unwrap();
                assert_eq!((said.name.as_str(), said.workflow.as_str()), (name, workflow));
                assert!(said.is_of(&labels));
                assert!(!said.is_of(&Labels { deployment: "another".into(), ..labels.clone() }));
                assert!(!said.is_of(&Labels { workflow: "wf_7".into(), ..labels }));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_never_cut() {
        let refused = write(NAME, &labels("d1", "wf_60466176")).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the volume `{NAME}` of wf_60466176 cannot be named on Fly in 30 characters")
        );
        assert!(write(&"a".repeat(24), &labels("d1", "wf_1")).is_err());
        assert!(write(NAME, &labels("d1", "elsewhere")).is_err());
    }

    #[test]
    fn a_name_that_others_gave_is_nobody_s() {
        for full in
            ["", "p", "data", "pg_data", "nothing", "n_", "pzzzzzzzzzzzzzzzzzzzbk35h1", "nx_bk35h01", "nx_BK35h1"]
        {
            assert_eq!(read(full), None, "{full}");
        }
    }
}
