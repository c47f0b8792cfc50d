//! Routes, with everything that comes from outside escaped.

use crate::api::Repository;

/// `/repos/owner/name` and `rest`, which begins with a slash or is empty.
pub(super) fn repository(repository: &Repository, rest: &str) -> String {
    format!("/repos/{}/{}{rest}", segment(&repository.owner), segment(&repository.name))
}

/// One segment of a path, or a value in a query.
pub(super) fn segment(text: &str) -> String {
    escape(text, b"")
}

/// A path in which slashes stay.
pub(super) fn path(text: &str) -> String {
    escape(text, b"/")
}

fn escape(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    // `.` and `..` would be resolved away by clients and servers; escaped they are names that do not exist.
    let dots = text.split('/').any(|part| part == "." || part == "..");
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || (byte == b'.' && !dots);
        if plain || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_leaves_its_segment() {
        assert_eq!(segment("a/b?c#d e"), "a%2Fb%3Fc%23d%20e");
        assert_eq!(segment("octo-cat[bot]"), "octo-cat%5Bbot%5D");
        assert_eq!(path("src/ä b.rs"), "src/%C3%A4%20b.rs");
        assert_eq!(path("../../app"), "%2E%2E/%2E%2E/app");
    }
}
