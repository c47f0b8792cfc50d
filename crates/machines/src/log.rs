//! What a machine printed, as lines. They are the program's: hostile text.

/// Bytes of a line that is handed out: what fits a terminal and a page.
pub const LINE_BYTES_MAX: usize = 2 * 1024;

/// The last lines of what was printed, oldest first.
pub fn last_lines(bytes: &[u8], lines_max: usize) -> Vec<String> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    let mut lines: Vec<String> = bytes.rsplit(|byte| *byte == b'\n').take(lines_max).map(line).collect();
    lines.reverse();
    lines
}

fn line(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    String::from_utf8_lossy(&bytes[..bytes.len().min(LINE_BYTES_MAX)]).into_owned()
}
