//! `docs/rules.md` is written by this test and compared with what is there, so that it cannot go stale.

use super::{about, evaluation, whitespace};
use std::fmt::Write as _;
use std::path::Path;

/// What the page begins with.
const HEAD: &str = "# The fixed checks

The `rules` agent reads the lines that a pull request changes, with fixed checks and without a model. It runs nothing and
looks nothing up, so the same change always gives the same findings. Vendored, generated and minified files and lock files
are left out and named under \"Not checked\".

Turn a rule off with its name:

```toml
[agent]
rules_off = [\"debug-calls\"]
```

";

fn page() -> String {
    let mut page = HEAD.to_owned();
    for rule in about() {
        let _ = write!(
            page,
            "## `{}` {}\n\n{}\n\n*Leaves alone:* {}\n\n",
            rule.name,
            rule.severity.mark(),
            rule.catches,
            rule.leaves
        );
        if !rule.fixes.is_empty() {
            let _ = write!(page, "*Patch:* {}\n\n", rule.fixes);
        }
    }
    let _ = write!(
        page,
        "## `{}`\n\nTrailing whitespace and odd line endings on added lines: never a finding, one note for the whole pull request.\n",
        whitespace::NAME
    );
    page.push('\n');
    page + &evaluation::section()
}

#[test]
fn the_page_says_what_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "docs/rules.md is stale: run `UPDATE_DOCS=1 cargo test -p worker the_page_says`");
}
