//! The size of a machine, as Fly has sizes: processors in steps, memory within bounds per processor.

use super::{settings::Processors, wire::Guest};
use crate::Resources;

/// Memory comes in steps of this.
const MEMORY_STEP_MIB: u64 = 256;

struct Kind {
    name: &'static str,
    /// Thousandths of a core that one of them is counted as.
    millis: u32,
    steps: &'static [u32],
    /// Memory per processor, in MiB.
    memory_min: u64,
    memory_max: u64,
}

const SHARED: Kind = Kind { name: "shared", millis: 1000, steps: &[1, 2, 4, 6, 8], memory_min: 256, memory_max: 2048 };
const PERFORMANCE: Kind = Kind {
    name: "performance",
    millis: 1000,
    steps: &[1, 2, 4, 6, 8, 10, 12, 14, 16],
    memory_min: 2048,
    memory_max: 8192,
};

/// The smallest size that holds what is asked for; the largest one, if none does.
pub fn of(resources: &Resources, processors: Processors) -> Guest {
    let kind = match processors {
        Processors::Shared => SHARED,
        Processors::Performance => PERFORMANCE,
    };
    let memory = resources.memory_mib.div_ceil(MEMORY_STEP_MIB) * MEMORY_STEP_MIB;
    let wanted = resources.cpu_millis.div_ceil(kind.millis);
    let fits = |cpus: &u32| *cpus >= wanted && u64::from(*cpus) * kind.memory_max >= memory;
    let cpus = kind.steps.iter().copied().find(fits).or(kind.steps.last().copied()).unwrap_or(1);
    let bounds = u64::from(cpus) * kind.memory_min..=u64::from(cpus) * kind.memory_max;
    Guest { cpu_kind: kind.name.into(), cpus, memory_mb: memory.clamp(*bounds.start(), *bounds.end()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(memory_mib: u64, cpu_millis: u32, processors: Processors) -> (u32, u64) {
        let guest = of(&Resources { memory_mib, cpu_millis, ..Resources::default() }, processors);
        (guest.cpus, guest.memory_mb)
    }

    #[test]
    fn the_smallest_size_that_holds_it() {
        assert_eq!(size(2048, 2000, Processors::Shared), (2, 2048));
        assert_eq!(size(300, 250, Processors::Shared), (1, 512));
        assert_eq!(size(5000, 1000, Processors::Shared), (4, 5120), "more processors for the memory");
        assert_eq!(size(2048, 2000, Processors::Performance), (2, 4096), "at least so much each");
        assert_eq!(size(1 << 40, 1_000_000, Processors::Shared), (8, 16384), "the largest there is");
    }
}
