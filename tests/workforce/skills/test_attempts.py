"""Taking a test: what is drawn, what is kept, when it is over, when it may be tried again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_user
from tests.factories.skills import (
    NOW,
    asked,
    make_certification,
    make_test,
    make_version,
    many,
    one,
    order,
    short,
    written,
)
from workforce.core import audit
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import session, transaction
from workforce.core.errors import Forbidden, NotFound
from workforce.core.scheduler import run_job
from workforce.skills.models import Answer, AnswerPrint, Attempt, TestVersion
from workforce.skills.queries.attempts import history, offered, offers_of, paper_of, score_of
from workforce.skills.rules.attempts import (
    MOST_CHARACTERS,
    RENEWAL,
    TRANSITIONS,
    Asked,
    AttemptMove,
    BadAnswer,
    Frame,
    LongAnswer,
    Taken,
    UnorderedAnswer,
    chance,
    cleaned,
    draw,
    in_order,
    moved,
    shown_order,
)
from workforce.skills.services.attempts import (
    Certified,
    HandedIn,
    NoAttemptLeft,
    NotYet,
    StillGraded,
    TooLate,
    begin,
    hand_in,
    save,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def taker() -> Actor:
    return make_user("applicant").actor


def right_answers(version: TestVersion) -> list[tuple[int, dict[str, object]]]:
    return [(question.id, {"chosen": ["b"]}) for question in asked(version)]


# Rules

POOLS = st.sampled_from(["", "a", "b"])


DRAWS = st.dictionaries(st.sampled_from("ab"), st.integers(0, 40))


@given(st.lists(POOLS, max_size=30), DRAWS, st.booleans(), st.text())
def test_a_paper_has_what_each_pool_is_to_give_and_is_drawn_again_the_same(
    pools: list[str], draws: dict[str, int], shuffled: bool, seed: str
) -> None:
    questions = [Asked(number, pool) for number, pool in enumerate(pools)]
    drawn = draw(questions, draws, shuffled=shuffled, seed=seed)
    assert drawn == draw(questions, draws, shuffled=shuffled, seed=seed)
    assert len(set(drawn)) == len(drawn)
    for pool in set(pools):
        number = pools.count(pool)
        assert sum(pools[one] == pool for one in drawn) == (min(draws.get(pool, number), number) if pool else number)
    if not shuffled:
        assert drawn == sorted(drawn)


def test_papers_differ_between_attempts() -> None:
    questions = [Asked(number, "a") for number in range(40)]
    papers = {tuple(draw(questions, {"a": 5}, shuffled=True, seed=f"1:1:{number}")) for number in range(50)}
    assert len(papers) == 50
    assert {one for paper in papers for one in paper} == set(range(40))


def test_what_is_to_be_put_in_order_does_not_stand_in_one_place() -> None:
    options = [{"id": name} for name in "abcd"]
    shown = {tuple(one["id"] for one in shown_order(options, seed=str(number))) for number in range(200)}
    assert len(shown) > 15
    assert all(sorted(one) == list("abcd") for one in shown)


@given(st.sampled_from(["open", "grading", "passed", "failed"]), st.sampled_from(["hand_in", "pass", "fail"]))
def test_moves_are_those_of_the_table_and_none_leads_back_to_an_open_attempt(state: str, action: str) -> None:
    if (state, action) in TRANSITIONS:
        assert moved(state, action) in {"grading", "passed", "failed"}
    else:
        with pytest.raises(AttemptMove):
            moved(state, action)


ENDED = st.integers(0, 400).map(lambda days: NOW - days * DAY)
HISTORY = st.lists(st.tuples(st.sampled_from(["passed", "failed"]), ENDED), max_size=8)


@given(HISTORY, st.integers(1, 5), st.integers(0, 90), st.booleans(), st.none() | st.integers(-10, 400))
def test_no_retake_before_its_time_nor_more_often_than_allowed(
    found: list[tuple[str, datetime]], attempts: int, cooldown: int, held: bool, lapses: int | None
) -> None:
    taken = [Taken(state, when) for state, when in sorted(found, key=lambda one: one[1])]
    lapses_at = NOW + lapses * DAY if lapses is not None else None
    given_chance = chance(taken, attempts=attempts, cooldown_days=cooldown, held=held, lapses_at=lapses_at, now=NOW)
    failed_since = 0
    for state in reversed([past.state for past in taken]):
        if state == "passed":
            break
        failed_since += 1
    assert given_chance.left == max(attempts - failed_since, 0)
    if given_chance.code == "ready":
        assert given_chance.left > 0
        assert not taken or taken[-1].ended_at + cooldown * DAY <= NOW or (held and taken[-1].state == "passed")
        assert not held or (lapses_at is not None and lapses_at - RENEWAL <= NOW)
    if given_chance.code == "waiting":
        assert given_chance.since is not None
        assert given_chance.since > NOW
        assert given_chance.since == taken[-1].ended_at + cooldown * DAY
        later = chance(
            taken, attempts=attempts, cooldown_days=cooldown, held=False, lapses_at=None, now=given_chance.since
        )
        assert later.code == "ready"
    if given_chance.code == "held" and given_chance.since:
        assert given_chance.since > NOW


@given(st.permutations(list("abcd")))
def test_numbers_beside_lines_give_their_order(wanted: list[str]) -> None:
    numbers = {option: str(wanted.index(option) + 1) for option in "abcd"}
    assert in_order(numbers) == wanted


@pytest.mark.parametrize(
    "numbers", [{"a": "1", "b": "1"}, {"a": "1", "b": ""}, {"a": "0", "b": "1"}, {"a": "x", "b": "2"}]
)
def test_a_number_twice_or_missing_is_refused(numbers: dict[str, str]) -> None:
    with pytest.raises(UnorderedAnswer):
        in_order(numbers)
    assert in_order({"a": "", "b": ""}) == []


@pytest.mark.parametrize(
    ("kind", "chosen", "error"),
    [
        ("one", ["x"], BadAnswer), ("one", ["a", "b"], BadAnswer), ("many", ["a", "a"], BadAnswer),
        ("many", ["a", "x"], BadAnswer), ("order", ["a", "b"], UnorderedAnswer), ("order", ["a", "b", "x"], BadAnswer),
    ],
)  # fmt: skip
def test_forged_options_are_refused(kind: str, chosen: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        cleaned(Frame(kind, frozenset("abc")), chosen, "")


def test_an_answer_is_kept_as_it_is_meant() -> None:
    assert cleaned(Frame("many", frozenset("abc")), ["c", "a"], "ignored") == {"chosen": ["a", "c"]}
    assert cleaned(Frame("order", frozenset("abc")), ["c", "a", "b"], "") == {"chosen": ["c", "a", "b"]}
    assert cleaned(Frame("written", frozenset()), ["a"], " one\r\ntwo\0 ") == {"text": "one\ntwo"}
    assert cleaned(Frame("one", frozenset("abc")), [], "") == {}
    with pytest.raises(LongAnswer):
        cleaned(Frame("written", frozenset()), [], "x" * (MOST_CHARACTERS + 1))


# Services


def test_an_attempt_is_begun_with_its_paper_and_its_deadline(context: Flask) -> None:
    with transaction():
        version = make_version(
            make_test("code"), [one(pool="p") for _ in range(6)] + [short()], draws={"p": 2}, shuffled=True, minutes=20
        )
        me = taker()
        attempt = begin(me, "code", locale="en", now=NOW)
        assert (attempt.version_id, attempt.number, attempt.state) == (version.id, 1, "open")
        assert attempt.deadline_at == NOW + 20 * MINUTE
        pools = [question.pool for question in paper_of(attempt).questions]
        assert sorted(pools) == ["", "p", "p"]
        assert begin(me, "code", locale="en", now=NOW + MINUTE).id == attempt.id  # from another device
        assert begin(taker(), "code", locale="en", now=NOW).id != attempt.id
        event = audit.latest(before_id=None, limit=1, subject=f"attempt:{attempt.id}").events[0]
        assert event.action == "attempt.begin"


def test_what_cannot_be_taken_is_not_begun(context: Flask) -> None:
    with transaction():
        test = make_test("code")
        make_version(test)
        me = taker()
        with pytest.raises(NotFound):
            begin(me, "other", locale="en", now=NOW)
        with pytest.raises(NotFound):
            begin(me, "code", locale="vi", now=NOW)
        with pytest.raises(Forbidden):
            begin(make_user("finance").actor, "code", locale="en", now=NOW)
        with pytest.raises(Forbidden):
            begin(SYSTEM, "code", locale="en", now=NOW)
        test.retired_at = NOW
        session().flush()
        with pytest.raises(NotFound):
            begin(me, "code", locale="en", now=NOW)


def test_answers_are_kept_and_replaced_until_it_is_handed_in(context: Flask) -> None:
    with transaction():
        version = make_version(make_test("code"), [one(), many(), order(), short()], pass_percent=50, minutes=10)
        me = taker()
        first, second, third, fourth = [question.id for question in asked(version)]
        attempt = begin(me, "code", locale="en", now=NOW)
        save(me, attempt.id, first, chosen=["a"], now=NOW)
        save(me, attempt.id, first, chosen=["b"], now=NOW + MINUTE)
        save(me, attempt.id, second, chosen=["c", "a"], now=NOW + MINUTE)
        save(me, attempt.id, third, chosen=list("cab"), now=NOW + MINUTE)
        save(me, attempt.id, fourth, text=" Blue ", now=NOW + MINUTE)
        save(me, attempt.id, fourth, text="", now=NOW + MINUTE)
        paper = paper_of(attempt)
        assert paper.answers[first].answer == {"chosen": ["b"]}
        assert paper.unanswered() == [4]
        done = hand_in(me, attempt.id, now=NOW + 2 * MINUTE)
        assert (done.state, done.submitted_at) == ("passed", NOW + 2 * MINUTE)
        score = score_of(attempt.id)
        assert score is not None
        assert score.total * 4 == score.most * 3
        with pytest.raises(HandedIn):
            save(me, attempt.id, first, chosen=["a"], now=NOW + 3 * MINUTE)
        with pytest.raises(TooLate):
            save(me, attempt.id, first, chosen=["a"], now=NOW + DAY)
        assert hand_in(me, attempt.id, now=NOW + DAY).submitted_at == NOW + 2 * MINUTE  # a second time is no time
        assert len(history(me.id or 0)) == 1


def test_somebody_elses_attempt_and_a_question_not_on_the_paper_are_not_there(context: Flask) -> None:
    with transaction():
        version = make_version(make_test("code"), [one(pool="p"), one(pool="p")], draws={"p": 1})
        me, other = taker(), taker()
        attempt = begin(me, "code", locale="en", now=NOW)
        missing = next(question.id for question in asked(version) if question.id not in attempt.question_ids)
        with pytest.raises(NotFound):
            save(me, attempt.id, missing, chosen=["a"], now=NOW)
        with pytest.raises(NotFound):
            save(other, attempt.id, attempt.question_ids[0], chosen=["a"], now=NOW)
        with pytest.raises(NotFound):
            hand_in(other, attempt.id, now=NOW)
        with pytest.raises(AttemptMove):
            hand_in(SYSTEM, attempt.id, now=NOW)


def test_what_is_saved_after_the_deadline_does_not_count(context: Flask) -> None:
    with transaction():
        version = make_version(make_test("code"), minutes=10, pass_percent=50)
        me, question = taker(), asked(version)[0].id
        attempt = begin(me, "code", locale="en", now=NOW)
        save(me, attempt.id, question, chosen=["a"], now=NOW + 10 * MINUTE - timedelta(microseconds=1))
        with pytest.raises(TooLate):
            save(me, attempt.id, question, chosen=["b"], now=NOW + 10 * MINUTE)
        done = hand_in(me, attempt.id, now=NOW + DAY)
        assert (done.state, done.submitted_at) == ("failed", NOW + 10 * MINUTE)


def test_the_job_hands_in_what_is_over_once(context: Flask) -> None:
    with transaction():
        make_version(make_test("code"), minutes=10)
        me, late = taker(), taker()
        over = begin(me, "code", locale="en", now=NOW - 11 * MINUTE)
        running = begin(late, "code", locale="en", now=NOW - 9 * MINUTE)
    assert (run_job("close-attempts").rows, run_job("close-attempts").rows) == (1, 0)
    with transaction():
        assert session().get_one(Attempt, over.id).state == "failed"
        assert session().get_one(Attempt, over.id).submitted_at == NOW - MINUTE
        assert session().get_one(Attempt, running.id).state == "open"


def test_retakes_keep_the_rules(context: Flask) -> None:
    with transaction():
        make_version(make_test("code"), attempts=2, cooldown_days=7, minutes=10)
        me = taker()
        first = begin(me, "code", locale="en", now=NOW)
        hand_in(me, first.id, now=NOW + MINUTE)
        with pytest.raises(NotYet, match="2026-11-27"):
            begin(me, "code", locale="en", now=NOW + 7 * DAY)
        second = begin(me, "code", locale="en", now=NOW + 7 * DAY + MINUTE)
        assert second.number == 2
        # Left alone, it is handed in at the next sight, and was the last one.
        with pytest.raises(NoAttemptLeft):
            begin(me, "code", locale="en", now=NOW + 30 * DAY)
        assert session().get_one(Attempt, second.id).state == "failed"


def test_whoever_is_certified_renews_in_the_last_weeks_only(context: Flask) -> None:
    with transaction():
        test = make_test("code")
        version = make_version(test)
        me, forever = taker(), taker()
        attempt = begin(me, "code", locale="en", now=NOW)
        save(me, attempt.id, asked(version)[0].id, chosen=["b"], now=NOW)
        assert hand_in(me, attempt.id, now=NOW).state == "passed"
        with pytest.raises(NotYet):
            begin(me, "code", locale="en", now=NOW + DAY)
        (offer,) = offers_of(me.id or 0, "code", now=NOW + DAY)
        assert offer.chance.since == datetime(2027, 11, 21, tzinfo=UTC) - RENEWAL
        assert begin(me, "code", locale="en", now=offer.chance.since).number == 2
        make_certification(test, forever.id or 0, expires_on=None)
        with pytest.raises(Certified):
            begin(forever, "code", locale="en", now=NOW)


def test_a_certification_that_has_lapsed_can_be_had_again(context: Flask) -> None:
    with transaction():
        test = make_test("code")
        make_version(test)
        me = taker()
        make_certification(test, me.id or 0, expires_on=date(2026, 11, 19))
        assert begin(me, "code", locale="en", now=NOW).number == 1


def test_a_written_answer_waits_for_graders_and_an_empty_one_does_not(context: Flask) -> None:
    with transaction():
        version = make_version(make_test("code"), [written(), written("And another one.")])
        me = taker()
        first, second = [question.id for question in asked(version)]
        attempt = begin(me, "code", locale="en", now=NOW)
        save(me, attempt.id, first, text="The old pond is still, and then a frog jumps in: sound", now=NOW)
        save(me, attempt.id, second, text="   ", now=NOW)
        assert hand_in(me, attempt.id, now=NOW + MINUTE).state == "grading"
        answers = {one.question_id: one for one in session().query(Answer).filter_by(attempt_id=attempt.id)}
        assert (answers[first].wanted, answers[first].wanted_since) == (1, NOW + MINUTE)
        assert answers[second].wanted is None
        assert session().query(AnswerPrint).count() > 0
        with pytest.raises(StillGraded):
            begin(me, "code", locale="en", now=NOW + 30 * DAY)


def test_a_copied_answer_is_marked_for_the_grader(context: Flask) -> None:
    text = "The rocket flew to the moon and two people walked on it while the third one waited above"
    with transaction():
        version = make_version(make_test("code"), [written("Tell it to a child.", most_words=5)])
        question = asked(version)[0].id
        first, second = taker(), taker()
        for person, answer in ((first, text), (second, text.replace("third one", "other"))):
            attempt = begin(person, "code", locale="en", now=NOW)
            save(person, attempt.id, question, text=answer, now=NOW)
            hand_in(person, attempt.id, now=NOW)
        earlier, later = session().query(Answer).order_by(Answer.id)
        assert [mark["code"] for mark in earlier.marks] == ["too_long"]
        near = later.marks[0]
        assert (near["code"], near["answer"]) == ("near_identical", earlier.id)
        assert near["share"] >= 40


def test_the_list_is_read_with_a_fixed_number_of_queries(
    app: Flask, queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context(), transaction():
        me = taker()
        make_version(make_test(), locale="vi")

    def read() -> None:
        with app.app_context(), transaction():
            offered(me.id or 0, now=NOW, locale="en")

    few = queries(read)
    with app.app_context(), transaction():
        for _ in range(9):
            make_version(make_test(), [one(), written()])
    assert queries(read) == few
    with app.app_context(), transaction():
        found = offered(me.id or 0, now=NOW, locale="vi")
        assert [one.version.locale for one in found][:2] == ["vi", "en"]
        assert [one.questions for one in found] == [1] + [2] * 9
