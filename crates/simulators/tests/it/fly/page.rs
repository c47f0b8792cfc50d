//! The page about the stand-in says what is so.

use simulators::fly::control::Command;
use std::path::PathBuf;

#[test]
fn every_command_on_the_page_is_one() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/stand-ins.md");
    let page = std::fs::read_to_string(page).unwrap();
    let first_cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let mut seen = 0;
    for words in first_cells.flat_map(|cell| cell.trim_end_matches('`').split("`, `")) {
        serde_json::from_str::<Command>(words).unwrap_or_else(|error| panic!("{words}: {error}"));
        seen += 1;
    }
    assert_eq!(seen, 9);
}
