"""One direction of the wire, without a wire: fates and times, with a clock of our own."""

from __future__ import annotations

import pytest

from netplay.cables import Conditions
from netplay.kernel.lane import DEFAULT_QUEUE, KEPT, Lane

MS = 1_000_000


def dues(lane: Lane, count: int, *, length: int = 1000, every: int = 0) -> list[tuple[int, ...]]:
    """When each of *count* packets leaves, one arriving every *every* nanoseconds."""
    return [lane.decide(length, number * every)[0] for number in range(count)]


def lost(conditions: Conditions, seed: int, count: int = 2000) -> set[int]:
    fates = dues(Lane(conditions, seed), count)
    return {number for number, due in enumerate(fates) if not due}


def test_a_clean_lane_lets_every_packet_through_at_once() -> None:
    assert dues(Lane(Conditions(), 1), 5, every=7) == [(0,), (7,), (14,), (21,), (28,)]


def test_the_same_seed_loses_the_same_packets() -> None:
    tenth = Conditions(loss=0.1)
    assert lost(tenth, 7) == lost(tenth, 7)
    assert lost(tenth, 7) != lost(tenth, 8)


def test_the_losses_are_as_many_as_asked_for() -> None:
    # 2000 packets at 10 %: 200 on average, standard deviation 13.4
    assert 140 < len(lost(Conditions(loss=0.1), 3)) < 260
    assert lost(Conditions(), 3) == set()
    assert len(lost(Conditions(loss=1.0), 3)) == 2000


def test_the_fate_of_a_packet_depends_on_nothing_else_that_is_asked() -> None:
    alone = lost(Conditions(loss=0.05), 5)
    assert alone == lost(Conditions(loss=0.05, delay=0.01, jitter=0.01, corrupt=0.5), 5)
    assert alone < lost(Conditions(loss=0.1), 5)


def test_a_new_seed_begins_anew() -> None:
    lane = Lane(Conditions(loss=0.3), 9)
    first = dues(lane, 100)
    lane.change(Conditions(loss=0.3), seed=9)
    assert dues(lane, 100) == first


def test_without_a_new_seed_a_change_goes_on_where_it_was() -> None:
    lane = Lane(Conditions(loss=0.3), 9)
    first = dues(lane, 100)
    lane.change(Conditions(loss=0.3))
    assert dues(lane, 100) != first


def test_delay_is_added() -> None:
    assert dues(Lane(Conditions(delay=0.05), 1), 2, every=MS) == [(50 * MS,), (51 * MS,)]


def test_jitter_is_uniform_around_the_delay_and_lets_packets_overtake() -> None:
    lane = Lane(Conditions(delay=0.01, jitter=0.004), 1)
    waits = [due[0] - number * MS for number, due in enumerate(dues(lane, 1000, every=MS))]
    assert min(waits) >= 6 * MS
    assert max(waits) <= 14 * MS
    assert sum(waits) / 1000 == pytest.approx(10 * MS, rel=0.03)
    quarters = [sum(6 + 2 * q <= w / MS < 8 + 2 * q for w in waits) for q in range(4)]
    assert all(190 < quarter < 310 for quarter in quarters)
    times = [number * MS + wait for number, wait in enumerate(waits)]
    assert times != sorted(times)


def test_a_delay_never_becomes_negative() -> None:
    lane = Lane(Conditions(delay=0.001, jitter=0.01), 1)
    assert all(due[0] >= 0 for due in dues(lane, 100))


def test_a_shorter_delay_lets_nobody_overtake() -> None:
    lane = Lane(Conditions(delay=0.05), 1)
    before = lane.decide(100, 0)[0]
    lane.change(Conditions(delay=0.01))
    assert lane.decide(100, MS)[0] == before
    assert lane.decide(100, 45 * MS)[0] == (55 * MS,)


def test_reordered_packets_do_not_wait() -> None:
    lane = Lane(Conditions(delay=0.01, reorder=0.25), 1)
    waits = [due[0] - number * MS for number, due in enumerate(dues(lane, 1000, every=MS))]
    assert set(waits) == {0, 10 * MS}
    assert 180 < waits.count(0) < 320
    assert lane.counts["reordered"] == waits.count(0)


def test_rate_is_the_time_on_the_wire_and_packets_follow_each_other() -> None:
    # 1000 bytes at 8 Mbit/s: one millisecond
    assert dues(Lane(Conditions(rate=8_000_000), 1), 3) == [(MS,), (2 * MS,), (3 * MS,)]
    # no credit for having been silent
    assert dues(Lane(Conditions(rate=8_000_000), 1), 3, every=5 * MS) == [
        (MS,),
        (6 * MS,),
        (11 * MS,),
    ]


def test_delay_comes_on_top_of_the_rate() -> None:
    lane = Lane(Conditions(rate=8_000_000, delay=0.02), 1)
    assert dues(lane, 2) == [(21 * MS,), (22 * MS,)]


def test_a_full_queue_drops_the_newcomer() -> None:
    lane = Lane(Conditions(rate=8_000_000, queue=3), 1)
    assert [bool(due) for due in dues(lane, 5)] == [True, True, True, False, False]
    assert lane.counts["overflowed"] == 2
    # a millisecond later one has gone
    assert lane.decide(1000, MS)[0] == (4 * MS,)
    assert lane.decide(1000, MS)[0] == ()


def test_the_queue_has_a_length_when_none_is_given() -> None:
    lane = Lane(Conditions(rate=8_000), 1)
    assert sum(bool(due) for due in dues(lane, DEFAULT_QUEUE + 10)) == DEFAULT_QUEUE


def test_a_queue_without_a_rate_says_nothing() -> None:
    assert all(dues(Lane(Conditions(queue=1, delay=1.0), 1), 10))


def test_duplicates_leave_twice_and_share_the_rate() -> None:
    lane = Lane(Conditions(duplicate=1.0, rate=8_000_000), 1)
    assert dues(lane, 2) == [(MS, 2 * MS), (3 * MS, 4 * MS)]
    assert lane.counts["duplicated"] == 2
    assert lane.counts["passed"] == 4


def test_a_duplicate_that_is_lost_leaves_one() -> None:
    # netem counts copies: one, and one more, and one less
    assert dues(Lane(Conditions(duplicate=1.0, loss=1.0), 1), 2) == [(0,), (0,)]


def test_damage_has_a_place() -> None:
    lane = Lane(Conditions(corrupt=0.5), 1)
    places = [lane.decide(100, 0)[1] for _ in range(400)]
    damaged = [place for place in places if place != KEPT]
    assert 150 < len(damaged) < 250
    assert all(0 <= place < 1 for place in damaged)
    assert lane.counts["corrupted"] == len(damaged)
