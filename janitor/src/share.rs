//! How much of everything one pass may take away before a person is asked.
//!
//! Why beside the bounded number: twenty volumes of a thousand are a bad night, twenty of thirty are a rule gone wrong, or a
//! database that belongs to another deployment. What is provably nobody's still has to look likely.

/// So many may always go: of three things, one is a third.
pub const SHARE_FLOOR: usize = 5;

/// Whether deleting `going` of `all` is more than `share_max` per cent allow.
pub(crate) fn too_many(going: usize, all: usize, share_max: u8) -> bool {
    going > SHARE_FLOOR && going.saturating_mul(100) > all.saturating_mul(usize::from(share_max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_may_always_go_and_more_only_within_the_share() {
        for (going, all, share_max, expected) in [
            (0, 0, 20, false),
            (5, 5, 20, false),
            (6, 6, 20, true),
            (6, 30, 20, false),
            (6, 29, 20, true),
            (20, 100, 20, false),
            (21, 100, 20, true),
            (6, 6, 100, false),
            (6, 1000, 0, true),
            (5, 1000, 0, false),
        ] {
            assert_eq!(too_many(going, all, share_max), expected, "{going} of {all}, {share_max} %");
        }
    }
}
