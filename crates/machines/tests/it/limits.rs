//! The caps hold where the driver says that they do.

use crate::bench::{driver, rooted};
use machines::{MachineSpec, Resources};

async fn output(bench: &machines::conformance::Bench, resources: Resources, script: &str) -> Vec<String> {
    let volume = bench.volume("a").await;
    let spec = MachineSpec { resources, ..bench.machine_spec(1, &volume, script) };
    let machine = bench.machines.start_machine(&spec).await.unwrap();
    bench.ended(&machine).await
}

#[tokio::test]
async fn a_file_does_not_grow_beyond_its_cap() {
    let (bench, _) = rooted();
    bench
        .run(|bench| async move {
            let resources = Resources { file_mib: 1, ..Resources::default() };
            let script = "(head -c 3000000 /dev/zero > big) 2>/dev/null; wc -c < big | tr -d ' '";
            // The shell may have a word to say about it first.
            assert_eq!(output(&bench, resources, script).await.last().unwrap(), "1048576");
        })
        .await;
}

#[tokio::test]
async fn memory_does_not_grow_beyond_its_cap() {
    let (bench, _) = rooted();
    bench
        .run(|bench| async move {
            let resources = Resources { memory_mib: 48, ..Resources::default() };
            // `tail` keeps a line that does not end; with the cap it dies before it has kept half a gigabyte.
            let script = "head -c 500000000 /dev/zero | tail -n 1 | wc -c | tr -d ' '; echo past";
            let printed = output(&bench, resources, script).await;
            assert!(!printed.iter().any(|line| line == "500000000"), "{printed:?}");
        })
        .await;
}

#[tokio::test]
async fn processes_do_not_multiply_beyond_their_cap_where_it_is_promised() {
    let (bench, root) = rooted();
    let caps = driver(&root).caps();
    bench
        .run(move |bench| async move {
            let resources = Resources { pids: 8, ..Resources::default() };
            let script = "n=0; while [ $n -lt 40 ]; do sleep 60 & n=$((n+1)); done; echo all";
            let printed = output(&bench, resources, script).await;
            assert_eq!(printed.iter().any(|line| line == "all"), !caps.pids, "{caps}: {printed:?}");
        })
        .await;
}
