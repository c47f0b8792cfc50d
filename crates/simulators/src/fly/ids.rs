//! Ids in the shapes in which Fly gives them out.

use environment::Environment;

/// Crockford's base 32, of which ULIDs are made.
const ULID_DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `148e21ea7de389`: fourteen hexadecimal digits.
pub fn machine(environment: &Environment) -> String {
    environment.random_id()[..14].to_owned()
}

/// `vol_` and sixteen characters.
pub fn volume(environment: &Environment) -> String {
    format!("vol_{}", &environment.random_id()[..16])
}

/// `vs_` and sixteen characters.
pub fn snapshot(environment: &Environment) -> String {
    format!("vs_{}", &environment.random_id()[..16])
}

/// Thirty-two hexadecimal digits: nonces, policies.
pub fn plain(environment: &Environment) -> String {
    environment.random_id()
}

/// Twenty-six characters, the first ten of them the time: versions, events, requests.
pub fn ulid(environment: &Environment, now_ms: u64) -> String {
    let mut digits = [b'0'; 26];
    let mut time = now_ms;
    for digit in digits[..10].iter_mut().rev() {
        *digit = ULID_DIGITS[(time % 32) as usize];
        time /= 32;
    }
    for (digit, byte) in digits[10..].iter_mut().zip(environment.random_bytes()) {
        *digit = ULID_DIGITS[usize::from(byte % 32)];
    }
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulids_sort_by_their_time_and_ids_have_the_lengths_of_fly() {
        let environment = Environment::real();
        let (earlier, later) = (ulid(&environment, 1_000_000_000_000), ulid(&environment, 1_000_000_000_001));
        assert!(earlier < later, "{earlier} {later}");
        assert_eq!((earlier.len(), machine(&environment).len(), volume(&environment).len()), (26, 14, 20));
    }
}
