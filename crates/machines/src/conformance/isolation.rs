//! What keeps a machine from the supervisor and from others, seen from inside. For drivers that isolate.

use super::bench::{Bench, assert_permanent};
use crate::{MachineSpec, MachineState, Resources};

async fn seen(bench: &Bench, script: &str) -> Vec<String> {
    let volume = bench.volume("a").await;
    bench.output(1, &volume, script).await
}

async fn seen_with(bench: &Bench, resources: Resources, script: &str) -> Vec<String> {
    let volume = bench.volume("a").await;
    let spec = MachineSpec { resources, ..bench.machine_spec(1, &volume, script) };
    let machine = bench.machines.start_machine(&spec).await.unwrap();
    bench.ended(&machine).await
}

/// Nothing that the kernel would ask a capability for.
pub async fn no_capability_is_left(bench: &Bench) {
    let sets = seen(bench, "grep '^Cap' /proc/self/status").await;
    assert_eq!(sets.len(), 5, "{sets:?}");
    assert!(sets.iter().all(|set| set.ends_with("\t0000000000000000")), "{sets:?}");
}

/// A setuid program in the image is of no use, and system calls are filtered.
pub async fn no_privilege_can_be_gained(bench: &Bench) {
    let printed = seen(bench, "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status").await;
    assert_eq!(printed, ["NoNewPrivs:\t1", "Seccomp:\t2"]);
}

/// Root in a container is root outside, once something else fails.
pub async fn the_user_is_not_root(bench: &Bench) {
    let printed = seen(bench, "id -u; id -g; id -G").await;
    assert_eq!(printed.len(), 3, "{printed:?}");
    for ids in printed {
        assert!(ids.split(' ').all(|id| id.parse::<u32>().is_ok_and(|id| id != 0)), "{ids}");
    }
}

/// What can be written: the volume, and a place for temporary files that ends with the machine.
pub async fn only_the_volume_and_a_temporary_folder_can_be_written(bench: &Bench) {
    let script = "for dir in / /etc /bin /usr /var /home /root /session /tmp /run /run/longshore; do
        test -d $dir || continue
        if (: > $dir/written) 2>/dev/null; then echo \"$dir yes\"; fi
    done
    grep ' / ' /proc/mounts | head -n 1 | cut -d' ' -f4 | cut -d, -f1
    grep ' /tmp ' /proc/mounts | cut -d' ' -f1,4 | tr ',' '\\n' | grep -E '^tmpfs|nosuid|nodev'";
    assert_eq!(seen(bench, script).await, ["/session yes", "/tmp yes", "ro", "tmpfs rw", "nosuid", "nodev"]);
}

/// Nobody to talk to but itself.
pub async fn there_is_no_network(bench: &Bench) {
    // What listens here, also on every address, is not there.
    let outside = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = outside.local_addr().unwrap().port();
    let script = format!(
        "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '
        tail -n +2 /proc/net/route | wc -l | tr -d ' '
        if nc -w 2 127.0.0.1 {port} < /dev/null 2>/dev/null; then echo reached; else echo out of reach; fi"
    );
    assert_eq!(seen(bench, &script).await, ["lo", "0", "out of reach"]);
    outside.set_nonblocking(true).unwrap();
    assert!(outside.accept().is_err(), "a machine reached the host");
}

/// Nobody to look at but itself.
pub async fn other_processes_are_not_seen(bench: &Bench) {
    let script = "for comm in /proc/[0-9]*/comm; do cat $comm; done 2>/dev/null | sort -u | tr '\\n' ' '; echo";
    let printed = seen(bench, script).await;
    // Docker's init goes by either name. The rest is the script's, as far as the listing was quick enough to see it.
    let known = ["docker-init", "tini", "sh", "cat", "sort", "tr"];
    let names: Vec<&str> = printed.iter().flat_map(|line| line.split_whitespace()).collect();
    assert!(names.contains(&"sh") && names.iter().all(|name| known.contains(name)), "{names:?}");
}

/// Memory of the whole machine, and nothing is moved to a disk instead.
pub async fn a_machine_that_takes_too_much_memory_is_ended(bench: &Bench) {
    let resources = Resources { memory_mib: 32, ..Resources::default() };
    // `tail` keeps what it may have to print: all of it, for there is no line feed.
    let script = "head -c 200000000 /dev/zero | tail -n 1 | wc -c | tr -d ' '; echo went on";
    let printed = seen_with(bench, resources, script).await;
    assert!(!printed.contains(&"200000000".to_owned()), "{printed:?}");
    // The same with room for it, so that it is not for another reason.
    let roomy = Resources { memory_mib: 600, ..Resources::default() };
    let volume = bench.volume("b").await;
    let spec = MachineSpec { resources: roomy, ..bench.machine_spec(2, &volume, script) };
    let machine = bench.machines.start_machine(&spec).await.unwrap();
    assert_eq!(bench.ended(&machine).await, ["200000000", "went on"]);
}

/// A fork bomb is a small fire in a small room.
pub async fn processes_are_bounded(bench: &Bench) {
    let resources = Resources { pids: 20, ..Resources::default() };
    let script = "n=0; while [ $n -lt 60 ]; do sleep 60 & n=$((n + 1)); done 2>/dev/null; echo all of them";
    let printed = seen_with(bench, resources, script).await;
    assert!(!printed.contains(&"all of them".to_owned()), "{printed:?}");
    let volume = bench.volume("b").await;
    let machine = bench.start(2, &volume, script).await;
    bench.printed(&machine, "all of them").await;
}

/// A share of the processors, as the kernel was told.
pub async fn the_processor_is_shared(bench: &Bench) {
    let resources = Resources { cpu_millis: 250, ..Resources::default() };
    let script = "if test -f /sys/fs/cgroup/cpu.max; then cat /sys/fs/cgroup/cpu.max
        else echo $(cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us) $(cat /sys/fs/cgroup/cpu/cpu.cfs_period_us); fi";
    assert_eq!(seen_with(bench, resources, script).await, ["25000 100000"]);
}

/// A file has its bound here too.
pub async fn a_file_does_not_grow_beyond_its_cap(bench: &Bench) {
    let resources = Resources { file_mib: 1, ..Resources::default() };
    let script = "(head -c 3000000 /dev/zero > big) 2>/dev/null; wc -c < big | tr -d ' '";
    assert_eq!(seen_with(bench, resources, script).await.last().unwrap(), "1048576");
}

/// The folder is mounted, not what is in it: a socket that is made anew is seen. And it cannot be written from inside.
pub async fn the_folder_of_sockets_is_followed_and_cannot_be_written(bench: &Bench) {
    let folder = bench.sockets.clone().expect("this driver needs a folder");
    let volume = bench.volume("a").await;
    let script = "echo up; while ! test -f /run/longshore/made-later; do :; done; echo seen
        (: > /run/longshore/written) 2> /dev/null || echo refused";
    let spec = MachineSpec { sockets: Some(folder.clone()), ..bench.machine_spec(1, &volume, script) };
    let machine = bench.machines.start_machine(&spec).await.unwrap();
    bench.printed(&machine, "up").await;
    std::fs::write(folder.join("made-later"), "").unwrap();
    bench.printed(&machine, "refused").await;
    assert!(!folder.join("written").exists());
    assert_ne!(bench.state(&machine).await, None::<MachineState>);
    // One that is not below what is shared cannot be mounted, whatever the daemon could see there.
    bench.machines.destroy_machine(&machine.id).await.unwrap();
    let elsewhere = MachineSpec { sockets: Some("/etc".into()), ..spec };
    assert_permanent(&bench.machines.start_machine(&elsewhere).await);
}
