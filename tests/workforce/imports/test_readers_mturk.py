import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from workforce.imports.readers import mturk
from workforce.imports.rules import FileProblem, Refusal, Result, Skipped, WorkRow

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROW = {
    "HITId": "H1",
    "AssignmentId": "A1",
    "WorkerId": "W1",
    "AssignmentStatus": "Approved",
    "AcceptTime": "Wed Apr 04 10:26:53 PDT 2018",
    "SubmitTime": "Wed Apr 04 10:27:41 PDT 2018",
    "ApprovalTime": "2018-04-07 17:27:37 UTC",
    "RejectionTime": "",
    "RequesterFeedback": "",
    "WorkTimeInSeconds": "40",
    "Reward": "$0.04",
}


def utc(year: int, month: int, day: int, *clock: int) -> datetime:
    hour, minute, second, micro = (*clock, 0, 0, 0, 0)[:4]
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)


def sample(name: str) -> list[Result]:
    with (SAMPLES / name).open("rb") as stream:
        return list(mturk.read(stream, NOW))


def one(drop: tuple[str, ...] = (), **changes: str) -> Result:
    """Read a file of one row that is good but for the changes."""
    cells = {name: value for name, value in (ROW | changes).items() if name not in drop}
    text = io.StringIO()
    csv.writer(text).writerows([cells.keys(), cells.values()])
    [result] = mturk.read(io.BytesIO(text.getvalue().encode()), NOW)
    return result


def work(drop: tuple[str, ...] = (), **changes: str) -> WorkRow:
    result = one(drop, **changes)
    assert isinstance(result, WorkRow), result
    return result


def test_the_web_download() -> None:
    rows = sample("mturk_web.csv")
    assert rows[0] == WorkRow(
        number=1,
        source="A1",
        worker="W1",
        state="accepted",
        claimed_at=utc(2018, 4, 4, 17, 26, 53),
        submitted_at=utc(2018, 4, 4, 17, 27, 41),
        decided_at=utc(2018, 4, 7, 17, 27, 37),
        seconds=48,
        reward=Decimal("0.04"),
        reward_currency="USD",
    )
    reversed_, rejected, waiting, no_times = rows[1:]
    assert isinstance(reversed_, WorkRow)
    assert (reversed_.state, reversed_.reason) == ("accepted", "")
    assert reversed_.decided_at == utc(2018, 4, 7, 17, 27)
    assert isinstance(rejected, WorkRow)
    assert (rejected.number, rejected.state) == (3, "rejected")
    assert (rejected.decided_at, rejected.reason) == (utc(2018, 4, 5, 16), "- all cats\r\n- no dogs")
    assert isinstance(waiting, WorkRow)
    assert (waiting.worker, waiting.state, waiting.decided_at) == ("-5551234", "submitted", None)
    assert waiting.reward == 1000
    assert isinstance(no_times, WorkRow)
    assert (no_times.verdict_at, no_times.seconds) == (no_times.submitted_at, 60)


def test_the_command_line_tools() -> None:
    approved, nobody, rejected, waiting = sample("mturk_cli.csv")
    assert isinstance(approved, WorkRow)
    assert (approved.seconds, approved.reward) == (500, Decimal("0.30"))
    assert approved.decided_at == utc(2017, 3, 28, 7)
    assert nobody == Skipped(2, "no_assignment")
    assert isinstance(rejected, WorkRow)
    assert rejected.reason == 'Sorry but "ggg" is no answer.'
    assert isinstance(waiting, WorkRow)
    assert waiting.state == "submitted"


def test_a_dump_of_the_sdk() -> None:
    approved, waiting = sample("mturk_sdk.csv")
    assert isinstance(approved, WorkRow)
    assert (approved.seconds, approved.reward, approved.reward_currency) == (1600, None, None)
    assert approved.submitted_at == utc(2018, 9, 18, 16, 45, 15)
    assert isinstance(waiting, WorkRow)
    assert (waiting.seconds, waiting.claimed_at) == (1599, utc(2018, 9, 18, 16, 18, 35, 250_000))


def test_turkle_has_no_verdicts() -> None:
    [row] = sample("turkle.csv")
    assert isinstance(row, WorkRow)
    assert (row.source, row.worker, row.state, row.reward, row.seconds) == ("22169", "52", "accepted", None, 8)
    assert row.decided_at is None
    assert row.verdict_at == row.submitted_at == utc(2022, 2, 24, 13, 3, 31)


def test_a_missing_status_does_not_make_turkle_of_mturk() -> None:
    with pytest.raises(FileProblem, match="Missing columns: AssignmentStatus") as refused:
        one(drop=("AssignmentStatus",))
    assert refused.value.code == "columns_missing"


def test_turkle_before_version_2_1() -> None:
    header = (SAMPLES / "turkle.csv").read_bytes().replace(b',"Turkle.Username"', b"").replace(b',"hana"', b"")
    [row] = mturk.read(io.BytesIO(header), NOW)
    assert isinstance(row, WorkRow)
    assert row.state == "accepted"


def test_the_reward_column_may_be_missing_and_the_time_be_computed() -> None:
    row = work(drop=("Reward", "WorkTimeInSeconds"))
    assert (row.reward, row.seconds) == (None, 48)
    assert work(drop=("WorkTimeInSeconds", "AcceptTime")).seconds is None


def test_the_tool_s_own_time_worked_comes_first() -> None:
    assert work().seconds == 40
    assert work(TimeSpent="0 days 00:00:41.000000000").seconds == 40
    assert work(WorkTimeInSeconds="", TimeSpent="0 days 00:00:41.000000000").seconds == 41
    assert work(WorkTimeInSeconds="0").seconds == 0


@pytest.mark.parametrize(
    ("status", "approval", "rejection", "state", "decided"),
    [
        ("Approved", "2018-04-07 17:00:00 UTC", "", "accepted", utc(2018, 4, 7, 17)),
        ("approved", "", "2018-04-06 17:00:00 UTC", "accepted", utc(2018, 4, 4, 17, 27, 41)),
        ("Rejected", "", "2018-04-06 17:00:00 UTC", "rejected", utc(2018, 4, 6, 17)),
        ("Rejected", "2018-04-07 17:00:00 UTC", "", "rejected", utc(2018, 4, 4, 17, 27, 41)),
        ("Submitted", "2018-04-07 17:00:00 UTC", "rubbish", "submitted", None),
    ],
)
def test_the_status_decides_the_verdict(
    status: str, approval: str, rejection: str, state: str, decided: datetime | None
) -> None:
    row = work(AssignmentStatus=status, ApprovalTime=approval, RejectionTime=rejection)
    assert (row.state, row.verdict_at) == (state, decided)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("AssignmentId", "", "missing"),
        ("WorkerId", " ", "missing"),
        ("WorkerId", "a\nb", "bad_id"),
        ("AssignmentStatus", "", "missing"),
        ("AssignmentStatus", "Returned", "unknown_status"),
        ("SubmitTime", "", "missing"),
        ("SubmitTime", "Wed Apr 04 10:27:41 QQT 2018", "unknown_zone"),
        ("SubmitTime", "2018-04-04 10:27:41", "no_zone"),
        ("AcceptTime", "Wed Apr 04 10:28:41 PDT 2018", "claimed_late"),
        ("AcceptTime", "soon", "not_a_time"),
        ("ApprovalTime", "2026-03-03 00:00:00 UTC", "in_future"),
        ("WorkTimeInSeconds", "-3", "not_seconds"),
        ("Reward", "€0.04", "unknown_currency"),
        ("Reward", "free", "not_an_amount"),
    ],
)
def test_a_bad_cell_refuses_its_row_by_name(column: str, value: str, code: str) -> None:
    result = one((), **{column: value})
    assert isinstance(result, Refusal)
    assert (result.number, result.field, result.code) == (1, column, code)
    assert result.message()


def test_a_row_that_was_cut_off_is_no_task_without_an_assignment() -> None:
    [result] = mturk.read(io.BytesIO(b"HITId,AssignmentId,WorkerId,AssignmentStatus,SubmitTime\nH1,\n"), NOW)
    assert isinstance(result, Refusal)
    assert (result.field, result.code) == ("AssignmentId", "missing")
    [result] = mturk.read(io.BytesIO(b"HITId,AssignmentId,WorkerId,AssignmentStatus,SubmitTime\nH1\n"), NOW)
    assert isinstance(result, Refusal)
    assert (result.field, result.code) == ("AssignmentId", "row_too_short")
