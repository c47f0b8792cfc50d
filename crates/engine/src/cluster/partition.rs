//! Which partition a workflow belongs to. For ever: rows keep the partition that they were written in, so this function
//! must not change, and its values are tested.

/// FNV-1a with 64 bits: the name decides, on every node and in every version alike.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// The partition of the workflow with this kind and key, from 0.
pub fn partition_of(kind: &str, key: &str, partitions: u16) -> u16 {
    let bytes = kind.bytes().chain([0]).chain(key.bytes());
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    // The high bits, since keys that differ in their last digit differ little in the low ones.
    let place = (hash ^ (hash >> 32)) % u64::from(partitions.max(1));
    u16::try_from(place).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_is_in_the_same_partition_for_ever() {
        let places: Vec<_> = ["1:7", "1:8", "2:7", ""].iter().map(|key| partition_of("order", key, 16)).collect();
        assert_eq!(places, GOLDEN);
        assert_eq!(partition_of("order", "x", 1), 0);
    }

    const GOLDEN: [u16; 4] = [12, 13, 13, 7];

    #[test]
    fn names_spread_over_all_partitions() {
        let mut counts = [0; 16];
        for number in 0..16_000 {
            counts[usize::from(partition_of("order", &format!("901:{number}"), 16))] += 1;
        }
        assert!(counts.iter().all(|count| (700..1_300).contains(count)), "{counts:?}");
    }
}
