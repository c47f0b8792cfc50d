//! Which lines changed, on both sides.
//!
//! Two blobs are compared by id, one call per changed file: a diff of whole trees would have to be parsed with hostile
//! paths in its headers, and an attribute in the pull request (`*.rs -diff`) could empty it.

use super::File;
use crate::git::{Call, Error, Git};
use std::ops::RangeInclusive;

/// Ranges of lines, from 1.
type Lines = Vec<RangeInclusive<u32>>;

/// Removed lines of the old side, added lines of the new side.
pub(super) async fn changed_lines(git: &Git, file: &File) -> Result<(Lines, Lines), Error> {
    match (&file.old_blob, &file.new_blob) {
        (Some(old), Some(new)) if old == new => Ok((Vec::new(), Vec::new())),
        (Some(old), Some(new)) => {
            let args = ["diff", "--unified=0", "--text", "--no-color", "--no-ext-diff", "--no-textconv", old, new];
            Ok(parse(&git.call(Call::new(args)).await?))
        }
        _ => Ok((all(file.old.as_deref()), all(file.new.as_deref()))),
    }
}

fn all(content: Option<&[u8]>) -> Lines {
    let content = content.unwrap_or_default();
    let feeds = content.iter().filter(|&&byte| byte == b'\n').count();
    let lines = feeds + usize::from(!content.is_empty() && !content.ends_with(b"\n"));
    (lines > 0).then(|| 1..=u32::try_from(lines).unwrap_or(u32::MAX)).into_iter().collect()
}

/// Without context every line of content begins with `+`, `-` or `\`, so `@@` begins only headers.
fn parse(diff: &[u8]) -> (Lines, Lines) {
    let headers = diff.split(|&byte| byte == b'\n').filter_map(|line| {
        let line = line.strip_prefix(b"@@ -")?;
        // What follows the second `@@` is content and may be anything.
        let end = line.windows(3).position(|three| three == b" @@")?;
        let (old, new) = std::str::from_utf8(&line[..end]).ok()?.split_once(" +")?;
        Some((range(old), range(new)))
    });
    let (old, new): (Vec<_>, Vec<_>) = headers.unzip();
    (old.into_iter().flatten().collect(), new.into_iter().flatten().collect())
}

/// `12,3` or `12`; none of `12,0`.
fn range(text: &str) -> Option<RangeInclusive<u32>> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    let (start, count): (u32, u32) = (start.parse().ok()?, count.parse().ok()?);
    (count > 0).then(|| start..=start.saturating_add(count - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_content_that_looks_like_one_is_not() {
        let diff = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,0 +2,2 @@ fn x() @@\n+@@ -9 +9 @@\n+y\n@@ -5 +6,0 @@\n-z\n\xff";
        assert_eq!(parse(diff), (vec![5..=5], vec![2..=3]));
    }

    #[test]
    fn a_new_file_is_new_in_all_its_lines() {
        assert_eq!(all(Some(b"a\nb")), vec![1..=2]);
        assert_eq!(all(Some(b"a\n")), vec![1..=1]);
        assert_eq!((all(Some(b"")), all(None)), (vec![], vec![]));
    }
}
