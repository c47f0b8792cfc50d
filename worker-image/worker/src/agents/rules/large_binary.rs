//! Large files that enter the history and stay there.

use super::found::Found;
use super::input::Status;
use super::rule::{Change, Rule};
use super::text;
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "large-binary",
    severity: Severity::Low,
    catches: "A new binary over 1 MiB, or any new file too large to be read.",
    leaves: "Text, LFS pointers, files that were there before.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

/// Bytes of a new binary above which every clone pays for it forever.
const BINARY_BYTES_MAX: u64 = 1024 * 1024;

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    for file in change.files.iter().filter(|file| file.raw.status == Status::Added) {
        let binary = file.raw.new.as_deref().filter(|bytes| text::is_binary(bytes)).map(|bytes| bytes.len() as u64);
        let Some(bytes) = file.raw.too_large.or(binary).filter(|bytes| *bytes > BINARY_BYTES_MAX) else { continue };
        let what = if binary.is_some() { "binary" } else { "file" };
        if let Some(draft) = found.whole(file.path, Severity::Low, format!("New {what} of {}", size(bytes))) {
            draft.detail =
                "It stays in every clone, even after it is deleted. Does it belong into LFS or a release?".to_owned();
            draft.key = what.to_owned();
        }
    }
}

/// `3.4 MiB`.
fn size(bytes: u64) -> String {
    const MEBIBYTE: u64 = 1024 * 1024;
    if bytes < MEBIBYTE {
        return format!("{} KiB", bytes.div_ceil(1024));
    }
    let tenths = bytes.saturating_mul(10) / MEBIBYTE;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    let big = "\0".repeat(1024 * 1024 + 1);
    vec![
        Example::of("a large binary").add("a.bin", &big).finds("a.bin", 0, "New binary of 1.0 MiB"),
        Example::of("a small binary").add("a.bin", "\0\0"),
        Example::of("a large text").add("a.csv", &"a,b\n".repeat(300_000)),
        Example::of("it was there").edit("a.bin", "\0", &big),
    ]
}
