"""An administrator's pages: the jobs and their runs, and the audit log."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from workforce.core import audit, scheduler
from workforce.core.db import rows, session
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.core.scheduler import JobRun

blueprint = Blueprint("admin", __name__, template_folder="templates")
PAGE: Final = 50
# One look at the end of the index for each job, however long the log is.
_LAST_RUNS: Final = """
SELECT r.id FROM unnest(CAST(:names AS text[])) AS job(name)
CROSS JOIN LATERAL (SELECT id FROM job_run WHERE job_run.name = job.name ORDER BY id DESC LIMIT 1) r
"""


@blueprint.get("/admin/jobs")
@requires("jobs:runs:read")
def jobs() -> ResponseReturnValue:
    """Show each job with its last run, and the log of all runs."""
    name = request.args.get("job", "")
    log = _log(name, number_asked("before") or None)
    more = url_for("admin.jobs", job=name or None, before=log[-1].id) if len(log) == PAGE else None
    last = _last_runs()
    return render_template(
        "core/admin_jobs.html", jobs=[(job, last.get(job.name), _due(job, last)) for job in scheduler.jobs()],
        log=log, job_name=name, more=more, leaders=scheduler.leaders(), last={run.id for run in last.values()},
    )  # fmt: skip


def strip() -> str:
    """Tell whoever looks after the jobs, on every page but the jobs' own, that nobody leads."""
    if request.endpoint == "admin.jobs" or not current_actor().may("jobs:runs:read") or scheduler.leaders():
        return ""
    return render_template("core/admin_strip.html")


@blueprint.get("/admin/audit")
@requires("audit:events:read")
def audit_log() -> ResponseReturnValue:
    """Show who did what, youngest first."""
    wanted = {key: request.args.get(key, "").strip() for key in ("subject", "action", "actor")}
    page = audit.latest(before_id=number_asked("before") or None, limit=PAGE, **wanted)
    kept: dict[str, Any] = {key: value for key, value in wanted.items() if value}
    more = url_for("admin.audit_log", before=page.next_before, **kept) if page.next_before else None
    return render_template(
        "core/admin_audit.html", events=[(event, _changes(event)) for event in page.events], wanted=wanted,
        filtered=bool(kept), more=more, first="before" not in request.args,
    )  # fmt: skip


def _last_runs() -> dict[str, JobRun]:
    """Give the last run of each job that ever ran."""
    ids = [key for (key,) in rows(_LAST_RUNS, names=[job.name for job in scheduler.jobs()])]
    return {run.name: run for run in session().scalars(select(JobRun).where(JobRun.id.in_(ids)))}


def _log(name: str, before_id: int | None) -> list[JobRun]:
    """Give the youngest runs, of one job or all, from one downwards."""
    query = select(JobRun).order_by(JobRun.id.desc()).limit(PAGE)
    if name:
        query = query.where(JobRun.name == name)
    if before_id is not None:
        query = query.where(JobRun.id < before_id)
    return list(session().scalars(query))


def _due(job: scheduler.Job, last: dict[str, JobRun]) -> datetime | None:
    return last[job.name].started_at + timedelta(seconds=job.seconds) if job.name in last else None


def _changes(event: audit.AuditEvent) -> list[tuple[str, str | None, str | None]]:
    """Give what an entry changed: name, value before and value after, None where there is none."""
    names = [*event.before, *(name for name in event.after if name not in event.before)]
    return [(name, _shown(event.before, name), _shown(event.after, name)) for name in names]


def _shown(values: dict[str, Any], name: str) -> str | None:
    if name not in values:
        return None
    value = values[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
