//! The suite that every store must pass. A store's tests plug in with [`store_suite!`](crate::store_suite), which takes
//! a future of something that points to a fresh store: a box, or a guard that removes the store's files.

mod beside;
mod rows;
mod shared;

pub use beside::*;
pub use rows::*;
pub use shared::*;

/// One test per case of the suite, each on a fresh store.
#[macro_export]
macro_rules! store_suite {
    ($fresh:expr) => {
        $crate::store_suite!(@cases $fresh;
            what_was_written_is_what_is_read
            a_batch_is_written_whole_or_not_at_all
            an_event_id_is_unique_per_workflow
            a_key_is_unique_per_kind
            a_large_batch_arrives_whole
            known_event_ids_are_found_by_key_and_by_id
            early_events_are_kept_used_and_dropped
            an_early_event_is_kept_once_and_dropped_in_bounded_steps
            names_that_look_alike_are_told_apart
            a_start_finds_what_is_active_and_due
            what_came_to_rest_is_not_looked_at_by_a_start
            pools_tell_who_waits_and_who_holds
            stuck_rows_are_those_that_nothing_will_move
            a_list_is_filtered_and_paged
            history_is_ordered_and_paged
            blobs_are_found_by_digest_and_swept
            documents_are_written_under_a_condition
            documents_are_listed_by_prefix
            documents_that_look_alike_are_told_apart
            log_lines_are_stored_once_and_swept
            what_is_past_goes_in_bounded_steps
            the_history_of_what_is_over_becomes_a_snapshot
            maintenance_leaves_everything_as_it_is
        );
    };
    (@cases $fresh:expr; $($case:ident)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let store = $fresh.await;
                $crate::conformance::$case(&*store).await;
            }
        )*
    };
}

/// One test per case of the suite for databases that several nodes share, each on a fresh one of at least three partitions.
#[macro_export]
macro_rules! shared_suite {
    ($fresh:expr) => {
        $crate::shared_suite!(@cases $fresh;
            a_free_partition_is_claimed_once_under_a_higher_epoch
            a_lease_that_is_not_renewed_ends_and_one_that_is_does_not
            members_are_those_that_were_heard
            what_is_given_back_is_free_at_once
            an_evicted_owner_writes_nothing
            an_owner_sees_what_is_pending_and_due_in_its_partition
            an_event_lies_in_the_inbox_once_until_its_owner_takes_it
            an_evicted_owner_takes_nothing_out_of_the_inbox
            slots_and_grants_are_seen_in_all_partitions
            news_reach_every_listener
        );
    };
    (@cases $fresh:expr; $($case:ident)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let shared = $fresh.await;
                $crate::conformance::$case(&*shared).await;
            }
        )*
    };
}
