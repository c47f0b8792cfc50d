//! Rows of each version, see [`crate::golden`].

use super::walk;
use crate::{
    golden::{self, Row},
    pull_request::{PullRequest, diagram},
};

/// Everything that a state is made of.
const SOURCES: [&str; 11] = [
    include_str!("../check.rs"),
    include_str!("../event.rs"),
    include_str!("../outside.rs"),
    include_str!("../reading.rs"),
    include_str!("../request.rs"),
    include_str!("../result.rs"),
    include_str!("../state.rs"),
    include_str!("../../gates.rs"),
    include_str!("../../ids.rs"),
    include_str!("../../people.rs"),
    include_str!("../../policy.rs"),
];

#[test]
fn golden_rows_of_every_version_are_read_and_the_present_shape_is_that_of_its_version() {
    golden::check::<PullRequest>(&SOURCES, || {
        let mut rows = walk::seen();
        for leg in diagram::legs() {
            rows.extend([Row::event(&leg.event), Row::state(&leg.to)]);
        }
        rows
    });
}
