//! Paths as git quotes them, and the ones that lead out of a checkout or into git's own files.

use super::Refusal;
use crate::encoder::visible;

/// Bytes of a path: the limit of most file systems.
const PATH_BYTES_MAX: usize = 4096;

/// Reads a name as git writes it: as it is, or in quotes with C escapes.
pub(super) fn unquote(name: &str) -> Result<String, Refusal> {
    let Some(quoted) = name.strip_prefix('"').and_then(|it| it.strip_suffix('"')) else { return Ok(name.to_owned()) };
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let escaped = rest.next().ok_or_else(not_quoted)?;
        bytes.push(match escaped {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            b'"' | b'\\' => escaped,
            b'0'..=b'3' => {
                let digits = [escaped, rest.next().ok_or_else(not_quoted)?, rest.next().ok_or_else(not_quoted)?];
                let text = std::str::from_utf8(&digits).map_err(|_| not_quoted())?;
                u8::from_str_radix(text, 8).map_err(|_| not_quoted())?
            }
            _ => return Err(not_quoted()),
        });
    }
    String::from_utf8(bytes).map_err(|_| Refusal::new("a path of the patch is not UTF-8"))
}

fn not_quoted() -> Refusal {
    Refusal::new("a path of the patch is not quoted as git does it")
}

/// Refuses a path that no checkout should have.
pub(super) fn check(path: &str) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::new(format!("`{}` {why}", visible(path))));
    if path.is_empty() || path.len() > PATH_BYTES_MAX {
        return Err(Refusal::new(format!("a path must have 1 to {PATH_BYTES_MAX} bytes")));
    }
    if visible(path) != path || path.contains(['\n', '\t', '`']) {
        return refuse("has characters in it that a reader cannot see or that change how it reads");
    }
    if path.contains('\\') {
        return refuse("has a backslash in it, which is a separator on some systems");
    }
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || drive {
        return refuse("is an absolute path");
    }
    path.split('/').try_for_each(|component| check_component(path, component))
}

fn check_component(path: &str, component: &str) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::new(format!("`{path}` {why}")));
    // Windows drops dots and spaces at the end of a name.
    let folded = component.to_lowercase();
    let bare = folded.trim_end_matches(['.', ' ']);
    match bare {
        _ if component == ".." => refuse("leads out of the repository"),
        "" => refuse("has an empty or dotted part"),
        ".github" => Ok(()),
        // `git~1` is what Windows calls `.git` in its short names.
        _ if bare.starts_with(".git") || bare.starts_with("git~") => refuse("belongs to git itself"),
        _ => Ok(()),
    }
}

/// Why a path is held back unless the repository allows it.
pub(super) fn protected(path: &str) -> Option<&'static str> {
    let lower = path.to_lowercase();
    let mut components = lower.split('/').map(|it| it.trim_end_matches(['.', ' '])).peekable();
    let first_is_github = components.peek() == Some(&".github");
    let name = lower.rsplit('/').next().unwrap_or_default();
    if first_is_github {
        return Some("can change what runs with the repository's rights (`.github/`)");
    }
    if name.trim_end_matches(['.', ' ']) == "codeowners" {
        return Some("decides who must review what");
    }
    components.any(is_agent_configuration).then_some("configures agents, which would then obey it")
}

/// Files and folders that steer an agent, at any depth.
fn is_agent_configuration(component: &str) -> bool {
    const NAMES: [&str; 16] = [
        ".claude",
        "claude.md",
        "claude.local.md",
        "agents.md",
        "agent.md",
        "gemini.md",
        ".gemini",
        ".codex",
        ".mcp.json",
        "opencode.json",
        "opencode.jsonc",
        ".opencode",
        ".cursor",
        ".cursorrules",
        ".windsurfrules",
        ".clinerules",
    ];
    NAMES.contains(&component) || component.starts_with(".longshore") || component.starts_with(".aider")
}
