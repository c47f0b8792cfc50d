//! In which order the actions of one workflow run (E6).

/// How an action takes its turn among the others of its workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// One at a time, in commit order.
    #[default]
    InOrder,
    /// The same among those of this name. All others neither wait for it nor keep it waiting.
    Lane(&'static str),
    /// It waits for none.
    Independent,
}

/// Says, of actions in commit order, whose turn it is.
#[derive(Debug, Default)]
pub struct Turns {
    in_order: bool,
    lanes: Vec<&'static str>,
}

impl Turns {
    /// Whether it is the next one's turn, those before it being still under way.
    pub fn is_next(&mut self, turn: Turn) -> bool {
        match turn {
            Turn::InOrder => !std::mem::replace(&mut self.in_order, true),
            Turn::Lane(name) if self.lanes.contains(&name) => false,
            Turn::Lane(name) => {
                self.lanes.push(name);
                true
            }
            Turn::Independent => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e6_each_lane_has_one_turn_and_independent_ones_are_always_next() {
        let [order, hand, foot] = [Turn::InOrder, Turn::Lane("hand"), Turn::Lane("foot")];
        let all = [order, hand, Turn::Independent, hand, order, foot, Turn::Independent, foot];
        let mut turns = Turns::default();
        let next = all.map(|turn| turns.is_next(turn));
        assert_eq!(next, [true, true, true, false, false, true, true, false]);
    }
}
