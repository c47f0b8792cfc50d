//! What every driver must do, as cases to plug a driver into.
//!
//! A driver under test runs [`PROGRAM`] in its machines: a shell that carries out `$SCRIPT`. The cases look at a machine
//! only the way the supervisor can, through the trait: at its log, its state, and at its volume through the next
//! machine. So the same cases hold for a process, a container and a virtual machine.
//!
//! ```text
//! machines::conformance_suite!(my_bench);   // async fn my_bench() -> Bench
//! ```

mod bench;
mod containment;
mod identity;
mod isolation;
mod reach;
mod volumes;

pub use bench::{Bench, PROGRAM, SCRIPT};
pub use containment::*;
pub use identity::*;
pub use isolation::*;
pub use reach::*;
pub use volumes::*;

/// The cases for a driver that isolates, beside those that every driver must pass.
#[macro_export]
macro_rules! isolation_suite {
    ($bench:path) => {
        $crate::conformance_suite!(@cases $bench:
            no_capability_is_left
            no_privilege_can_be_gained
            the_user_is_not_root
            only_the_volume_and_a_temporary_folder_can_be_written
            there_is_no_network
            other_processes_are_not_seen
            a_machine_that_takes_too_much_memory_is_ended
            processes_are_bounded
            the_processor_is_shared
            a_file_does_not_grow_beyond_its_cap
            the_folder_of_sockets_is_followed_and_cannot_be_written
        );
    };
}

/// One test per case. `$bench` is an async function that makes a [`Bench`] of its own for each.
///
/// `run $bench` runs them one after the other instead, in an async function, and is the names of those that failed: for a
/// backend on which a test runner has no business, because it costs money.
#[macro_export]
macro_rules! conformance_suite {
    ($bench:path) => {
        $crate::conformance_suite!(@all cases $bench);
    };
    (run $bench:path) => {
        $crate::conformance_suite!(@all run $bench)
    };
    (@all $how:ident $bench:path) => {
        $crate::conformance_suite! { @$how $bench:
            a_repeated_start_adopts_the_machine_and_runs_it_once
            a_name_taken_by_another_run_is_refused
            a_second_machine_on_a_volume_is_refused_until_the_first_is_gone
            who_has_a_volume_is_known_with_certainty
            deployments_do_not_see_each_other
            destroying_twice_is_as_good_as_once
            what_was_never_there_is_not_there
            an_ended_machine_is_stopped_and_keeps_its_log
            a_machine_is_ended_with_every_daemon_in_it
            a_program_that_ends_leaves_nothing_running
            a_program_that_ignores_the_request_to_end_is_ended
            the_environment_is_built_from_empty
            nothing_of_the_supervisor_is_open_in_a_machine
            a_volume_carries_the_session_to_the_next_machine
            a_repeated_creation_adopts_the_volume_with_its_content
            a_volume_of_another_owner_is_not_adopted
            a_volume_in_use_is_not_deleted
            a_deleted_volume_comes_back_empty
            deleting_a_volume_follows_no_link_out_of_it
            an_unfit_name_is_refused
        }
    };
    (@run $bench:path: $($case:ident)+) => {{
        let mut failed: Vec<&'static str> = Vec::new();
        $(
            let bench: $crate::conformance::Bench = $bench().await;
            let environment = bench.environment.clone();
            let ran = environment.spawn(bench.run(|bench| async move { $crate::conformance::$case(&bench).await }));
            let word = if ran.await.is_ok() { "ok" } else { failed.push(stringify!($case)); "FAILED" };
            eprintln!("{} ... {word}", stringify!($case));
        )+
        failed
    }};
    (@cases $bench:path: $($case:ident)+) => {
        $(
            #[tokio::test]
            async fn $case() {
                let bench: $crate::conformance::Bench = $bench().await;
                bench.run(|bench| async move { $crate::conformance::$case(&bench).await }).await;
            }
        )+
    };
}
