//! The parser of `git diff` output: only what git writes for regular text files, and nothing it would guess at.

use super::{Refusal, path::unquote};

/// One file of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePatch {
    /// Path in the repository.
    pub path: String,
    /// What happens to it.
    pub change: Change,
    /// Mode before, if the patch states it.
    pub old_mode: Option<String>,
    /// Mode after, if the patch states it.
    pub new_mode: Option<String>,
    /// Id of the content before, possibly shortened.
    pub old_blob: Option<String>,
    /// Changes, in order.
    pub hunks: Vec<Hunk>,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Add,
    /// Its content or mode changes.
    Modify,
    /// It goes.
    Delete,
}

/// A run of lines that change, with what stands around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// First line before, from 1; the line after which lines are added if `old_lines` is 0.
    pub old_start: usize,
    /// Lines before.
    pub old_lines: usize,
    /// First line after, from 1.
    pub new_start: usize,
    /// Lines after.
    pub new_lines: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its part.
    pub kind: LineKind,
    /// Text without the line feed.
    pub text: String,
    /// It is the last of the file and has no line feed.
    pub unterminated: bool,
}

/// A line's part in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Stays.
    Context,
    /// Goes.
    Remove,
    /// Comes.
    Add,
}

impl FilePatch {
    /// Lines that come and lines that go.
    pub fn counts(&self) -> (usize, usize) {
        let count = |kind| self.hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind == kind).count();
        (count(LineKind::Add), count(LineKind::Remove))
    }
}

/// Reads a patch.
///
/// # Errors
/// It is not a diff as git writes it, or has a binary file, a rename or a copy in it.
pub fn parse(diff: &str) -> Result<Vec<FilePatch>, Refusal> {
    let mut lines = Lines { rest: diff, number: 0 };
    let mut files = Vec::new();
    while let Some(line) = lines.peek() {
        let Some(names) = line.strip_prefix("diff --git ") else { return Err(lines.unexpected()) };
        lines.next();
        files.push(file(&mut lines, names)?);
    }
    Ok(files)
}

fn file(lines: &mut Lines<'_>, names: &str) -> Result<FilePatch, Refusal> {
    let path = same_path(names)?;
    let mut file =
        FilePatch { path, change: Change::Modify, old_mode: None, new_mode: None, old_blob: None, hunks: Vec::new() };
    while let Some(line) = lines.peek() {
        if line.starts_with("diff --git ") || line.starts_with("--- ") {
            break;
        }
        header(&mut file, line).map_err(|error| error.unwrap_or_else(|| lines.unexpected()))?;
        lines.next();
    }
    if lines.peek().is_some_and(|line| line.starts_with("--- ")) {
        names_of_content(lines, &file)?;
        while lines.peek().is_some_and(|line| line.starts_with("@@ ")) {
            file.hunks.push(hunk(lines)?);
        }
        if file.hunks.is_empty() {
            return Err(lines.unexpected());
        }
    }
    Ok(file)
}

/// One extended header line. `Err(None)` is a line that does not belong here.
fn header(file: &mut FilePatch, line: &str) -> Result<(), Option<Refusal>> {
    let path = &file.path;
    let (word, rest) = ["old mode ", "new mode ", "new file mode ", "deleted file mode ", "index "]
        .into_iter()
        .find_map(|word| line.strip_prefix(word).map(|rest| (word, rest)))
        .unwrap_or((line, ""));
    match word {
        "old mode " => file.old_mode = Some(rest.to_owned()),
        "new mode " => file.new_mode = Some(rest.to_owned()),
        "new file mode " => (file.change, file.new_mode) = (Change::Add, Some(rest.to_owned())),
        "deleted file mode " => (file.change, file.old_mode) = (Change::Delete, Some(rest.to_owned())),
        "index " => {
            let (ids, mode) = rest.split_once(' ').map_or((rest, None), |(ids, mode)| (ids, Some(mode.to_owned())));
            let (old, _) = ids.split_once("..").ok_or(None)?;
            file.old_blob = Some(old.to_owned());
            if mode.is_some() {
                (file.old_mode, file.new_mode) = (mode.clone(), mode);
            }
        }
        _ if line == "GIT binary patch" || line.starts_with("Binary files ") => {
            return Err(Some(Refusal::new(format!(
                "`{path}` is changed as a binary file; only text can be read and pushed"
            ))));
        }
        _ if ["similarity", "dissimilarity", "rename ", "copy "].iter().any(|it| line.starts_with(it)) => {
            return Err(Some(renamed(path)));
        }
        _ => return Err(None),
    }
    Ok(())
}

fn renamed(path: &str) -> Refusal {
    Refusal::new(format!("`{path}` is renamed or copied; a patch must say so as one file deleted and one added"))
}

/// The path of `a/x b/x`, which must be the same twice.
fn same_path(names: &str) -> Result<String, Refusal> {
    if let Some((old, new)) = names.strip_prefix('"').and_then(|it| it.split_once("\" \"")) {
        let (old, new) = (unquote(&format!("\"{old}\""))?, unquote(&format!("\"{new}"))?);
        return match (old.strip_prefix("a/"), new.strip_prefix("b/")) {
            (Some(old), Some(new)) if old == new => Ok(new.to_owned()),
            _ => Err(renamed(&new)),
        };
    }
    // "a/" + path + " b/" + path
    let length = names.len().saturating_sub(5) / 2;
    let old = names.strip_prefix("a/").and_then(|it| it.get(..length));
    let new = names.get(names.len() - length..).filter(|_| names.len() == 2 * length + 5);
    match (old, new) {
        (Some(old), Some(new)) if old == new && !new.is_empty() && names[2 + length..].starts_with(" b/") => {
            Ok(new.to_owned())
        }
        _ => Err(renamed(names)),
    }
}

/// `--- a/x` and `+++ b/x`, which must say the same as the header.
fn names_of_content(lines: &mut Lines<'_>, file: &FilePatch) -> Result<(), Refusal> {
    let old = if file.change == Change::Add { "/dev/null".to_owned() } else { format!("a/{}", file.path) };
    let new = if file.change == Change::Delete { "/dev/null".to_owned() } else { format!("b/{}", file.path) };
    for (mark, expected) in [("--- ", old), ("+++ ", new)] {
        let said = lines.peek().and_then(|line| line.strip_prefix(mark)).ok_or_else(|| lines.unexpected())?;
        // Git ends a name that holds a space with a tab.
        let said = said.strip_suffix('\t').unwrap_or(said);
        if unquote(said)? != expected {
            return Err(Refusal::new(format!(
                "the patch names `{}` in its header and another file below it",
                file.path
            )));
        }
        lines.next();
    }
    Ok(())
}

fn hunk(lines: &mut Lines<'_>) -> Result<Hunk, Refusal> {
    let header = lines.peek().and_then(hunk_header).ok_or_else(|| lines.unexpected())?;
    lines.next();
    let mut hunk = header;
    let (mut old, mut new) = (0, 0);
    while old < hunk.old_lines || new < hunk.new_lines {
        let line = lines.peek().ok_or_else(|| lines.unexpected())?;
        let (mark, text) = line.split_at_checked(1).ok_or_else(|| lines.unexpected())?;
        let kind = match mark {
            " " => LineKind::Context,
            "-" => LineKind::Remove,
            "+" => LineKind::Add,
            _ => return Err(lines.unexpected()),
        };
        old += usize::from(kind != LineKind::Add);
        new += usize::from(kind != LineKind::Remove);
        if old > hunk.old_lines || new > hunk.new_lines {
            return Err(lines.unexpected());
        }
        lines.next();
        let unterminated = lines.peek().is_some_and(|line| line.starts_with("\\ "));
        if unterminated {
            lines.next();
        }
        hunk.lines.push(Line { kind, text: text.to_owned(), unterminated });
    }
    Ok(hunk)
}

/// `@@ -1,2 +3,4 @@ …`, where a length of 1 is left out.
fn hunk_header(line: &str) -> Option<Hunk> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| -> Option<(usize, usize)> {
        let (start, length) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, length.parse().ok()?))
    };
    let ((old_start, old_lines), (new_start, new_lines)) = (range(old)?, range(new)?);
    Some(Hunk { old_start, old_lines, new_start, new_lines, lines: Vec::new() })
}

/// Lines without their line feed. A carriage return belongs to the line.
struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<&'a str> {
        (!self.rest.is_empty()).then(|| self.rest.split('\n').next().unwrap_or_default())
    }

    fn next(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.number += 1;
    }

    fn unexpected(&self) -> Refusal {
        Refusal::new(format!("the patch is not a diff as git writes it (line {})", self.number + 1))
    }
}
