use super::keys::{KEYS, Kind, SECTIONS};
use std::fmt::Write;

const HEAD: &str = "\
# Configuration

<!-- Made from the table of keys in supervisor/src/config/keys.rs; a test compares. -->

`longshore serve` reads `longshore.toml` in the working directory, or the file that `--config` names. Every key can also
be given as an environment variable, which wins. A secret can also be given as a file: `LONGSHORE_…_FILE` names it.
Lists are separated by commas in the environment. Spans of time are written `90s`, `24h`, `1h30m`, `30d`. An unknown key
or variable is an error that names the nearest known one.

`serve` refuses to start unless one of `github.allowed_owners`, `github.allowed_repositories` and
`github.allowed_installations` names something. A list that is absent does not restrict; an empty one admits nobody.
";

/// The page `docs/configuration.md`.
pub fn document() -> String {
    let mut page = HEAD.to_owned();
    for section in SECTIONS {
        let _ = write!(page, "\n## `[{section}]`\n\n| key | default | what it means |\n|---|---|---|\n");
        for key in KEYS.iter().filter(|key| key.section == *section) {
            let words = match key.kind {
                Kind::OneOf(words) => {
                    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                    format!(" One of {}.", words.join(", "))
                }
                Kind::Secret => format!(" Secret; also `{}_FILE`.", key.variable()),
                _ => String::new(),
            };
            let default = key.default.map_or("none".to_owned(), |it| format!("`{}`", shown(key.kind, it)));
            let _ = writeln!(page, "| `{}`<br>`{}` | {default} | {}{words} |", key.name, key.variable(), key.what);
        }
    }
    page
}

fn shown(kind: Kind, default: &str) -> String {
    match kind {
        Kind::Number(..) | Kind::Switch => default.to_owned(),
        Kind::Texts | Kind::Numbers => "[]".to_owned(),
        Kind::Text | Kind::Secret | Kind::Span | Kind::Schedule | Kind::OneOf(_) => format!("\"{default}\""),
    }
}
