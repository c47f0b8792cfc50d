use std::fmt;

/// A Fly token. No log, error or `Debug` output shows it.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Hides a token as `fly tokens create` prints it, `FlyV1 fm2_…`; that is also how Fly's documentation sends it.
    pub fn new(token: &str) -> Self {
        Self(token.trim().trim_start_matches("Bearer ").to_owned())
    }

    /// The value of the header `Authorization`.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Takes the token out of words that came from outside.
    pub(super) fn redact(&self, words: &str) -> String {
        if self.0.is_empty() { words.to_owned() } else { words.replace(&self.0, "(token)") }
    }
}

// By hand, and without the value.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(token)")
    }
}
