"""What failed or waits is sent again by two people, once, and never more than the balance holds."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from payroll.ledger.queries import problems
from payroll.payouts import queries, services
from payroll.payouts.models import Order, PayoutRequest
from payroll.payouts.rules import idempotency_key, order_name, order_source, parse_order_name
from payroll.payslips.queries.slip import carried_of, payouts_of, payslip_of
from tests.factories import DAY, NOW, make_user, make_worker
from tests.payroll.payouts.paying import (
    NEXT,
    People,
    ask_later,
    balance,
    begin,
    let_go,
    orders,
    pay_day,
    rail,
    send_now,
    state_of,
    take_back,
    work,
)
from workforce.core.audit import AuditEvent
from workforce.core.db import run, session, transaction
from workforce.core.errors import DaybookError, Forbidden, Invalid, NotFound
from workforce.paydays.queries import group_by_code
from workforce.workers.queries import worker_by_external_id

WHY = "The bank details were corrected."


def failed(people: People, amount: str = "12.34", *, minimum: str = "0", paid_in: str = "") -> str:
    """Let a payout fail, and return its name."""
    begin(minimum=minimum, paid_in=paid_in)
    work(amount)
    name = pay_day(people)
    send_now(rail(declined="1"))
    return f"{name}/W1"


def propose(people: People, name: str, *, reason: str = WHY) -> int:
    with transaction():
        return services.propose_order(people[0], queries.find_order(name).id, reason=reason, now=NOW).id


def approve(people: People, request: int) -> None:
    with transaction():
        services.approve_request(people[1], request, rail="sandbox", now=NOW)


def resend(people: People, name: str) -> None:
    approve(people, propose(people, name))


def state(run_name: str, worker: str = "W1") -> tuple[str, list[tuple[int, str]]]:
    """Return what the worker sees of a payslip: its state, and each payout that took it along."""
    with transaction():
        key = worker_by_external_id(worker).id
        slip = payslip_of(key, run_name)
        assert slip
        return slip.state, [(one.number, one.state) for one in payouts_of(key, slip)]


def test_a_failed_payout_is_sent_again_when_a_second_person_approves_it(people: People) -> None:
    name = failed(people)
    assert name == f"KE-{DAY}/W1"
    request = propose(people, name)
    assert send_now().sent == 0, "one person is not enough"
    approve(people, request)
    assert balance() == 0
    assert send_now().paid == 1
    assert orders() == [(DAY, "12.34 KES", "failed"), (DAY, "12.34 KES", "paid")]
    assert state(f"KE-{DAY}") == ("paid", [(1, "failed"), (2, "paid")])
    with transaction():
        first, second = session().scalars(select(Order).order_by(Order.number))
        assert (first.idempotency_key, second.number) == (idempotency_key(f"KE-{DAY}", "W1"), 2)
        assert (first.taken_by, second.resends_id) == (second.id, first.id)
        assert queries.failed_orders() == []
        audited = select(AuditEvent.action).where(AuditEvent.action.like("payout.%")).order_by(AuditEvent.id)
        assert list(session().scalars(audited)) == ["payout.propose", "payout.approve"]
        slip = payslip_of(first.worker_id, f"KE-{DAY}")
        carried = slip and carried_of(first.worker_id, slip)
        assert carried
        assert (carried.sent.amount, carried.after.amount) == (Decimal("12.34"), Decimal(0)), (
            "what its release sent, no more"
        )


def test_the_same_person_cannot_do_both(people: People) -> None:
    request = propose(people, failed(people))
    with pytest.raises(DaybookError, match="You proposed this payout"), transaction():
        services.approve_request(people[0], request, rail="sandbox", now=NOW)
    with pytest.raises(IntegrityError, match="ck_payout_request_two_people"), transaction():
        run("UPDATE payout_request SET decided_by = proposed_by, decided_at = now(), state = 'refused'")
    assert [one[2] for one in orders()] == ["failed"]


def test_nobody_sends_their_own_money(people: People) -> None:
    name = failed(people)
    with transaction():
        run("UPDATE worker SET user_id = :user", user=people[0].id)
    with pytest.raises(DaybookError, match="your own"):
        propose(people, name)


@pytest.mark.parametrize("role", ["worker", "manager", "admin"])
def test_others_propose_nothing(people: People, role: str) -> None:
    name = failed(people)
    with transaction():
        actor = make_user(role).actor
    with pytest.raises(Forbidden):
        propose((actor, actor), name)


def test_a_reason_is_kept(people: People) -> None:
    name = failed(people)
    with pytest.raises(Invalid):
        propose(people, name, reason="  ")
    propose(people, name)
    with transaction():
        assert session().scalars(select(PayoutRequest.reason)).one() == WHY
    with pytest.raises(DaybookError, match="proposed this already"):
        propose(people, name)


def test_what_left_with_a_later_order_is_not_sent_again(people: People) -> None:
    name = failed(people)
    request = propose(people, name)
    work("1.00", day=NEXT)
    pay_day(people, NEXT)
    send_now()
    with pytest.raises(DaybookError, match=f"{name} left with KE-{NEXT}/W1, so"):
        approve(people, request)
    with transaction():
        services.refuse_request(people[1], request, reason="It left.", now=NOW)
    with pytest.raises(DaybookError, match=f"left with KE-{NEXT}/W1, so"):
        propose(people, name)
    assert orders()[1:] == [(NEXT, "13.34 KES", "paid")]
    assert state(f"KE-{DAY}")[0] == "paid"


def test_of_what_failed_twice_the_newest_is_sent_again(people: People) -> None:
    name = failed(people)
    resend(people, name)
    send_now(rail(declined="1"))
    assert state(f"KE-{DAY}") == ("failed", [(1, "failed"), (2, "failed")])
    with pytest.raises(DaybookError, match=f"{name}/2, which failed as well"):
        propose(people, name)
    resend(people, f"{name}/2")
    send_now()
    assert state(f"KE-{DAY}") == ("paid", [(1, "failed"), (2, "failed"), (3, "paid")])
    assert [one[1] for one in orders()] == ["12.34 KES"] * 3


def test_no_more_leaves_than_the_balance_holds(people: People) -> None:
    """Part of it was taken back while it waited."""
    begin()
    source = work("5.00")
    work("7.345")
    pay_day(people)
    send_now(rail(declined="1"))
    take_back(source, NEXT)
    with transaction():
        run("UPDATE pay_group SET minimum = 100000000")
    pay_day(people, NEXT)
    let_go(people, f"KE-{NEXT}")
    send_now()
    assert balance() == Decimal("7.345")
    resend(people, f"KE-{DAY}/W1")
    send_now()
    assert orders()[1:] == [(DAY, "7.34 KES", "paid")]
    assert balance() == Decimal("0.005")


def test_only_what_failed_leaves_and_the_rest_of_the_balance_stays(people: People) -> None:
    """The next day's pay is below the minimum: it waits, and is not said to be paid with what is sent again."""
    name = failed(people, minimum="10")
    work("20.00", day=NEXT)
    with transaction():
        run("UPDATE pay_group SET minimum = 100000000")
    pay_day(people, NEXT)
    assert balance() == Decimal("32.34")
    resend(people, name)
    send_now()
    assert (balance(), state(f"KE-{DAY}")[0], state(f"KE-{NEXT}")[0]) == (Decimal(20), "paid", "carried")


def test_a_payout_that_fails_after_the_next_one_left_is_not_taken_for_paid(people: People) -> None:
    begin()
    work("12.34")
    pay_day(people)
    slow = rail(declined="1", delay=1800)
    send_now(slow)
    work("1.00", day=NEXT)
    pay_day(people, NEXT)
    send_now()
    ask_later(slow)
    assert state(f"KE-{DAY}")[0] == "failed"
    assert state(f"KE-{NEXT}")[0] == "paid"
    resend(people, f"KE-{DAY}/W1")
    send_now()
    assert state(f"KE-{DAY}")[0] == "paid"
    assert balance() == 0


@pytest.mark.parametrize(
    "move", [lambda: send_now(rail(delay=60)), send_now, lambda: None], ids=["sent", "paid", "created"]
)
def test_only_what_failed_is_sent_again(people: People, move: Callable[[], object]) -> None:
    begin()
    work("12.34")
    pay_day(people)
    move()
    with pytest.raises(DaybookError, match="Only a payout that failed can be sent again"):
        propose(people, f"KE-{DAY}/W1")


def test_a_request_is_decided_once(people: People) -> None:
    request = propose(people, failed(people))
    with pytest.raises(Invalid), transaction():
        services.refuse_request(people[1], request, reason="", now=NOW)
    with transaction():
        services.refuse_request(people[1], request, reason="Ask the worker first.", now=NOW)
    with pytest.raises(DaybookError, match="refused already"):
        approve(people, request)
    again = propose(people, f"KE-{DAY}/W1")
    with transaction():
        assert services.refuse_request(people[0], again, reason="", now=NOW).state == "withdrawn"
    assert balance() == Decimal("12.34")


def send_balance(people: People, currency: str = "KES", *, worker: str = "W1", at: timedelta = timedelta()) -> None:
    with transaction():
        key = worker_by_external_id(worker).id
        request = services.propose_balance(people[0], key, currency, reason=WHY, now=NOW + at).id
    with transaction():
        services.approve_request(people[1], request, rail="sandbox", now=NOW + at)


def listed(at: timedelta = timedelta()) -> list[tuple[str, str, int]]:
    with transaction():
        return [(one.currency, one.reason, one.amount) for one in queries.waiting_balances(NOW + at)]


def test_a_balance_below_the_minimum_is_sent_by_hand_after_thirty_days(people: People) -> None:
    begin(minimum="100")
    work("60.005")
    name = pay_day(people)
    send_now()
    assert listed(timedelta(days=29)) == []
    with pytest.raises(DaybookError, match="goes with their next pay"):
        send_balance(people)
    assert listed(timedelta(days=30)) == [("KES", "days", 60_005_000)]
    send_balance(people, at=timedelta(days=30))
    send_now()
    assert orders() == [(DAY, "60 KES", "paid")]
    assert (balance(), state(name)) == (Decimal("0.005"), ("paid", [(2, "paid")]))
    assert listed(timedelta(days=90)) == [], "less than a cent cannot be sent"
    with transaction():
        order = session().scalars(select(Order)).one()
        assert (order.number, order.resends_id) == (2, None), "1 is what a release makes"


def test_a_balance_in_a_former_currency_is_sent_at_once(people: People) -> None:
    begin(minimum="100")
    work("60.00")
    pay_day(people)
    with transaction():
        run("UPDATE worker SET currency = 'UGX'")
    assert listed() == [("KES", "currency", 60_000_000)]
    send_balance(people)
    send_now()
    assert orders() == [(DAY, "60 KES", "paid")]
    with pytest.raises(DaybookError, match="no KES in the balance"):
        send_balance(people)


def test_a_whole_balance_takes_what_failed_along(people: People) -> None:
    name = failed(people)
    with transaction():
        run("UPDATE worker SET currency = 'UGX'")
    send_balance(people)
    send_now()
    assert state(f"KE-{DAY}") == ("paid", [(1, "failed"), (2, "paid")])
    with pytest.raises(DaybookError, match=f"left with {name}/2, so"):
        propose(people, name)


def test_an_order_is_found_by_its_name_its_number_and_its_reference(people: People) -> None:
    name = failed(people)
    with transaction():
        order = session().scalars(select(Order)).one()
        for spelling in (name, str(order.id), order.reference):
            assert queries.find_order(spelling).id == order.id
        for spelling in (f"{name}/2", "0", "", "KE-2026-11-18/W9", "XX-2026-11-18/W1", "sbx_nothing", "9" * 30):
            with pytest.raises(NotFound):
                queries.find_order(spelling)


def test_workers_whose_ids_look_like_an_order_of_another_one_are_kept_apart(people: People) -> None:
    """W1's second order and W1/2's first one have names, keys and ledger sources of their own."""
    name = failed(people)
    with transaction():
        make_worker(group_by_code("KE"), "W1/2")
    work("3.00", day=NEXT, worker="W1/2")
    work("3.00", day=NEXT)
    with transaction():
        run("UPDATE pay_group SET minimum = 0")
    resend(people, name)
    send_now(rail(declined="1"))
    pay_day(people, NEXT)
    send_now(rail(declined="1"))
    for one in (f"KE-{NEXT}/W1", f"KE-{NEXT}/W1/2/1"):
        resend(people, one)
    send_now()
    with transaction():
        assert queries.find_order(f"KE-{NEXT}/W1/2").worker_id == worker_by_external_id("W1").id
        assert queries.find_order(f"KE-{NEXT}/W1/2/2").worker_id == worker_by_external_id("W1/2").id
    assert [state(f"KE-{NEXT}", one)[0] for one in ("W1", "W1/2")] == ["paid", "paid"]


WORKERS = st.from_regex(r"[A-Z0-9/:-]{1,6}(/[0-9]{1,2})?", fullmatch=True)
ORDERS = st.tuples(st.sampled_from([f"KE-{DAY}", f"KE-{DAY}-{NEXT}", f"A-{DAY}"]), WORKERS, st.integers(1, 12))


@given(ORDERS)
def test_a_name_says_which_order_it_is(order: tuple[str, str, int]) -> None:
    assert parse_order_name(order_name(*order)) == order


@given(st.lists(ORDERS, min_size=2, max_size=20, unique=True))
def test_no_two_orders_share_a_key_or_a_source(found: list[tuple[str, str, int]]) -> None:
    assert len({idempotency_key(*one) for one in found}) == len(found)
    assert len({order_source(*one) for one in found}) == len(found)


def test_the_books_name_what_nobody_approved_and_what_cannot_have_left(people: People) -> None:
    resend(people, failed(people))
    send_now()
    assert orders()[1][2] == "paid"
    with transaction():
        run("UPDATE payout_request SET order_id = NULL")
        run("UPDATE payout_order SET taken_by = id WHERE number = 1")
    with transaction():
        assert problems() == [
            f"The money of payout KE-{DAY}/W1/1 is said to have left with an order that cannot have taken it.",
            f"Payout KE-{DAY}/W1/2 was made by nobody's request that a second person approved.",
        ]


def test_a_settled_run_stays_settled(people: People) -> None:
    resend(people, failed(people))
    assert state_of(f"KE-{DAY}") == "settled"
    send_now()
    assert state_of(f"KE-{DAY}") == "settled"
