"""Which tool a table is from, judged by its header, to say so when it was given as a file of another."""

from collections.abc import Collection, Sequence
from typing import Final

from i18n.locale import N_
from workforce.imports.rules import FileProblem

# The tool, its --format where this version reads it, and the columns (in small letters) that only its files have.
_TOOLS: Final = (
    ("Figure Eight / Appen", "", {"_unit_id"}),
    ("Toloka", "", {"assignment:assignment_id"}),
    ("Prolific", "", {"prolific_pid"}),
    ("Prolific", "", {"participant id", "submission id"}),
    ("Label Studio", "", {"annotation_id", "annotator"}),
    ("Label Studio", "", {"annotation_id", "lead_time"}),
    ("Amazon Mechanical Turk", "mturk", {"assignmentid", "workerid"}),
    ("Amazon Mechanical Turk", "mturk", {"hitid", "workerid"}),
    ("Daybook", "csv", {"source", "worker", "status"}),
)


def refuse_document(first_line: str) -> None:
    """Refuse JSON and pages of the web by their first line.

    Raises:
        FileProblem: it is one.

    """
    start = first_line.lstrip()[:1]
    if start and start in "[{":
        template = N_("This is JSON, as Label Studio exports it, and not a table. Give a CSV or TSV file.")
        raise FileProblem("json", template)
    if start == "<":
        raise FileProblem(
            "markup", N_("This is a page of HTML or XML and not a table. Download the CSV or TSV file itself.")
        )


def refuse_missing(missing: Sequence[str], header: Collection[str], wanted: str) -> None:
    """Refuse a table that lacks columns, and say what it looks like.

    Args:
        missing: the columns that are required and not there.
        header: the columns that are there, in small letters.
        wanted: the format that it was given as.

    Raises:
        FileProblem: always, unless nothing is missing.

    """
    if not missing:
        return
    columns = ", ".join(missing)
    for tool, name, signs in _TOOLS:
        if not signs.issubset(header) or name == wanted:
            continue
        if name:
            template = N_(
                "This looks like a file of %(tool)s: import it with --format %(format)s. Missing columns: %(columns)s."
            )
        else:
            template = N_(
                "This looks like a file of %(tool)s, not of the format %(wanted)s. Missing columns: %(columns)s."
            )
        raise FileProblem("wrong_format", template, tool=tool, format=name, wanted=wanted, columns=columns)
    template = N_("The first line of a file of the format %(wanted)s names its columns. Missing columns: %(columns)s.")
    raise FileProblem("columns_missing", template, wanted=wanted, columns=columns)
