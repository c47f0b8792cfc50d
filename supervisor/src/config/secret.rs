use std::fmt;

/// A value that no log, table or `Debug` output may show; [`Secret::reveal`] marks the places that use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

// By hand, and without the value: sections derive `Debug` and hold secrets.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
