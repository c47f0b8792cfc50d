//! Who should own what: a pure function of what every node reads alike.

use super::Beat;

/// What a node does about its share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    /// To be claimed.
    pub claim: Vec<u16>,
    /// To be handed over.
    pub release: Vec<u16>,
}

/// A fair share is the same for all, the first nodes by name take one more. A node above its share gives the rest back, one
/// below it claims what is free. Nothing is taken from a node that is alive.
pub(super) fn plan(me: &str, beat: &Beat, owned: &[u16]) -> Plan {
    let Some(rank) = beat.nodes.iter().position(|node| node == me) else { return Plan::default() };
    let (all, nodes) = (beat.partitions.len(), beat.nodes.len());
    let share = all / nodes + usize::from(rank < all % nodes);
    if owned.len() > share {
        return Plan { release: owned[share..].to_vec(), ..Plan::default() };
    }
    let free: Vec<_> = beat.partitions.iter().filter(|row| row.free).map(|row| row.fence.partition).collect();
    // Each node begins elsewhere, so that they do not all try the same one.
    let start = if free.is_empty() { 0 } else { rank * free.len() / nodes };
    let claim = free.iter().cycle().skip(start).take(free.len()).copied();
    Plan {
        claim: claim.filter(|partition| !owned.contains(partition)).take(share - owned.len()).collect(),
        ..Plan::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fence, PartitionRow};
    use super::*;
    use proptest::prelude::*;

    fn beat(nodes: &[&str], owners: &[Option<&str>]) -> Beat {
        let row = |(index, owner): (usize, &Option<&str>)| PartitionRow {
            fence: Fence { partition: u16::try_from(index).unwrap(), epoch: 1 },
            owner: owner.map(str::to_owned),
            free: owner.is_none(),
        };
        Beat {
            nodes: nodes.iter().map(|&node| node.to_owned()).collect(),
            partitions: owners.iter().enumerate().map(row).collect(),
            inbox: 0,
        }
    }

    #[test]
    fn one_node_takes_everything() {
        assert_eq!(plan("a", &beat(&["a"], &[None, None, None]), &[]).claim, [0, 1, 2]);
    }

    #[test]
    fn one_that_joins_waits_for_what_the_others_give_back() {
        let beat = beat(&["a", "b"], &[Some("a"), Some("a"), Some("a")]);
        assert_eq!(plan("b", &beat, &[]), Plan::default());
        assert_eq!(plan("a", &beat, &[0, 1, 2]).release, [2]);
    }

    #[test]
    fn one_that_is_no_member_does_nothing() {
        assert_eq!(plan("c", &beat(&["a"], &[None]), &[]), Plan::default());
    }

    proptest! {
        #[test]
        fn whatever_the_start_shares_become_fair_and_stay_so(
            partitions in 1_usize..20,
            nodes in 1_usize..6,
            owners in proptest::collection::vec(proptest::option::of(0_usize..6), 20),
        ) {
            let names: Vec<String> = (0..nodes).map(|node| format!("n{node}")).collect();
            let mut owner: Vec<Option<usize>> = owners[..partitions].iter().map(|o| o.filter(|o| *o < nodes)).collect();
            for round in 0..4 {
                let before = owner.clone();
                for node in 0..nodes {
                    let texts: Vec<_> = owner.iter().map(|o| o.map(|o| names[o].as_str())).collect();
                    let name: Vec<_> = names.iter().map(String::as_str).collect();
                    let owned: Vec<u16> = (0..partitions).filter(|p| owner[*p] == Some(node)).map(|p| p as u16).collect();
                    let plan = plan(&names[node], &beat(&name, &texts), &owned);
                    for partition in plan.release {
                        prop_assert_eq!(owner[usize::from(partition)].take(), Some(node));
                    }
                    for partition in plan.claim {
                        prop_assert!(owner[usize::from(partition)].is_none());
                        owner[usize::from(partition)] = Some(node);
                    }
                }
                prop_assert!(round < 2 || owner == before, "it does not come to rest");
            }
            let counts: Vec<_> = (0..nodes).map(|n| owner.iter().filter(|o| **o == Some(n)).count()).collect();
            prop_assert_eq!(counts.iter().sum::<usize>(), partitions);
            prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1);
        }
    }
}
