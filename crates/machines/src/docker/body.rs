//! What keeps a machine in: the whole of it is here, so that a review sees what is missing.

use super::{
    Inner, SESSION_MOUNT, SOCKET_DIR,
    labels::{self, MACHINE as MACHINE_LABEL, VOLUME},
};
use crate::{
    Error, MachineSpec, Resources,
    process::{MACHINE, SESSION_DIR},
};
use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions, ResourcesUlimits,
};
use std::collections::HashMap;

/// Bytes in `/tmp`, which is memory and counts as such.
const TMP: &str = "rw,noexec,nosuid,nodev,size=256m,mode=1777";
/// A machine's log: two files of which the older is dropped, as the process driver keeps it.
const LOG: [(&str, &str); 2] = [("max-size", "512k"), ("max-file", "2")];

/// The kernel's own period, in which a machine has its share of processor time.
const CPU_PERIOD_MICROS: i64 = 100_000;
const MIB: u64 = 1024 * 1024;

impl Inner {
    /// The container of a machine.
    pub fn body(&self, spec: &MachineSpec, user: &str) -> Result<ContainerCreateBody, Error> {
        let mut marks = labels::of(&spec.labels, self.environment.now().as_millis());
        marks.insert(MACHINE_LABEL.to_owned(), spec.name.clone());
        marks.insert(VOLUME.to_owned(), spec.volume_id.clone());
        let mut mounts = vec![session(&spec.volume_id)];
        if let Some(sockets) = &spec.sockets {
            mounts.push(self.shared(sockets)?);
        }
        Ok(ContainerCreateBody {
            image: Some(self.settings.image.clone()),
            user: Some(user.to_owned()),
            env: Some(environment(spec)),
            labels: Some(marks),
            tty: Some(false),
            network_disabled: Some(true),
            host_config: Some(HostConfig { mounts: Some(mounts), ..confinement(&spec.resources) }),
            ..Default::default()
        })
    }
}

fn confinement(resources: &Resources) -> HostConfig {
    let memory = bytes(resources.memory_mib);
    HostConfig {
        network_mode: Some("none".into()),
        readonly_rootfs: Some(true),
        tmpfs: Some(HashMap::from([("/tmp".into(), TMP.into())])),
        cap_drop: Some(vec!["ALL".into()]),
        security_opt: Some(vec!["no-new-privileges".into()]),
        privileged: Some(false),
        memory: Some(memory),
        // As much as memory: no swap.
        memory_swap: Some(memory),
        // Not `nano_cpus`, which the daemon refuses where the host has fewer processors than that.
        cpu_period: Some(CPU_PERIOD_MICROS),
        cpu_quota: Some(i64::from(resources.cpu_millis) * CPU_PERIOD_MICROS / 1000),
        pids_limit: Some(resources.pids.into()),
        ulimits: Some(vec![file_size(resources.file_mib), no_core()]),
        // Something that buries what it did not start, and passes on the request to end.
        init: Some(true),
        ipc_mode: Some("private".into()),
        // Removed by us: what removes itself takes its log and its exit code along.
        auto_remove: Some(false),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".into()),
            config: Some(LOG.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
        }),
        ..Default::default()
    }
}

/// Built from empty; Docker adds the image's own, `HOSTNAME` and `HOME`.
fn environment(spec: &MachineSpec) -> Vec<String> {
    let mut all = spec.environment.clone();
    all.insert(MACHINE.into(), spec.name.clone());
    all.insert(SESSION_DIR.into(), SESSION_MOUNT.into());
    all.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// With the image's `/session` copied into an empty one, which gives it its owner.
fn session(volume: &str) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(volume.to_owned()),
        target: Some(SESSION_MOUNT.into()),
        volume_options: Some(MountVolumeOptions { no_copy: Some(false), ..Default::default() }),
        ..Default::default()
    }
}

/// A folder of the host, which a machine may look into and connect through, but not write.
pub fn bind(source: String) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(source),
        target: Some(SOCKET_DIR.into()),
        read_only: Some(true),
        ..Default::default()
    }
}

fn file_size(mib: u64) -> ResourcesUlimits {
    limit("fsize", bytes(mib))
}

/// A core file would be the agent's memory on the volume.
fn no_core() -> ResourcesUlimits {
    limit("core", 0)
}

fn limit(name: &str, value: i64) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.into()), soft: Some(value), hard: Some(value) }
}

fn bytes(mib: u64) -> i64 {
    i64::try_from(mib.saturating_mul(MIB)).unwrap_or(i64::MAX)
}
