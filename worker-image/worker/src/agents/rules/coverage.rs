//! What was not checked, in few words: by name where it is few, by number where it is many.

use super::found::one_line;
use std::collections::BTreeMap;

/// Files of one kind that are named; beyond that a number says more.
const NAMED_MAX: usize = 3;
/// Bytes of one entry: a path and a reason fit.
const ENTRY_BYTES_MAX: usize = 700;

/// Files that were not checked, by kind.
#[derive(Debug, Default)]
pub(super) struct NotChecked {
    files: BTreeMap<&'static str, Vec<String>>,
}

impl NotChecked {
    /// Notes a file; `kind` is a noun that takes an `s`: `vendored file`.
    pub fn file(&mut self, kind: &'static str, path: &str) {
        self.files.entry(kind).or_default().push(path.to_owned());
    }

    /// `lock file Cargo.lock`, `14 vendored files`.
    pub fn into_words(self) -> Vec<String> {
        let words = self.files.into_iter().flat_map(|(kind, paths)| {
            if paths.len() > NAMED_MAX {
                vec![format!("{} {kind}s", paths.len())]
            } else {
                paths.iter().map(|path| format!("{kind} {path}")).collect()
            }
        });
        words.map(|entry| one_line(&entry, ENTRY_BYTES_MAX)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_named_and_many_are_counted() {
        let mut not_checked = NotChecked::default();
        not_checked.file("lock file", "Cargo.lock");
        (0..4).for_each(|number| not_checked.file("vendored file", &format!("vendor/{number}")));
        assert_eq!(not_checked.into_words(), ["lock file Cargo.lock", "4 vendored files"]);
    }
}
