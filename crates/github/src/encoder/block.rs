//! Paragraphs and fenced code. Every line of prose begins with a break: no list, heading or quote begins there, and no
//! bot finds its command (`/approve`, `bors r+`) at the start of a line, without a list of bots to keep up with.

use super::{BREAK, fence, inline};

/// `text` as paragraphs.
pub fn block(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some((mark, language)) = opening(line) {
            let code: Vec<_> = lines.by_ref().take_while(|line| !closes(line, mark)).collect();
            out.push(fence(language, &code.join("\n")));
            continue;
        }
        let encoded = inline(line);
        match (encoded.is_empty(), out.last().map(String::is_empty)) {
            (true, Some(true) | None) => {}
            (true, _) => out.push(String::new()),
            (false, _) if encoded.starts_with(BREAK) => out.push(encoded),
            (false, _) => out.push(format!("{BREAK}{encoded}")),
        }
    }
    out.join("\n").trim_end().to_owned()
}

/// The fence that a line opens, and its language.
fn opening(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.bytes().take_while(|byte| char::from(*byte) == mark).count();
    let (fence, language) = line.split_at(length);
    (length >= 3 && !language.contains('`')).then_some((fence, language.trim()))
}

fn closes(line: &str, fence: &str) -> bool {
    let line = line.trim();
    line.starts_with(fence) && line.chars().all(|c| fence.starts_with(c))
}
