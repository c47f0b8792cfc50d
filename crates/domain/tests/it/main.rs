//! What needs more than one test's worth of scaffolding.

mod model;
