"""Every real file of MTurk and Turkle goes through the commands, and the oracle says whether the money is right."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.journeys import oracle
from tests.journeys.conftest import Shell
from tests.journeys.journey import Journey, Setting, check_money

SAMPLES: Final = sorted((Path(__file__).parent / "samples").glob("mturk_*"))
WEB: Final = (
    *(f"fc_Batch_{number}_batch_results.csv" for number in (2768981, 2770710, 2785664, 2793686)),
    "fc_Batch_2793686_batch_results_new.csv",
    "odre_Batch_2947651_batch_results.csv",
    "odre_Batch_2963437_batch_results.csv",
    "racenumbers_mturk_results.csv",
    "vqa_Batch_4710906_batch_results.csv",
    "vqa_pilot_round_1.csv",
)
CLI: Final = (
    "ukp_21-pilot-stance-task.output.tsv",
    "ukp_31-pilot-reasons-task.output.tsv",
    "ukp_51-pilot-warrants-task.output.tsv",
    "ukp_55-warrants-batch-0001-5000-4294re.output.tsv",
    "ukp_56-warrants-qualification-task.output.tsv",
)
FILES: Final = (
    *(f"mturk_web/{name}" for name in WEB),
    *(f"mturk_cli/{name}" for name in CLI),
    "mturk_sdk/gpturk_summaries_2018.csv",
    "turkle/vqa_pilot-Batch_1014_results.csv",
)


def walk(daybook: Shell, path: Path, number: int) -> None:
    """Take a file all the way."""
    reading = oracle.read(path)
    journey = Journey(daybook, Setting.of(number, path.as_posix()), reading)
    journey.set_up()
    told = journey.take(path)
    strangers = {piece.worker for piece in reading.pieces} - journey.crowd.country_of.keys()
    assert told == {
        "format": "mturk", "rows": reading.rows, "imported": len(reading.pieces), "already_there": 0, "corrected": 0,
        "skipped": reading.no_work, "refused": [], "warnings": [], "workers_created": len(strangers),
    }  # fmt: skip
    assert told["rows"] == told["imported"] + told["skipped"]
    again = journey.take(path)
    assert again == told | {"imported": 0, "already_there": told["imported"], "workers_created": 0}
    names = journey.pay_out()
    check_money(journey, names, journey.expected(reading.pieces), reading.accepted)


@pytest.mark.parametrize(("number", "name"), list(enumerate(FILES)))
def test_a_real_file_pays_what_the_oracle_says(daybook: Shell, data: Path, number: int, name: str) -> None:
    walk(daybook, data / name, number)


def test_no_real_file_is_forgotten(data: Path) -> None:
    there = [path for folder in ("mturk_web", "mturk_cli", "mturk_sdk", "turkle") for path in (data / folder).iterdir()]
    assert sorted(path.relative_to(data).as_posix() for path in there) == sorted(FILES)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_pays_what_the_oracle_says(daybook: Shell, path: Path, *, late: bool) -> None:
    walk(daybook, path, 2 * SAMPLES.index(path) + late)


def _pair(daybook: Shell, data: Path, number: int, older: str, newer: str) -> tuple[Journey, Path, Path]:
    first, second = data / "mturk_web" / older, data / "mturk_web" / newer
    journey = Journey(daybook, Setting.of(number, older), oracle.read(second))
    journey.set_up()
    return journey, first, second


FC: Final = ("fc_Batch_2793686_batch_results.csv", "fc_Batch_2793686_batch_results_new.csv")
VQA: Final = ("vqa_Batch_4710906_batch_results.csv", "vqa_pilot_round_1.csv")


def _counted(document: Mapping[str, Any]) -> dict[str, int]:
    return {name: document[name] for name in ("rows", "imported", "already_there", "corrected", "skipped")}


def test_a_longer_download_of_a_batch_adds_what_is_new(daybook: Shell, data: Path) -> None:
    journey, older, newer = _pair(daybook, data, 0, *FC)
    assert _counted(journey.take(older)) == {
        "rows": 62,
        "imported": 62,
        "already_there": 0,
        "corrected": 0,
        "skipped": 0,
    }
    assert _counted(journey.take(newer)) == {
        "rows": 117,
        "imported": 55,
        "already_there": 62,
        "corrected": 0,
        "skipped": 0,
    }


def test_a_shorter_download_after_a_longer_one_adds_nothing(daybook: Shell, data: Path) -> None:
    journey, older, newer = _pair(daybook, data, 0, *FC)
    assert journey.take(newer)["imported"] == 117
    assert _counted(journey.take(older)) == {
        "rows": 62,
        "imported": 0,
        "already_there": 62,
        "corrected": 0,
        "skipped": 0,
    }


@pytest.mark.parametrize("closed_between", [False, True])
@pytest.mark.parametrize("number", [0, 1, 5])
def test_work_that_is_approved_in_a_later_file_is_paid_from_then_on(
    daybook: Shell, data: Path, number: int, *, closed_between: bool
) -> None:
    journey, older, newer = _pair(daybook, data, number, *VQA)
    before, after = oracle.read(older), oracle.read(newer)
    journey.take(older)
    opened = journey.pay.open_day
    if closed_between:
        through = journey.days[-1] - timedelta(days=1)
        daybook("close", "--group", journey.setting.code, "--through", through)
        opened = max(opened, through + timedelta(days=1))
    assert _counted(journey.take(newer)) == {
        "rows": 118,
        "imported": 0,
        "already_there": 88,
        "corrected": 30,
        "skipped": 0,
    }
    assert _counted(journey.take(older)) == {
        "rows": 118,
        "imported": 0,
        "already_there": 118,
        "corrected": 0,
        "skipped": 0,
    }
    known = {piece.source for piece in before.accepted}
    journey.pay = replace(
        journey.pay, opened_later={one.source: opened for one in after.accepted if one.source not in known}
    )
    check_money(journey, journey.pay_out(), journey.expected(after.accepted), after.accepted)
