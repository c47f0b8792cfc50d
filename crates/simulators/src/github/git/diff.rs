//! The three-dot diff of a pull request, taken apart as GitHub's API shows it.

use super::{Git, GitError};
use crate::github::world::{Repository, Side};

/// The diff of a pull request.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// What the diff media type shows.
    pub text: String,
    pub files: Vec<FileDiff>,
}

/// One file of it.
#[derive(Debug, Clone)]
pub struct FileDiff {
    pub path: String,
    pub previous: Option<String>,
    /// `added`, `removed`, `modified`, `renamed`, `changed`.
    pub status: &'static str,
    /// Blob of the new side; of the old one if the file is gone.
    pub sha: String,
    pub additions: u64,
    pub deletions: u64,
    /// From the first hunk header on; none for a binary file.
    pub patch: Option<String>,
}

/// A line of a patch that a comment can stand at.
#[derive(Debug, Clone)]
pub struct Place {
    /// Line number on the left, if it is there.
    pub left: Option<u64>,
    /// Line number on the right.
    pub right: Option<u64>,
    /// Lines below the first hunk header, from 1.
    pub position: u64,
    /// Number of the hunk, from 0.
    pub hunk: usize,
}

impl FileDiff {
    /// Every line of the patch that a comment can stand at.
    pub fn places(&self) -> Vec<Place> {
        let (mut left, mut right, mut hunk) = (0, 0, 0);
        let mut places = Vec::new();
        for (position, text) in (0_u64..).zip(self.patch.iter().flat_map(|patch| patch.split('\n'))) {
            if let Some((from, to)) = hunk_start(text) {
                (left, right) = (from, to);
                hunk += usize::from(position > 0);
                continue;
            }
            let (on_left, on_right) = match text.chars().next() {
                Some('+') => (false, true),
                Some('-') => (true, false),
                Some('\\') => continue,
                _ => (true, true),
            };
            places.push(Place { left: on_left.then_some(left), right: on_right.then_some(right), position, hunk });
            left += u64::from(on_left);
            right += u64::from(on_right);
        }
        places
    }

    /// The line at that number of a side.
    pub fn place(&self, side: Side, line: u64) -> Option<Place> {
        self.places().into_iter().find(|it| match side {
            Side::Left => it.left == Some(line),
            Side::Right => it.right == Some(line),
        })
    }

    /// The hunk up to a line: what GitHub shows above a comment.
    pub fn hunk_until(&self, position: u64) -> String {
        let Some(patch) = &self.patch else { return String::new() };
        let lines: Vec<&str> = patch.split('\n').collect();
        let end = usize::try_from(position).unwrap_or(0).min(lines.len().saturating_sub(1));
        let start = (0..=end).rev().find(|at| hunk_start(lines[*at]).is_some()).unwrap_or(0);
        lines[start..=end].join("\n")
    }
}

impl Git {
    /// What `head` changes since it left `base`.
    pub async fn diff(&self, repository: &Repository, base: &str, head: &str) -> Result<Diff, GitError> {
        let start = self.merge_base(repository, base, head).await?.unwrap_or_else(|| base.to_string());
        let folder = self.folder(repository);
        let common = ["--no-color", "--no-ext-diff", "--no-textconv", "--find-renames"];
        let mut raw = vec!["diff", "--raw", "-z", "--no-abbrev"];
        raw.extend(common);
        raw.extend([start.as_str(), head]);
        let mut text = vec!["diff", "--patch"];
        text.extend(common);
        text.extend([start.as_str(), head]);
        let raw = self.run(&folder, &raw, b"").await?;
        let text = String::from_utf8_lossy(&self.run(&folder, &text, b"").await?).into_owned();
        let files = files(&String::from_utf8_lossy(&raw), &text);
        Ok(Diff { text, files })
    }
}

fn files(raw: &str, text: &str) -> Vec<FileDiff> {
    let mut sections = sections(text).into_iter();
    let mut fields = raw.split('\0');
    let mut files = Vec::new();
    while let Some(about) = fields.next().filter(|about| about.starts_with(':')) {
        let about: Vec<&str> = about.split_whitespace().collect();
        let (Some(letter), Some(first)) = (about.get(4).and_then(|it| it.chars().next()), fields.next()) else { break };
        let renamed = matches!(letter, 'R' | 'C');
        let path = if renamed { fields.next().unwrap_or(first) } else { first };
        let mut patch = sections.next().unwrap_or_default();
        if letter == 'T' {
            // Git shows a change of type as a deletion and a creation.
            patch += &sections.next().unwrap_or_default();
        }
        let (sha, status) = match letter {
            'A' => (about[3], "added"),
            'D' => (about[2], "removed"),
            'R' => (about[3], "renamed"),
            'C' => (about[3], "copied"),
            'T' => (about[3], "changed"),
            _ => (about[3], "modified"),
        };
        files.push(file(path, renamed.then(|| first.to_string()), status, sha, &patch));
    }
    files
}

fn file(path: &str, previous: Option<String>, status: &'static str, sha: &str, section: &str) -> FileDiff {
    let patch = section.find("\n@@ ").map(|at| section[at + 1..].trim_end_matches('\n').to_string());
    let count = |mark: char| {
        let lines = patch.iter().flat_map(|patch| patch.split('\n'));
        lines.filter(|line| line.starts_with(mark)).count() as u64
    };
    FileDiff {
        path: path.into(),
        previous,
        status,
        sha: sha.into(),
        additions: count('+'),
        deletions: count('-'),
        patch,
    }
}

/// Parts that begin with `diff --git` at the start of a line, where no line of content can begin so.
fn sections(text: &str) -> Vec<String> {
    let mut sections: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        match sections.last_mut() {
            Some(last) if !line.starts_with("diff --git ") => last.push_str(line),
            _ => sections.push(line.to_string()),
        }
    }
    sections
}

fn hunk_start(line: &str) -> Option<(u64, u64)> {
    let mut ranges = line.strip_prefix("@@ -")?.split_once(" @@")?.0.split(" +");
    let start = |range: &str| range.split(',').next().and_then(|it| it.parse().ok());
    Some((start(ranges.next()?)?, start(ranges.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_hunks() -> FileDiff {
        let patch = "@@ -1,2 +1,3 @@\n a\n+b\n c\n@@ -10,2 +11,1 @@ fn\n-d\n e\n\\ No newline at end of file";
        file("f", None, "modified", "0", &format!("diff --git a/f b/f\n--- a/f\n+++ b/f\n{patch}\n"))
    }

    #[test]
    fn lines_are_numbered_on_both_sides_and_by_position() {
        let file = two_hunks();
        assert_eq!((file.additions, file.deletions), (1, 1));
        let added = file.place(Side::Right, 2).unwrap();
        assert_eq!((added.left, added.position, added.hunk), (None, 2, 0));
        let removed = file.place(Side::Left, 10).unwrap();
        assert_eq!((removed.right, removed.position, removed.hunk), (None, 5, 1));
        assert_eq!(file.place(Side::Right, 11).unwrap().left, Some(11));
        assert!(file.place(Side::Right, 40).is_none());
    }

    #[test]
    fn the_hunk_above_a_comment_ends_with_its_line() {
        let file = two_hunks();
        assert_eq!(file.hunk_until(2), "@@ -1,2 +1,3 @@\n a\n+b");
        assert_eq!(file.hunk_until(5), "@@ -10,2 +11,1 @@ fn\n-d");
    }
}
