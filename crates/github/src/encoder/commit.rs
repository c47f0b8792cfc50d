//! Commit messages: GitHub acts on mentions, closing keywords and addresses in them, and so do release tools.

use super::{BREAK, redact, visible};

/// Trailers that only we write, or that speak for a person. Compared without case.
const OURS: [&str; 4] = ["longshore-decision:", "signed-off-by:", "co-authored-by:", "reviewed-by:"];

/// `text` as part of a commit message.
pub fn commit(text: &str) -> String {
    visible(&redact(text)).lines().map(line).collect::<Vec<_>>().join("\n")
}

fn line(line: &str) -> String {
    let lower = line.trim_start().to_ascii_lowercase();
    let mut out = String::with_capacity(line.len());
    if OURS.iter().any(|trailer| lower.starts_with(trailer)) {
        out.push_str("> ");
    }
    let mut chars = line.chars().peekable();
    let mut before = ['\0'; 2];
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or('\0');
        out.push(c);
        let acts = match c {
            '@' => next.is_alphanumeric(),
            '#' => next.is_numeric(),
            // `fixes https://…/issues/1`, `[skip ci]`, `GH-1`
            ':' => next == '/',
            '[' => next.is_alphabetic(),
            '-' => next.is_numeric() && before.map(|it| it.to_ascii_lowercase()) == ['g', 'h'],
            _ => false,
        };
        if acts {
            out.push(BREAK);
        }
        before = [before[1], c];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::commit;

    #[test]
    fn nothing_in_a_message_makes_github_act() {
        assert_eq!(commit("fixes #12 for @octocat"), "fixes #\u{200b}12 for @\u{200b}octocat");
        assert_eq!(commit("closes https://github.com/a/b/issues/1"), "closes https:\u{200b}//github.com/a/b/issues/1");
        assert_eq!(commit("[skip ci] GH-7"), "[\u{200b}skip ci] GH-\u{200b}7");
    }

    #[test]
    fn trailers_that_are_not_its_to_write_are_quoted() {
        assert_eq!(
            commit("x\nLongshore-Decision: 1\nSigned-off-by: a"),
            "x\n> Longshore-Decision: 1\n> Signed-off-by: a"
        );
    }
}
