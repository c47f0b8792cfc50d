//! Whitespace: never a finding, one line for the whole pull request.

use super::input::{ChangedFile, Input};
use super::paths;
use super::text::Text;

/// Name in `agent.rules_off`.
pub(super) const NAME: &str = "whitespace";

/// Kinds of files in which trailing spaces mean something, or are somebody else's.
const MEANT_IN: &[&str] = &["md", "mdx", "markdown", "diff", "patch", "snap", "csv", "tsv"];

/// `whitespace: 4 lines in 2 files`, if any.
pub(super) fn note(input: &Input) -> Option<String> {
    let counts: Vec<_> = input.files.iter().map(lines).filter(|count| *count > 0).collect();
    let (lines, files) = (counts.iter().sum::<usize>(), counts.len());
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    (lines > 0).then(|| format!("whitespace: {lines} line{} in {files} file{}", plural(lines), plural(files)))
}

/// Added lines with trailing whitespace, or with another line ending than most of the file.
fn lines(file: &ChangedFile) -> usize {
    let regular = file.mode & 0o170_000 == 0o100_000;
    let Some(text) = file.new.as_deref().filter(|_| regular).and_then(|bytes| Text::read(bytes, &file.added_lines))
    else {
        return 0;
    };
    if MEANT_IN.contains(&paths::extension(&file.path).as_str())
        || paths::foreign(&file.path, Some(text.whole)).is_some()
    {
        return 0;
    }
    let returns = text.lines().filter(|(_, line)| line.ends_with('\r')).count();
    let mostly_returns = returns * 2 > text.line_count() as usize;
    let odd = |line: &str| {
        let content = line.strip_suffix('\r').unwrap_or(line);
        content.ends_with([' ', '\t']) || (content.len() < line.len()) != mostly_returns
    };
    // The last line has no ending to be judged.
    text.touched()
        .filter(|(number, line)| if *number == text.line_count() { line.ends_with([' ', '\t']) } else { odd(line) })
        .count()
}

#[cfg(test)]
mod tests {
    use super::super::examples::Example;
    use super::*;

    #[test]
    fn it_is_one_line_for_all() {
        let change = Example::of("")
            .edit("a.rs", "a\n", "a\nb \nc\t\n")
            .edit("b.rs", "a\nb\nc\n", "a\nb\nc\nd\r\ne\n")
            .add("README.md", "hard  \nbreak\n");
        assert_eq!(note(&change.input).as_deref(), Some("whitespace: 3 lines in 2 files"));
        assert_eq!(note(&Example::of("").add("a.rs", "a\n").input), None);
        assert_eq!(note(&Example::of("").add("a.rs", "a\r\nb\r\n").input), None);
    }
}
