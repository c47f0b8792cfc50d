use engine::WorkflowId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Begins a claim token: a machine boots with it and it works once.
pub(super) const TOKEN: &str = "lsc";
/// Begins a run credential: it works while the run lives.
pub(super) const CREDENTIAL: &str = "lsr";
/// Bytes of a token or credential; longer ones are not looked at.
const BYTES_MAX: usize = 128;

/// A token or credential that says which run it is for: `lsr_12_3_<64 hexadecimal digits>`.
pub(super) fn compose(kind: &str, workflow: WorkflowId, run: u32, secret: &str) -> String {
    format!("{kind}_{}_{run}_{secret}", workflow.0)
}

/// The run that a token or credential says it is for. It proves nothing until its hash matches.
pub(super) fn run_of(text: &str, kind: &str) -> Option<(WorkflowId, u32)> {
    let mut parts = Some(text).filter(|text| text.len() <= BYTES_MAX)?.split('_');
    let (begins, workflow, run, _secret) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (begins == kind && parts.next().is_none()).then_some(())?;
    Some((WorkflowId(workflow.parse().ok()?), run.parse().ok()?))
}

/// What is stored of a secret.
pub(super) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Whether `text` has the stored hash, in constant time.
pub(super) fn matches(text: &str, stored: &str) -> bool {
    hash(text).as_bytes().ct_eq(stored.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_which_run_it_is_for() {
        let token = compose(TOKEN, WorkflowId(12), 3, "ab");
        assert_eq!(run_of(&token, TOKEN), Some((WorkflowId(12), 3)));
        assert_eq!(run_of(&token, CREDENTIAL), None, "a token is no credential");
        for wrong in ["", "lsc", "lsc_12_3", "lsc_x_3_ab", "lsc_12_3_ab_", "lsc_-1_3_ab"] {
            assert_eq!(run_of(wrong, TOKEN), None, "{wrong}");
        }
        assert_eq!(run_of(&format!("lsc_1_1_{}", "a".repeat(200)), TOKEN), None, "too long to look at");
    }
}
