use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
};

/// Counters of the HTTP parts since the start. Names and labels are ours, never a caller's, so there are few.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Counts {
    /// Counts one.
    pub fn add(&self, name: &'static str, label: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((name, label)).or_default() += 1;
    }

    /// How often.
    pub fn get(&self, name: &'static str, label: &'static str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(name, label)).copied().unwrap_or_default()
    }

    /// Appends them in the Prometheus text format.
    pub fn write(&self, text: &mut String) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut last = "";
        for ((name, label), count) in counts {
            if name != last {
                let _ = writeln!(text, "# TYPE longshore_{name}_total counter");
                last = name;
            }
            let _ = writeln!(text, "longshore_{name}_total{{outcome=\"{label}\"}} {count}");
        }
    }
}
