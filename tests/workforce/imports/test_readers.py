import codecs
import csv
import io
import os
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workforce.imports.readers import READERS
from workforce.imports.readers.text import ROW_LIMIT
from workforce.imports.rules import FileProblem, Refusal, Result, Skipped, WorkRow

SAMPLES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "samples").iterdir())}
DATA = Path(os.environ.get("DAYBOOK_DATA", Path(__file__).parents[4] / "shared" / "data"))
REAL = [
    path for folder in ("mturk_web", "mturk_cli", "mturk_sdk", "turkle") for path in sorted(DATA.glob(f"{folder}/*"))
]
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
HEADER = b"source,worker,status,submitted_at\n"
LINE = b"D%d,mai,accepted,2026-03-02T09:00:00Z\n"


def read(data: bytes, name: str = "csv") -> list[Result]:
    return list(READERS[name].read(io.BytesIO(data), NOW))


def problem(data: bytes, name: str = "csv") -> FileProblem:
    with pytest.raises(FileProblem) as refused:
        read(data, name)
    assert refused.value.message()
    return refused.value


def format_of(sample: str) -> str:
    return "csv" if sample.startswith("daybook") else "mturk"


class Endless(io.RawIOBase):
    """A stream that makes its bytes while it is read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002 -- a chunk is as long as it is, as from a socket
        return next(self._chunks, b"")


def stream(chunks: Iterator[bytes]) -> BinaryIO:
    return cast("BinaryIO", Endless(chunks))


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_every_row_of_a_real_file_is_accounted_for(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as opened_text:
        text = opened_text.read()
    delimiter = "\t" if text.partition("\n")[0].count("\t") else ","
    csv.field_size_limit(ROW_LIMIT)
    expected = sum(1 for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)) - 1
    with path.open("rb") as opened:
        results = list(READERS["mturk"].read(opened, NOW))
    assert [result.number for result in results] == list(range(1, expected + 1))
    assert not [result for result in results if isinstance(result, Refusal)]
    for row in results:
        if isinstance(row, WorkRow):
            assert row.claimed_at is not None
            assert row.seconds == (row.submitted_at - row.claimed_at).total_seconds()
            assert (row.verdict_at is None) == (row.state == "submitted")
        else:
            assert isinstance(row, Skipped)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_tells_the_encoding(sample: str, encoding: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    data = marks.get(encoding, b"") + SAMPLES[sample].decode().encode(encoding)
    assert read(data, format_of(sample)) == read(SAMPLES[sample], format_of(sample))


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_slow_stream_gives_the_same(sample: str) -> None:
    single = (SAMPLES[sample][at : at + 1] for at in range(len(SAMPLES[sample])))
    results = list(READERS[format_of(sample)].read(stream(single), NOW))
    assert results == read(SAMPLES[sample], format_of(sample))
    assert all(isinstance(result, WorkRow | Skipped) for result in results)


@pytest.mark.parametrize("sample", ["mturk_cli.csv", "mturk_sdk.csv", "daybook.csv"])
@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_line_ends_do_not_matter(sample: str, end: bytes) -> None:
    before, after = (read(data, format_of(sample)) for data in (SAMPLES[sample], SAMPLES[sample].replace(b"\n", end)))
    assert [(row.number, type(row)) for row in before] == [(row.number, type(row)) for row in after]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiter_is_seen_in_the_header(delimiter: str) -> None:
    assert read((HEADER + LINE % 1).replace(b",", delimiter.encode())) == read(HEADER + LINE % 1)


def test_blank_lines_are_no_rows() -> None:
    results = read(b"\n \n" + HEADER + b"\n,,,\n" + LINE % 1 + b"\r\n" + LINE % 2 + b"  \n\n")
    assert [(row.number, type(row)) for row in results] == [(1, WorkRow), (2, WorkRow)]


def test_a_header_alone_is_a_file_without_work() -> None:
    assert read(HEADER) == []


def test_fields_past_the_header_count_only_if_something_is_in_them() -> None:
    good, bad = read(HEADER + (LINE % 1).replace(b"\n", b",, \n") + (LINE % 2).replace(b"\n", b",,x\n"))
    assert isinstance(good, WorkRow)
    assert isinstance(bad, Refusal)
    assert (bad.number, bad.field, bad.code) == (2, "", "row_too_long")


BROKEN_QUOTES = [
    b'D2,"ma"i,accepted,2026-03-02T09:00:00Z\n',
    b'D2,mai,accepted,2026-03-02T09:00:00Z,"he said "no" to it"\n',
    # Text with a row in it, whose quote is escaped as other languages do it.
    b'D2,mai,accepted,2026-03-02T09:00:00Z,"x \\" y\nFORGED,mai,accepted,2026-03-02T09:00:00Z,z"\n',
    b'D2,mai,accepted,2026-03-02T09:00:00Z,"x \\" y\nFORGED,mai,accepted,2026-03-02T09:00:00Z,z\nmore"\n',
    b'D2,mai,accepted,2026-03-02T09:00:00Z,"x" y\r\nFORGED,mai,accepted,2026-03-02T09:00:00Z,"z"\r\n',
]


@pytest.mark.parametrize("broken", BROKEN_QUOTES)
def test_after_a_broken_quote_nothing_is_work_and_the_line_is_named(broken: bytes) -> None:
    rows = READERS["csv"].read(io.BytesIO(HEADER.strip() + b",reason\n" + LINE % 1 + broken + LINE % 3), NOW)
    assert isinstance(next(rows), WorkRow)
    with pytest.raises(FileProblem) as refused:
        list(rows)
    assert (refused.value.code, refused.value.params) == ("bad_quotes", {"row": 2, "line": 3})


def test_a_text_over_several_lines_that_looks_like_rows_is_one_text() -> None:
    text = b'"first ""line""\nFORGED,mai,accepted,2026-03-02T09:00:00Z,z"'
    row = b"D2,mai,rejected,2026-03-02T09:00:00Z," + text + b"\n"
    results = read(HEADER.strip() + b",reason\n" + row + LINE % 3)
    assert [one.source for one in results if isinstance(one, WorkRow)] == ["D2", "D3"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n\r\n  \n,,,\n", "empty"),
        (b"PK\x03\x04\x14\x00", "binary"),
        (b"%PDF-1.7\n", "binary"),
        (b"\x1f\x8b\x08\x00", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "binary"),
        (b'[{"id": 1}]', "json"),
        (b'\xef\xbb\xbf\n {"id": 1}', "json"),
        (b"<!doctype html><title>Sign in</title>", "markup"),
        (HEADER.decode().encode("utf-16-le"), "nul_byte"),
        (b'"source,worker\n', "unclosed_quote"),
        (b'"sour"ce,worker\n', "bad_header"),
        (b"source,source,worker,status,submitted_at\n", "duplicate_column"),
        (b"D1,mai,accepted,2026-03-02T09:00:00Z\n", "columns_missing"),
        (b"_unit_id,_id,_worker_id\n", "wrong_format"),
        (b"INPUT:x\tASSIGNMENT:assignment_id\tASSIGNMENT:worker_id\n", "wrong_format"),
        (b"Submission id,Participant id,Status\n", "wrong_format"),
        (b"image,id,annotator,annotation_id,lead_time\n", "wrong_format"),
        (SAMPLES["mturk_web.csv"], "wrong_format"),
        (SAMPLES["turkle.csv"], "wrong_format"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_at_once(data: bytes, code: str) -> None:
    with pytest.raises(FileProblem) as refused:
        READERS["csv"].read(io.BytesIO(data), NOW)
    assert refused.value.code == code
    assert refused.value.status == 400


def test_our_csv_given_as_mturk_is_named() -> None:
    assert "--format csv" in problem(SAMPLES["daybook.csv"], "mturk").message()
    assert "--format mturk" in problem(SAMPLES["mturk_cli.csv"]).message()
    assert "Toloka" in problem(b"ASSIGNMENT:assignment_id\tx\n", "mturk").message()
    assert "worker, submitted_at" in problem(b"source,status\n").message()


@pytest.mark.parametrize("lines", [0, 1, 10_000])
@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16-be")]
)
def test_a_bad_byte_is_named_by_its_place(lines: int, mark: bytes, encoding: str) -> None:
    good = (HEADER + b"".join(LINE % number for number in range(lines))).decode() + "D,tuấn"
    start = mark + good.encode(encoding)
    for bad in (b"\xff" if encoding == "utf-8" else b"\xdc\x00", b"\xe1\xba" if encoding == "utf-8" else b"\xd8\x00"):
        if encoding == "utf-8":
            *_, refused, after = read(start + bad + b",x\n" + LINE % 7)
            assert isinstance(refused, Refusal)
            assert (refused.number, refused.field, refused.code) == (lines + 1, "worker", "not_text")
            assert refused.params == {"byte": f"0x{bad[0]:02X}"}
            assert isinstance(after, WorkRow)
        else:
            found = problem(start + bad)
            assert (found.code, found.params["offset"]) == ("not_text", len(start))
            assert found.params["byte"] == f"0x{bad[0]:02X}"
    *_, refused, after = read(start + ("\0,x\n" + (LINE % 7).decode()).encode(encoding))
    assert isinstance(refused, Refusal)
    assert (refused.number, refused.field, refused.params) == (lines + 1, "worker", {"byte": "0x00"})
    assert isinstance(after, WorkRow)


def test_a_bad_byte_in_a_column_that_nobody_reads_refuses_its_row_by_its_name() -> None:
    lines = [(LINE % number).strip() for number in (1, 2)]
    first, second = read(HEADER.strip() + b",Answer.text\n" + lines[0] + b",caf\xe9\n" + lines[1] + b",ok\n")
    assert isinstance(first, Refusal)
    assert (first.number, first.field, first.code) == (1, "Answer.text", "not_text")
    assert isinstance(second, WorkRow)


def test_a_file_in_an_old_encoding_is_told_apart() -> None:
    assert problem("Größe,".encode("latin-1") + HEADER + LINE % 1).params == {"byte": "0xF6"}


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("note", ["sep=%s", '"sep=%s"', "SEP=%s"])
def test_a_spreadsheets_note_of_its_sign_is_understood(sign: str, note: str) -> None:
    table = (HEADER + LINE % 1).decode().replace(",", sign)
    [row] = read((note % sign + "\r\n" + table).encode())
    assert isinstance(row, WorkRow)
    assert (row.number, row.source) == (1, "D1")


def test_a_quote_that_is_never_closed_is_found_after_the_good_rows() -> None:
    results = READERS["csv"].read(io.BytesIO(HEADER + LINE % 1 + b'D2,"mai,accepted\n' + LINE % 3), NOW)
    assert isinstance(next(results), WorkRow)
    with pytest.raises(FileProblem) as refused:
        next(results)
    assert refused.value.code == "unclosed_quote"
    assert refused.value.params == {"row": 2, "line": 3}


@pytest.mark.parametrize("filler", [b"x" * 65_536, (b"x" * 1023 + b"\n") * 64, b",x" * 32_768])
def test_a_row_without_end_stops_before_it_fills_the_memory(filler: bytes) -> None:
    def chunks() -> Iterator[bytes]:
        yield HEADER + LINE % 1 + b'D2,"'
        for _ in range(10 * ROW_LIMIT // len(filler)):
            yield filler

    tracemalloc.start()
    try:
        with pytest.raises(FileProblem) as refused:
            list(READERS["csv"].read(stream(chunks()), NOW))
        assert tracemalloc.get_traced_memory()[1] < 16 * ROW_LIMIT
    finally:
        tracemalloc.stop()
    assert refused.value.code == "row_too_large"
    assert refused.value.params["row"] == 2


def test_memory_stays_flat_over_50_megabytes() -> None:
    answer = b'"' + (b'[{""label"": ""cat""}]' * 100 + b"\r\n") * 10 + b'"'

    def chunks() -> Iterator[bytes]:
        yield b"AssignmentId,WorkerId,AssignmentStatus,SubmitTime,Answer.boxes,Approve,Reject\r\n"
        for number in range(2_600):
            yield b"A%d,W1,Approved,Wed Apr 04 10:27:41 PDT 2018,%s\r\n" % (number, answer)

    tracemalloc.start()
    try:
        count = sum(isinstance(row, WorkRow) for row in READERS["mturk"].read(stream(chunks()), NOW))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 2_600
    assert 2_600 * len(answer) > 50_000_000
    assert peak < 30_000_000


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from(["replace", "insert", "delete", "cut"]),
        st.binary(min_size=1, max_size=3) | st.sampled_from([b'"', b",", b"\t", b"\n", b"\r", b"\0", b"\xff", b'"\n"']),
    ),
    min_size=1,
    max_size=6,
)


def mutated(data: bytes, mutations: list[tuple[int, str, bytes]]) -> bytes:
    for where, how, what in mutations:
        at = where % (len(data) + 1)
        keep = {"replace": at + len(what), "insert": at, "delete": at + 1, "cut": len(data)}[how]
        data = data[:at] + (what if how in {"replace", "insert"} else b"") + data[keep:]
    return data


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), MUTATIONS, st.sampled_from(sorted(READERS)))
def test_whatever_the_bytes_there_are_results_or_a_problem(
    sample: str, mutations: list[tuple[int, str, bytes]], name: str
) -> None:
    numbers, said = [], []
    try:
        for result in READERS[name].read(io.BytesIO(mutated(SAMPLES[sample], mutations)), NOW):
            numbers.append(result.number)
            if isinstance(result, Refusal):
                said.append(result.message())
    except FileProblem as found:
        said.append(found.message())
    assert all(message.isprintable() for message in said)
    assert numbers == list(range(1, len(numbers) + 1))
