//! The engine's rules, each with tests that fail without it. One binary.

mod conformance;
