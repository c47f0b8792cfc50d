//! What the system lets this driver cap, in words for people.

use super::cgroup::Given;
use serde::Serialize;

/// The caps that machines of this driver really get; what is missing here is promised nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Caps {
    /// Memory is capped for the machine as a whole; otherwise for the data of each of its processes.
    pub memory_whole: bool,
    /// CPU time is capped.
    pub cpu: bool,
    /// The number of processes is capped.
    pub pids: bool,
}

impl From<Given> for Caps {
    fn from(Given { memory, cpu, pids }: Given) -> Self {
        Self { memory_whole: memory, cpu, pids }
    }
}

impl std::fmt::Display for Caps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let capped = |yes| if yes { "capped" } else { "not capped" };
        let memory = if self.memory_whole { "capped" } else { "capped per process only" };
        write!(f, "memory {memory}, CPU {}, processes {}, file size capped", capped(self.cpu), capped(self.pids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_that_is_not_given_is_named() {
        let none = Caps::from(Given::default());
        assert_eq!(
            none.to_string(),
            "memory capped per process only, CPU not capped, processes not capped, file size capped"
        );
        let all = Caps { memory_whole: true, cpu: true, pids: true };
        assert_eq!(all.to_string(), "memory capped, CPU capped, processes capped, file size capped");
    }
}
