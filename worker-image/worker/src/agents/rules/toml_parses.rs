//! TOML that a change broke; a key twice does not parse either.

use super::formats::{self, Format};
use super::found::Found;
use super::paths;
use super::rule::{Change, File, Rule};
use super::text::Text;
use protocol::Severity;

pub(super) const RULE: Rule = Rule {
    name: "toml-parses",
    severity: Severity::Medium,
    catches: "A `.toml` file that no longer parses, a doubled key or table included.",
    leaves: "Files that were broken before, at a line this change does not touch; templates; fixtures.",
    fixes: "",
    check,
    #[cfg(test)]
    examples,
};

fn check(change: &Change<'_>, found: &mut Found<'_>) {
    let toml = |file: &File<'_>| formats::format(file.path) == Some(Format::Toml) && !paths::is_fixture(file.path);
    for (file, text) in change.written().filter(|(file, _)| toml(file)) {
        document(file, text, found);
    }
}

fn document(file: &File<'_>, text: &Text<'_>, found: &mut Found<'_>) {
    let Err(error) = text.whole.parse::<toml::Table>() else { return };
    if formats::is_template(file.path, text.whole) {
        return found.not_checked("TOML template", file.path);
    }
    let (line, column) = text.position(error.span().map_or(0, |span| span.start).min(text.whole.len()));
    let line = line.min(text.line_count().max(1));
    let was_broken = file.old.as_ref().is_some_and(|old| old.whole.parse::<toml::Table>().is_err());
    if was_broken && !text.is_near_touched(line) {
        return;
    }
    let words = error.message().lines().next().unwrap_or("it does not parse").to_owned();
    if let Some(draft) = found.at(file, line, Severity::Medium, format!("Not valid TOML: {words}")) {
        draft.detail = format!("A parser stops at line {line} column {column}.");
    }
}

#[cfg(test)]
fn examples() -> Vec<super::examples::Example> {
    use super::examples::Example;
    vec![
        Example::of("a string without quotes").edit("a.toml", "a = 1\n", "a = 1\nb = yes please\n").finds(
            "a.toml",
            2,
            "Not valid TOML",
        ),
        Example::of("a key twice")
            .edit("Cargo.toml", "[dependencies]\na = \"1\"\n", "[dependencies]\na = \"1\"\na = \"2\"\n")
            .finds("Cargo.toml", 3, "duplicate key"),
        Example::of("an open bracket").edit("a.toml", "a = 1\n", "[a\nb = 1\n").finds("a.toml", 1, "Not valid TOML"),
        Example::of("valid").add("a.toml", "[a.b]\nc = [1, 2,]\n[[d]]\ne = 1979-05-27\n[[d]]\ne = '''x'''\n"),
        Example::of("a template").add("a.toml", "name = {{ name }}\n"),
        Example::of("broken before, elsewhere").edit(
            "a.toml",
            "a = 1\nb = 2\nc = 3\nd = x y\n",
            "a = 2\nb = 2\nc = 3\nd = x y\n",
        ),
    ]
}
