//! Applies a file's patch exactly: at the stated lines and on the stated content.

use super::{Change, FilePatch, Hunk, LineKind, Refusal};

/// The content after the patch; `None` if the file goes. `old` is the content before, `None` if there is no file.
///
/// # Errors
/// The content before is not what the patch was made against.
pub fn apply(file: &FilePatch, old: Option<&[u8]>) -> Result<Option<Vec<u8>>, Refusal> {
    let path = &file.path;
    match (file.change, old) {
        (Change::Add, Some(_)) => return Err(Refusal::new(format!("`{path}` is new in the patch and exists already"))),
        (Change::Modify | Change::Delete, None) => {
            return Err(Refusal::new(format!("`{path}` is changed by the patch and does not exist")));
        }
        _ => {}
    }
    let old = split(old.unwrap_or_default());
    let mut new = Vec::new();
    let mut at = 0;
    for hunk in &file.hunks {
        let start = if hunk.old_lines == 0 { hunk.old_start } else { hunk.old_start.saturating_sub(1) };
        let kept = old.get(at..start).ok_or_else(|| does_not_apply(path, hunk))?;
        kept.iter().for_each(|line| new.extend_from_slice(line));
        at = start;
        for line in &hunk.lines {
            let bytes = bytes(&line.text, line.unterminated);
            if line.kind != LineKind::Add {
                if old.get(at) != Some(&bytes.as_slice()) {
                    return Err(does_not_apply(path, hunk));
                }
                at += 1;
            }
            if line.kind != LineKind::Remove {
                new.extend_from_slice(&bytes);
            }
        }
    }
    old[at..].iter().for_each(|line| new.extend_from_slice(line));
    match file.change {
        Change::Delete if new.is_empty() => Ok(None),
        Change::Delete => Err(Refusal::new(format!("`{path}` is deleted by the patch and has content left"))),
        _ => Ok(Some(new)),
    }
}

fn does_not_apply(path: &str, hunk: &Hunk) -> Refusal {
    Refusal::new(format!("`{path}` is not what the patch was made against, near line {}", hunk.old_start))
}

/// Lines with their line feed.
fn split(content: &[u8]) -> Vec<&[u8]> {
    content.split_inclusive(|byte| *byte == b'\n').collect()
}

fn bytes(text: &str, unterminated: bool) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    if !unterminated {
        bytes.push(b'\n');
    }
    bytes
}
