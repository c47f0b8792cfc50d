//! Ids that people see.

use serde::{Deserialize, Serialize};

/// Which pull request, and where its repository is now. The id stays when the repository is renamed or moves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PullRequestRef {
    /// Installation that grants access.
    pub installation: u64,
    /// GitHub's repository id.
    pub repository_id: u64,
    /// Owner's login at the last reading.
    pub owner: String,
    /// Repository's name at the last reading.
    pub name: String,
    /// Number.
    pub number: u64,
}

impl PullRequestRef {
    /// The workflow's unique key.
    pub fn key(&self) -> String {
        key(self.repository_id, self.number)
    }

    /// `owner/name#7`.
    pub fn title(&self) -> String {
        format!("{}/{}#{}", self.owner, self.name, self.number)
    }
}

/// The unique key of a pull request's workflow.
pub fn key(repository_id: u64, number: u64) -> String {
    format!("{repository_id}#{number}")
}

/// Id of a request to a person: six characters that can be read aloud.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub String);

/// Digits and letters without `I`, `L`, `O`, `U`, so that nothing is misread (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl RequestId {
    /// The id of the `ordinal`th request of a workflow. Derived, not drawn: the transition function has no randomness.
    pub fn derive(workflow_key: &str, generation: u32, ordinal: u32) -> Self {
        // FNV-1a, then a final mix so that neighbours look unlike each other.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in format!("{workflow_key}/{generation}/{ordinal}").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^= hash >> 32;
        let digit = |place: u32| ALPHABET[usize::try_from((hash >> (5 * place)) & 31).unwrap_or(0)] as char;
        Self((0..6).map(digit).collect())
    }

    /// Reads what a person typed: any case, `O` for `0`, `I` and `L` for `1`.
    pub fn parse(text: &str) -> Option<Self> {
        let id: String = text
            .chars()
            .map(|letter| match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        (id.len() == 6 && id.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(Self(id))
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first seven digits of a commit id, for people.
pub fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_the_same_each_time_and_differs_from_its_neighbours() {
        let first = RequestId::derive("1#7", 1, 1);
        assert_eq!(first, RequestId::derive("1#7", 1, 1));
        assert_ne!(first, RequestId::derive("1#7", 1, 2));
        assert_ne!(first, RequestId::derive("1#7", 2, 1));
        assert_eq!(first.0.len(), 6);
    }

    #[test]
    fn request_ids_stay_what_they_were_since_buttons_on_github_carry_them() {
        let ids = |ordinals: std::ops::Range<u32>| ordinals.map(|n| RequestId::derive("1#7", 1, n).0);
        assert_eq!(ids(1..5).collect::<Vec<_>>(), ["3PX9EB", "NMHAPE", "0C6G74", "1K5BSR"]);
        let all: std::collections::BTreeSet<String> = ids(0..1_000).collect();
        assert_eq!(all.len(), 1_000, "no two requests of a pull request share an id within reach");
    }

    #[test]
    fn a_pull_request_is_known_by_its_repository_id_and_shown_by_its_name() {
        let (owner, name) = ("acme".to_owned(), "shop".to_owned());
        let pr = PullRequestRef { installation: 5, repository_id: 42, owner, name, number: 7 };
        assert_eq!((pr.key().as_str(), pr.title().as_str()), ("42#7", "acme/shop#7"));
    }

    #[test]
    fn a_commit_is_shown_by_its_first_seven_digits() {
        assert_eq!(short("3f2a91c0d4e5"), "3f2a91c");
        assert_eq!(short("3f2"), "3f2");
    }

    #[test]
    fn a_typed_request_id_forgives_case_and_look_alikes() {
        assert_eq!(RequestId::parse("k7qf2m"), Some(RequestId("K7QF2M".into())));
        assert_eq!(RequestId::parse("O1lI00"), Some(RequestId("011100".into())));
        assert_eq!(RequestId::parse("K7QF2"), None);
        assert_eq!(RequestId::parse("K7QF2U"), None);
    }
}
