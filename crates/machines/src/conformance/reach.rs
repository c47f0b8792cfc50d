//! What must not be reachable from inside a machine.
//!
//! A driver that isolates must pass more than this; one whose [`isolation`](crate::Machines::isolation) is `None` says
//! with it that files and processes of the same user are within reach, and these cases are what it keeps all the same.

use super::bench::Bench;

/// The supervisor's own secrets are in its environment.
pub async fn the_environment_is_built_from_empty(bench: &Bench) {
    let volume = bench.volume("a").await;
    let mut spec = bench.machine_spec(1, &volume, "tr '\\0' '\\n' < /proc/$$/environ | cut -d= -f1 | grep -v ' '");
    spec.environment.insert("GIVEN".into(), "to this run".into());
    let machine = bench.machines.start_machine(&spec).await.unwrap();
    let names = bench.ended(&machine).await;
    assert!(names.iter().any(|name| name == "GIVEN"), "{names:?}");
    assert!(names.len() > 2, "the list must not be empty for another reason: {names:?}");
    let expected = ["GIVEN", "SCRIPT", "PATH", "HOME", "HOSTNAME", "PWD"];
    for name in names {
        // Fly tells a machine its own id, app and place.
        let known = ["LONGSHORE_", "FLY_", "PRIMARY_REGION"].iter().any(|front| name.starts_with(front));
        assert!(expected.contains(&&*name) || known, "`{name}` came from outside");
    }
}

/// An open descriptor is a right that no permission check sees again.
pub async fn nothing_of_the_supervisor_is_open_in_a_machine(bench: &Bench) {
    let inherited = std::fs::File::open("/dev/zero").unwrap();
    // As a careless parent of the supervisor would leave it.
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
    let volume = bench.volume("a").await;
    // The program becomes the listing itself: a shell that stays holds copies of its own.
    let printed = bench.output(1, &volume, "exec ls -l /proc/self/fd").await;
    let open: Vec<(&str, &str)> = printed
        .iter()
        .filter_map(|line| line.split_once(" -> "))
        .map(|(front, target)| (front.rsplit(' ').next().unwrap_or_default(), target))
        .collect();
    assert!(open.len() >= 3, "{printed:?}");
    for (number, target) in open {
        // The listing's own descriptor is the only one beside the standard three.
        assert!(["0", "1", "2"].contains(&number) || target.ends_with("/fd"), "open in the machine: {target}");
        assert_ne!(target, "/dev/zero");
    }
}
