"""What docs/reliability.md says of each scenario: what was tried, and what came of it if it passed."""

from typing import NamedTuple


class Row(NamedTuple):
    id: str
    scenario: str
    tried: str
    found: str


KEPT = "all {acknowledged:,} acknowledged writes there, once"
ROWS = [
    Row(
        "E1",
        "test_of_fifty_twins_in_each_round_one_runs_and_the_others_are_its_replay",
        "fifty requests with one key at the same moment, {rounds} times",
        "one incident each time; {told_to_wait} of {requests:,} were told to wait; slowest {slowest:.2f} s",
    ),
    Row(
        "E2",
        "test_of_twins_with_different_bodies_one_runs_and_the_others_conflict",
        "twenty with one key and different bodies, {rounds} times",
        "one incident each time, 409 for the other nineteen",
    ),
    Row(
        "E3",
        "test_a_first_attempt_that_fails_leaves_its_key_free",
        "a first attempt that is refused, and one that breaks",
        "the key served the second",
    ),
    Row(
        "E4",
        "test_a_process_that_dies_at_any_point_leaves_all_or_nothing_and_the_retry_settles_it",
        "the process dies at {points} points of a request",
        "all or nothing, and one incident after the retry",
    ),
    Row(
        "E5",
        "test_a_key_is_its_callers_own_and_of_one_path",
        "the same key from somebody else, and on another path",
        "incidents of their own, and nobody else's answer",
    ),
    Row(
        "E6",
        "test_a_key_is_kept_for_a_day_and_then_one_of_twenty_runs_anew",
        "twenty at once when a key's day is over, {rounds} times",
        "one ran anew each time; a second before, all were replays",
    ),
    Row(
        "K1",
        "test_whatever_web_workers_are_killed_every_acknowledged_write_is_there_once",
        "a web worker killed, {kills} times",
        KEPT + "; {duplicates} of {deliveries:,} deliveries came twice; p50 {p50:.3f} s, p99 {p99:.2f} s",
    ),
    Row(
        "K2",
        "test_gunicorn_that_is_killed_leaves_its_port_free_and_nobody_behind",
        "gunicorn's master killed, {kills} times",
        KEPT + "; its port free after at most {free:.1f} s, its workers gone after {orphans:.1f} s; p99 {p99:.2f} s",
    ),
    Row(
        "K3",
        "test_whatever_workers_are_killed_every_delivery_arrives_and_in_order",
        "a background worker killed, {kills} times, during {deliveries:,} deliveries",
        "all arrived, in order; {duplicates} came twice, with the same id",
    ),
    Row(
        "K4",
        "test_clients_of_a_postgresql_that_is_killed_lose_nothing_and_soon_go_on",
        "PostgreSQL killed, {kills} times, down for 3 s",
        KEPT
        + "; meanwhile 503 with `Retry-After`, p99 {p99_during:.2f} s; the first success at most {back:.2f} s after "
        "it accepted again",
    ),
    Row(
        "K4",
        "test_deliveries_outlive_a_postgresql_that_is_killed_and_nobody_starts_anything_by_hand",
        "PostgreSQL killed, {kills} times, during {deliveries:,} deliveries",
        "all arrived, in order; {duplicates} came twice",
    ),
    Row(
        "K5",
        "test_a_redis_that_is_killed_or_stays_away_costs_nobody_an_answer",
        "Redis killed, {kills} times, and then away for a minute",
        KEPT + "; no 5xx; p99 {without:.3f} s, before it {baseline:.3f} s",
    ),
    Row(
        "K6",
        "test_a_redis_that_is_frozen_holds_up_few_requests_and_shows_nothing_old_when_it_wakes",
        "Redis frozen for {frozen} s",
        KEPT
        + "; no 5xx; p99 {p99_frozen:.3f} s; {paid} of {during:,} requests waited for it; {stale} of {reads:,} reads "
        "showed something old",
    ),
    Row(
        "K7",
        "test_with_postgresql_frozen_nobody_hangs_and_the_processes_stay_alive",
        "PostgreSQL frozen for {frozen} s",
        KEPT
        + "; the slowest answer after {slowest:.1f} s; `/health` at most {health_max:.3f} s; all well {green:.1f} s "
        "after it woke",
    ),
    Row(
        "K8",
        "test_a_worker_that_wakes_after_its_leases_changes_nothing_any_more",
        "a background worker frozen until others have its work",
        "{late} late outcomes, none of which changed anything; {duplicates} of {deliveries} came twice",
    ),
    Row(
        "K9",
        "test_everything_that_is_killed_at_once_comes_back_in_whatever_order_it_is_started",
        "everything killed at once, {kills} times, and started in any order",
        KEPT + "; ready after at most {back:.1f} s, the starts included",
    ),
    Row(
        "K12",
        "test_releases_change_under_load_and_nobody_notices",
        "{deploys} deploys, each beside the release before, with a migration between them",
        KEPT + "; no request failed, not even one that was tried again later",
    ),
    Row(
        "K14",
        "test_a_dump_under_load_holds_elsewhere_what_was_acknowledged_before_it_began",
        "`pg_dump` under load, restored elsewhere",
        "all that was acknowledged before it began; dumped in {seconds_to_dump} s, restored in {seconds_to_restore} s",
    ),
    Row(
        "T1",
        "test_endpoints_that_are_slow_or_broken_delay_no_other",
        "{events:,} events for 16 good endpoints and four that hang, drip, never end or fail",
        "p99 of the good {p99:.2f} s, without the bad {calm_p99:.2f} s; at most {most_in_flight} in flight at one",
    ),
    Row(
        "T2",
        "test_a_page_overtakes_all_that_waits",
        "a P1 while {waiting:,} deliveries wait",
        "its mail came after {seconds_to_page:.2f} s",
    ),
    Row(
        "T3",
        "test_what_happens_is_told_within_seconds",
        "{deliveries:,} events at 5 a second, from the commit to the arrival",
        "p50 {p50:.2f} s, p99 {p99:.2f} s, the last {longest:.2f} s",
    ),
    Row(
        "T4",
        "test_who_acknowledges_stops_what_is_not_on_its_way",
        "P1s acknowledged while their mails go out",
        "{sent} sent, {called_off} called off, {claimed_after} claimed after the acknowledgement",
    ),
    Row(
        "T5",
        "test_that_no_worker_lives_is_noticed_within_a_minute_and_a_half_and_so_is_that_one_does_again",
        "all background workers killed",
        "`/ready/worker` said so after {not_ready_after:.0f} s, the console after {said_after:.0f} s",
    ),
    Row(
        "T6",
        "test_a_delivery_that_cannot_be_made_is_given_up_after_five_tries_and_all_others_flow",
        "a delivery that cannot be made",
        "given up after {attempts} attempts; the others went on",
    ),
    Row(
        "T6",
        "test_a_reaction_that_fails_keeps_no_other_reaction_nor_event_waiting",
        "a reaction that fails for some events",
        "nothing else waited for it",
    ),
    Row(
        "T10",
        "test_clients_that_send_a_byte_a_second_delay_nobody_and_hold_no_connection_to_the_database",
        "{slow} clients that send a byte a second",
        "p99 of the others {p99:.2f} s; no connection to the database held",
    ),
    Row(
        "H14",
        "test_of_three_hundred_writes_at_once_a_hundred_are_allowed",
        "three hundred writes at once",
        "exactly the budget passed",
    ),
    Row(
        "H14",
        "test_headers_that_anybody_may_write_and_addresses_that_anybody_has_gain_nothing",
        "{times:,} writes with headers and addresses made up",
        "exactly the budget passed",
    ),
    Row(
        "H14",
        "test_while_redis_is_away_writes_pass_and_afterwards_they_are_counted_again",
        "writes while Redis is away, and afterwards",
        "all passed, and were counted again",
    ),
    Row(
        "H14",
        "test_a_counter_that_never_ends_blocks_nobody_for_longer_than_a_window",
        "a counter planted without an end",
        "nobody was blocked for longer than a window",
    ),
    Row(
        "H15",
        "test_no_read_shows_what_was_older_than_the_last_answered_write_when_it_began",
        "{reads:,} cached reads beside {writes:,} writes, with Redis killed and frozen",
        "{older} showed something old; {hits:,} came from Redis",
    ),
    Row(
        "H16",
        "test_of_twenty_calls_at_once_each_is_decided_against_what_the_one_before_it_left",
        "twenty changes at once on each of {incidents} incidents",
        "one event for each transition, {deadlocks} deadlocks",
    ),
]
