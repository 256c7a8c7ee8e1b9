//! The store's contract, stamped on both databases: SQLite always, PostgreSQL where
//! `COUNTERSIGN_TEST_POSTGRES` names a server whose user may create databases.

#[path = "store/cases.rs"]
mod cases;
#[path = "store/cli.rs"]
mod cli;
#[path = "store/fixture.rs"]
mod fixture;
#[path = "store/ledger.rs"]
mod ledger;
#[path = "store/parts.rs"]
mod parts;
#[path = "store/people.rs"]
mod people;
#[path = "store/queue.rs"]
mod queue;
#[path = "store/trail.rs"]
mod trail;

/// Stamps tests on both engines.
macro_rules! contract {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::fixture::on_sqlite(|world| Box::pin(super::$module::$name(world)));
            })+
        }

        mod postgres {
            $(#[test]
            fn $name() {
                super::fixture::on_postgres(stringify!($name), |world| Box::pin(super::$module::$name(world)));
            })+
        }
    };
}

contract! {
    cases::of_two_identical_uploads_one_is_new,
    cases::an_upload_is_stored_whole,
    cases::a_stale_commit_is_refused_and_writes_nothing,
    cases::a_transition_updates_lists_and_clocks,
    cases::pages_do_not_shift_while_cases_come,
    cases::queues_come_by_due_time,
    cases::lookalikes_come_newest_first_and_only_from_before,
    cases::billed_quantities_count_until_rejection,
    cases::master_data_is_idempotent,
    cases::what_people_confirmed_is_listed,
    queue::a_late_worker_is_refused,
    queue::screening_is_serial_in_a_company,
    queue::every_job_is_claimed_once,
    queue::released_jobs_wait_and_count_attempts,
    queue::due_cases_wake,
    queue::a_posting_has_one_key_for_ever,
    trail::concurrent_commits_leave_no_gap,
    trail::verification_finds_tampering,
    trail::the_trail_refuses_changes,
    trail::an_exported_bundle_verifies,
    ledger::concurrent_postings_book_once,
    ledger::the_same_invoice_is_refused,
    ledger::numbers_are_gapless,
    ledger::the_export_passes_bean_check,
    people::tokens_and_sessions_expire,
    people::roles_belong_to_companies,
    people::idempotency_replays_and_refuses,
    people::workflow_texts_are_kept,
    parts::a_file_is_split_once_and_whole,
}
