import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from workforce.imports.readers import daybook_csv
from workforce.imports.rules import Refusal, Result, WorkRow

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
HEADER = "source,worker,status,submitted_at,claimed_at,decided_at,reason,seconds,reward,currency,level\n"
GOOD = ["D1", "mai", "accepted", "2026-03-02T09:00:00Z", "", "", "", "", "0.5", "USD", ""]


def read(text: str) -> list[Result]:
    return list(daybook_csv.read(io.BytesIO(text.encode()), NOW))


def test_the_sample() -> None:
    first, second, third, fourth = read((SAMPLES / "daybook.csv").read_text(encoding="utf-8"))
    assert first == WorkRow(
        number=1,
        source="D1",
        worker="tuấn",
        state="accepted",
        claimed_at=datetime(2026, 3, 2, 1, 50, tzinfo=UTC),
        submitted_at=datetime(2026, 3, 2, 2, tzinfo=UTC),
        decided_at=datetime(2026, 3, 3, 1, tzinfo=UTC),
        seconds=540,
        reward=Decimal("0.0125"),
        reward_currency="USD",
        level="gold",
    )
    assert isinstance(second, WorkRow)
    assert (second.state, second.decided_at, second.verdict_at) == ("accepted", None, second.submitted_at)
    assert isinstance(third, WorkRow)
    assert (third.state, third.reason, third.reward_currency) == ("rejected", "blurred,\ntwice", "VND")
    assert isinstance(fourth, WorkRow)
    assert (fourth.number, fourth.state, fourth.decided_at) == (4, "submitted", None)


def test_columns_in_any_order_and_optional_ones_left_out() -> None:
    [row] = read(" Status ,submitted_at,WORKER, source\nrejected,2026-03-02T09:00:00+01:00,mai,D1\n")
    assert isinstance(row, WorkRow)
    assert (row.source, row.worker, row.state, row.seconds) == ("D1", "mai", "rejected", None)
    assert row.submitted_at == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "value", "field", "code"),
    [
        (0, "", "source", "missing"),
        (1, "", "worker", "missing"),
        (2, "", "status", "missing"),
        (2, "paid", "status", "unknown_status"),
        (3, "", "submitted_at", "missing"),
        (3, "2026-03-02T09:00:00", "submitted_at", "no_zone"),
        (3, "2026-03-06T09:00:00Z", "submitted_at", "in_future"),
        (4, "2026-03-02T09:00:06Z", "claimed_at", "claimed_late"),
        (5, "never", "decided_at", "not_a_time"),
        (7, "2678401", "seconds", "too_long"),
        (7, "1.5", "seconds", "not_seconds"),
        (8, "$1", "reward", "not_an_amount"),
        (8, "-1", "reward", "negative"),
        (9, "", "currency", "missing"),
        (9, "XYZ", "currency", "unknown_currency"),
        (10, "x" * 201, "level", "id_too_long"),
    ],
)
def test_a_bad_cell_refuses_its_row_by_name(place: int, value: str, field: str, code: str) -> None:
    cells = [*GOOD[:place], value, *GOOD[place + 1 :]]
    bad, good = read(HEADER + ",".join(cells) + "\n" + ",".join(GOOD) + "\n")
    assert isinstance(bad, Refusal)
    assert (bad.number, bad.field, bad.code) == (1, field, code)
    assert bad.message()
    assert isinstance(good, WorkRow)
    assert good.number == 2


def test_the_same_source_twice_is_not_the_reader_s_business() -> None:
    assert len(read(HEADER + 2 * (",".join(GOOD) + "\n"))) == 2


def test_a_currency_without_reward_promises_nothing() -> None:
    cells = [*GOOD[:8], "", "USD", ""]
    [row] = read(HEADER + ",".join(cells))
    assert isinstance(row, WorkRow)
    assert (row.reward, row.reward_currency) == (None, None)
