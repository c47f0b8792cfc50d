//! Rows of each version, see [`crate::golden`].

use super::walk;
use crate::{golden, reminder::Reminder};

/// Everything that a state is made of.
const SOURCES: [&str; 6] = [
    include_str!("../event.rs"),
    include_str!("../id.rs"),
    include_str!("../state.rs"),
    include_str!("../../ids.rs"),
    include_str!("../../people.rs"),
    include_str!("../../policy.rs"),
];

#[test]
fn golden_rows_of_every_version_are_read_and_the_present_shape_is_that_of_its_version() {
    golden::check::<Reminder>(&SOURCES, walk::seen);
}
