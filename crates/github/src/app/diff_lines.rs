//! Which lines a review may comment on: those that the pull request's diff shows on its right side.

use super::{App, route, tokens::Denied};
use crate::api::{InlineComment, Purpose, Repository};
use serde::Deserialize;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// GitHub lists at most 3,000 files of a pull request.
const FILE_PAGES_MAX: usize = 30;

/// Ranges of lines by path.
#[derive(Debug, Default)]
pub(super) struct DiffLines(HashMap<String, Vec<RangeInclusive<u32>>>);

impl DiffLines {
    /// Whether GitHub takes the comment: all of its lines in one hunk.
    pub fn take(&self, comment: &InlineComment) -> bool {
        let first = comment.start_line.unwrap_or(comment.line);
        first <= comment.line
            && self.0.get(&comment.path).is_some_and(|ranges| {
                ranges.iter().any(|range| range.contains(&first) && range.contains(&comment.line))
            })
    }
}

impl App {
    pub(super) async fn diff_lines(&self, repository: &Repository, number: u64) -> Result<DiffLines, Denied> {
        #[derive(Deserialize)]
        struct File {
            filename: String,
            /// Left out for binary files and very large changes.
            #[serde(default)]
            patch: Option<String>,
        }
        let route = route::repository(repository, &format!("/pulls/{number}/files"));
        let files: Vec<File> = self.list(repository, Purpose::Publish, &route, FILE_PAGES_MAX).await?;
        let ranges = |patch: &str| patch.lines().filter_map(right_side).collect();
        Ok(DiffLines(files.into_iter().filter_map(|file| Some((file.filename, ranges(&file.patch?)))).collect()))
    }
}

/// The right side of `@@ -1,2 +3,4 @@`.
fn right_side(line: &str) -> Option<RangeInclusive<u32>> {
    let right = line.strip_prefix("@@ -")?.split_once(" +")?.1.split_once(" @@")?.0;
    let (start, length) = right.split_once(',').unwrap_or((right, "1"));
    let (start, length): (u32, u32) = (start.parse().ok()?, length.parse().ok()?);
    (length > 0).then(|| start..=start.saturating_add(length - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_one_hunk_are_taken() {
        let lines = DiffLines(HashMap::from([("a".into(), vec![3..=6, 20..=20])]));
        let comment = |path: &str, start_line, line| InlineComment {
            path: path.into(),
            line,
            start_line,
            body: String::new(),
            marker: String::new(),
        };
        assert!(lines.take(&comment("a", None, 3)));
        assert!(lines.take(&comment("a", Some(4), 6)));
        assert!(lines.take(&comment("a", None, 20)));
        assert!(!lines.take(&comment("a", None, 7)));
        assert!(!lines.take(&comment("a", Some(5), 20)));
        assert!(!lines.take(&comment("a", Some(6), 5)));
        assert!(!lines.take(&comment("b", None, 3)));
    }

    #[test]
    fn the_right_side_of_a_hunk_header_is_read() {
        assert_eq!(right_side("@@ -1,2 +3,4 @@ fn a()"), Some(3..=6));
        assert_eq!(right_side("@@ -1 +1 @@"), Some(1..=1));
        assert_eq!(right_side("@@ -1,2 +0,0 @@"), None);
        assert_eq!(right_side("+@@ -1 +1 @@"), None);
    }
}
