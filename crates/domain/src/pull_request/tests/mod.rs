mod access;
mod bugs_of_others;
mod checks;
mod commands;
mod decisions;
mod golden;
mod questions;
mod reviews;
mod story;
mod walk;
mod watchdogs;

/// The page in `docs/` shows the machine as it is; `UPDATE_DOCS=1 cargo test -p domain` writes it anew.
#[test]
fn the_diagram_in_the_docs_is_the_one_drawn_from_the_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pull-request-machine.md");
    let page = format!(
        "# The pull request's state machine\n\nDrawn from the transition function itself: each arrow is a change of status \
         that it makes, with the events that cause it. A test compares this page with the code.\n\n```mermaid\n{}```\n\n\
         Timers: {}.\n",
        super::diagram::mermaid(),
        super::diagram::timers()
    );
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/pull-request-machine.md is stale: run `UPDATE_DOCS=1 cargo test -p domain`");
}
