//! The suite that every store must pass. A store's tests plug in with [`store_suite!`](crate::store_suite), which takes
//! a future of something that points to a fresh store: a box, or a guard that removes the store's files.

mod beside;
mod rows;

pub use beside::*;
pub use rows::*;

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
            a_start_finds_what_is_pending_and_due
            pools_tell_who_waits_and_who_holds
            stuck_rows_are_those_that_nothing_will_move
            a_list_is_filtered_and_paged
            history_is_ordered_and_paged
            blobs_are_found_by_digest_and_swept
            documents_are_written_under_a_condition
            documents_are_listed_by_prefix
            documents_that_look_alike_are_told_apart
            log_lines_are_stored_once_and_swept
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
