//! Where this process may make groups, tried out once.

use super::Given;
use crate::Resources;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Controllers worth joining on version 1, where each may have a tree of its own.
const CONTROLLERS: [&str; 3] = ["pids", "memory", "cpu"];

/// The folders in which groups can be made, and the caps they give.
#[derive(Debug, Clone, Default)]
pub struct Host {
    parents: Vec<PathBuf>,
    given: Given,
}

impl Host {
    /// Tries: makes a group, writes caps, removes it. `name` must be unused.
    pub fn probe(name: &str) -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let candidates = own_groups(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"));
        let mut host = Self::default();
        for parent in candidates {
            // Version 2 gives a child only what its parent passes on; refused where this is not ours to decide.
            for controller in CONTROLLERS {
                let _ = fs::write(parent.join("cgroup.subtree_control"), format!("+{controller}"));
            }
            let group = parent.join(name);
            if fs::create_dir(&group).is_err() {
                continue;
            }
            host.given = host.given.or(super::limit(&group, Resources::default()));
            super::remove(&[group]);
            host.parents.push(parent);
        }
        host
    }

    /// The caps that groups give here.
    pub const fn given(&self) -> Given {
        self.given
    }

    /// Where the groups of that name lie, made or not; so that they can be written down before they are made.
    pub fn groups(&self, name: &str) -> Vec<PathBuf> {
        self.parents.iter().map(|parent| parent.join(name)).collect()
    }

    /// Makes the groups and writes the caps.
    pub fn make(groups: &[PathBuf], resources: Resources) -> Given {
        let made = groups.iter().filter(|group| fs::create_dir(group).is_ok() || group.is_dir());
        made.map(|group| super::limit(group, resources)).fold(Given::default(), Given::or)
    }
}

impl Given {
    fn or(self, other: Self) -> Self {
        Self { memory: self.memory || other.memory, cpu: self.cpu || other.cpu, pids: self.pids || other.pids }
    }
}

/// The folders of the groups this process is in, from `/proc/self/mountinfo` and `/proc/self/cgroup`.
fn own_groups(mounts: &str, memberships: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for mount in mounts.lines().filter_map(parse_mount) {
        let own = memberships.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            let same = if mount.version_2 { controllers.is_empty() } else { mount.has_any(controllers) };
            same.then_some(path)
        });
        // The mount may show a part of the tree only: the path is then relative to that part.
        let below = own.and_then(|path| Path::new(path).strip_prefix(mount.root).ok());
        if let Some(below) = below {
            found.push(Path::new(mount.point).join(below));
        }
    }
    found.dedup();
    found
}

struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    options: &'a str,
    version_2: bool,
}

impl Mount<'_> {
    fn has_any(&self, controllers: &str) -> bool {
        let mounted: Vec<&str> = self.options.split(',').collect();
        controllers.split(',').any(|name| CONTROLLERS.contains(&name) && mounted.contains(&name))
    }
}

fn parse_mount(line: &str) -> Option<Mount<'_>> {
    let (front, back) = line.split_once(" - ")?;
    let mut front = front.split(' ').skip(3);
    let (root, point) = (front.next()?, front.next()?);
    let mut back = back.split(' ');
    let version_2 = match back.next()? {
        "cgroup2" => true,
        "cgroup" => false,
        _ => return None,
    };
    Some(Mount { root, point, options: back.nth(1)?, version_2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_system_gives_the_named_controllers_and_the_second_version() {
        let mounts = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                      33 31 0:30 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n\
                      35 31 0:32 /docker/1 /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
                      41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n\
                      42 31 0:39 / /proc rw - proc proc rw";
        let memberships = "5:devices:/\n4:memory:/docker/1/own\n1:cpu:/\n0::/a.slice";
        let expected = ["/sys/fs/cgroup/cpu/", "/sys/fs/cgroup/memory/own", "/sys/fs/cgroup/unified/a.slice"];
        assert_eq!(own_groups(mounts, memberships), expected.map(PathBuf::from));
    }

    #[test]
    fn a_group_that_this_mount_does_not_show_is_left_out() {
        let mounts = "35 31 0:32 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";
        assert_eq!(own_groups(mounts, "4:memory:/elsewhere"), Vec::<PathBuf>::new());
    }
}
