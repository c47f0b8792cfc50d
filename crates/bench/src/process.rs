//! What a process used, out of `/proc`.

use std::{fs, io, path::Path};

/// Clock ticks per second in `/proc/PID/stat`; 100 on every Linux that runs this.
const TICKS_PER_S: f64 = 100.0;

/// Processor time of a process and the children that it waited for, in seconds, counted in steps of 10 ms.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub fn cpu_s(process: u32) -> io::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    cpu_of(&text).ok_or_else(|| io::Error::other(format!("/proc/{process}/stat is not what it should be")))
}

fn cpu_of(stat: &str) -> Option<f64> {
    // The name in parentheses may hold anything, so the fields are counted from its end: utime is the twelfth after it.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let ticks: Option<Vec<f64>> = fields.get(11..15)?.iter().map(|field| field.parse().ok()).collect();
    Some(ticks?.iter().sum::<f64>() / TICKS_PER_S)
}

/// The same of a process and everything under it: a PostgreSQL server's first process and its backends.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub fn tree_cpu_s(root: u32) -> io::Result<f64> {
    let mut all = vec![(root, 0)];
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // One that ended meanwhile is counted by its parent, which waited for it.
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
        all.extend(parent_of(&stat).map(|parent| (process, parent)));
    }
    let (mut sum, mut open) = (cpu_s(root)?, vec![root]);
    while let Some(parent) = open.pop() {
        for (child, _) in all.iter().filter(|(child, of)| *of == parent && *child != root) {
            sum += cpu_s(*child).unwrap_or(0.0);
            open.push(*child);
        }
    }
    Ok(sum)
}

fn parent_of(stat: &str) -> Option<u32> {
    stat[stat.rfind(')')? + 1..].split_whitespace().nth(1)?.parse().ok()
}

/// Memory of a process that is in memory now, and the most that ever was, in MiB.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub fn memory_mib(process: u32) -> io::Result<(f64, f64)> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? / 1_024.0)
    };
    let both = field("VmRSS:").zip(field("VmHWM:"));
    both.ok_or_else(|| io::Error::other(format!("/proc/{process}/status is not what it should be")))
}

/// Load of the machine over the last minute: what else ran while something was measured.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

/// Bytes of a database's files.
pub fn database_bytes(path: &Path) -> u64 {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    [path, Path::new(&wal)].iter().filter_map(|file| fs::metadata(file).ok()).map(|file| file.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_behind_a_name_that_looks_like_fields() {
        let stat = "7 (a) 1 2 (b) S 1 7 7 0 -1 4194560 10 20 30 40 150 50 25 25 20 0 1 0 99";
        assert_eq!(cpu_of(stat), Some(2.5));
        assert_eq!(cpu_of("7 (a) S 1"), None);
    }

    #[test]
    fn this_process_has_time_and_memory() {
        let me = std::process::id();
        assert!(cpu_s(me).unwrap() >= 0.0);
        let (now, most) = memory_mib(me).unwrap();
        assert!(now > 0.5 && most >= now, "{now} {most}");
    }
}
