//! Examples: what each rule must and must not find, and the one test that holds all of them to it.

use super::input::{ChangedFile, Input, Status};
use super::{RULES, run};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A change, and what one rule must find in it: exactly that, nothing without.
#[derive(Debug, Default)]
pub(super) struct Example {
    /// A few words.
    says: &'static str,
    /// The change.
    pub input: Input,
    expected: Vec<(String, u32, String)>,
    fixed: Option<String>,
}

impl Example {
    /// An example without files.
    pub fn of(says: &'static str) -> Self {
        Self { says, ..Self::default() }
    }

    /// A new file.
    pub fn add(self, path: &str, new: &str) -> Self {
        self.file(path, None, Some(new), 0o100_644)
    }

    /// A changed file.
    pub fn edit(self, path: &str, old: &str, new: &str) -> Self {
        self.file(path, Some(old), Some(new), 0o100_644)
    }

    /// A deleted file.
    pub fn delete(self, path: &str, old: &str) -> Self {
        self.file(path, Some(old), None, 0o100_644)
    }

    /// A new symlink.
    pub fn link(self, path: &str, target: &str) -> Self {
        self.file(path, None, Some(target), 0o120_000)
    }

    /// A path of the head that did not change.
    pub fn head(mut self, path: &str) -> Self {
        self.input.head_paths.push(path.to_owned());
        self
    }

    /// The repository, `owner/name`.
    pub fn of_repository(mut self, repository: &str) -> Self {
        self.input.repository = repository.to_owned();
        self
    }

    /// The title of the pull request.
    pub fn titled(mut self, title: &str) -> Self {
        self.input.title = title.to_owned();
        self
    }

    /// What must be found: path, line (0 for the whole file), part of the title.
    pub fn finds(mut self, path: &str, line: u32, title: &str) -> Self {
        self.expected.push((path.to_owned(), line, title.to_owned()));
        self
    }

    /// What the first file with a fix must become.
    pub fn fixed(mut self, content: &str) -> Self {
        self.fixed = Some(content.to_owned());
        self
    }

    fn file(mut self, path: &str, old: Option<&str>, new: Option<&str>, mode: u32) -> Self {
        let (removed_lines, added_lines) = changed_lines(old.unwrap_or(""), new.unwrap_or(""));
        let status = match (old, new) {
            (None, _) => Status::Added,
            (_, None) => Status::Deleted,
            _ => Status::Modified,
        };
        let bytes = |text: &str| Arc::from(text.as_bytes());
        self.input.files.push(ChangedFile {
            path: path.to_owned(),
            old_path: None,
            status,
            mode,
            old_mode: old.map(|_| mode),
            new: new.map(bytes),
            old: old.map(bytes),
            added_lines,
            removed_lines,
            too_large: None,
        });
        if new.is_some() {
            self.input.head_paths.push(path.to_owned());
        }
        self
    }
}

type Lines = Vec<RangeInclusive<u32>>;

/// Removed and added lines: what is not in a longest common subsequence.
fn changed_lines(old: &str, new: &str) -> (Lines, Lines) {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let all = |count: usize| (1..=count).map(|line| line as u32..=line as u32).collect();
    if old.is_empty() || new.is_empty() {
        return (all(old.len()), all(new.len()));
    }
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let longer = common[i + 1][j].max(common[i][j + 1]);
            common[i][j] = if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { longer };
        }
    }
    let (mut i, mut j, mut removed, mut added) = (0, 0, Vec::new(), Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            removed.push(i as u32..=i as u32);
        } else {
            j += 1;
            added.push(j as u32..=j as u32);
        }
    }
    (removed, added)
}

#[test]
fn every_rule_finds_what_its_examples_say_and_nothing_else() {
    for rule in RULES {
        let examples = (rule.examples)();
        assert!(
            examples.iter().any(|example| !example.expected.is_empty()),
            "{} has no example that must match",
            rule.name
        );
        assert!(
            examples.iter().any(|example| example.expected.is_empty()),
            "{} has no example that must not",
            rule.name
        );
        for example in examples {
            let context = format!("{}: {}", rule.name, example.says);
            let report = run(&[rule], &example.input);
            let found: Vec<_> =
                report.findings.iter().map(|it| (it.path.clone(), it.line.unwrap_or(0), it.title.clone())).collect();
            assert_eq!(found.len(), example.expected.len(), "{context}\nfound {found:#?}");
            for (path, line, title) in &example.expected {
                let matches = |it: &(String, u32, String)| it.0 == *path && it.1 == *line && it.2.contains(title);
                assert!(found.iter().any(matches), "{context}\nexpected {path}:{line} {title}\nfound {found:#?}");
            }
            assert!(
                report.findings.iter().all(|it| it.severity <= rule.severity),
                "{context}: worse than the rule says"
            );
            let fixed = report.fixes.first().map(|fix| String::from_utf8(fix.new_content.clone()).unwrap());
            assert_eq!(fixed, example.fixed, "{context}");
            assert!(fixed.is_none() || !rule.fixes.is_empty(), "{context}: the rule says that it fixes nothing");
            assert_eq!(report.findings.iter().any(|it| it.in_patch), example.fixed.is_some(), "{context}");
        }
    }
}
