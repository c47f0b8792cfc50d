//! Each measurement at a tiny size: its outcome holds and its figures are there. No figure is held against a clock.

mod smoke;
