//! Which of the workflows a store is about: all of them, or one partition, whose ids leave its index when they are divided
//! by how many there are.

/// A partition, as statements take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub index: i64,
    pub of: i64,
}

impl Share {
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// The workflow of this name is among them.
    pub fn has_name(self, kind: &str, key: &str) -> bool {
        let of = u16::try_from(self.of).unwrap_or(1);
        i64::from(engine::cluster::partition_of(kind, key, of)) == self.index
    }
}
