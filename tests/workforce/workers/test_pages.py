"""The pages of profiles: a worker's own, and staff's."""

from flask import Flask

from tests.conftest import signed_in
from tests.factories import make_group, make_user, make_worker
from workforce.core.db import transaction
from workforce.workers.queries import asked_changes, worker_by_external_id

WHY = "moved to Hà Nội"


def test_the_pages_ask_change_link_and_refuse(app: Flask) -> None:
    with app.app_context(), transaction():
        group = make_group()
        make_worker(group, "W1", country="KE", email="w1@example.com")
        make_worker(group, "W/2")
        mine, other = (make_user("worker", f"{name}@example.com").email for name in ("w1", "w2"))
        finance, admin = make_user("finance").email, make_user("admin").email
    worker, staff, boss = (signed_in(app, email) for email in (mine, finance, admin))
    typed = {"name": "Name of W1", "country": "VN", "group": "KE", "currency": "KES", "reason": WHY}
    assert worker.post("/me/profile", data=typed | {"reason": ""}).status_code == 400
    assert worker.post("/me/profile", data=typed).status_code == 303
    assert "VN" in worker.get("/me/profile").text
    with app.app_context(), transaction():
        number = asked_changes()[0][0].id
    assert "W1" in staff.get("/manage/workers").text
    refused = staff.post(f"/manage/workers/W1/requests/{number}/refuse", data={"reason": ""})
    assert refused.status_code == 400
    assert "must have 1 to 1,000 characters" in refused.text.replace("1000", "1,000")
    assert staff.post(f"/manage/workers/W1/requests/{number}/grant", data={"reason": ""}).status_code == 303
    assert staff.post("/manage/workers/W/2/change", data=typed | {"country": "UG"}).status_code == 303
    with app.app_context(), transaction():
        assert [worker_by_external_id(name).country for name in ("W1", "W/2")] == ["VN", "UG"]
    wrong = staff.post("/manage/workers/W1/change", data=typed | {"currency": "XAU"})
    assert wrong.status_code == 400
    assert 'value="XAU"' in wrong.text
    data = {"email": other, "reason": WHY}
    assert staff.post("/manage/workers/W/2/link", data=data).status_code == 403
    assert boss.post("/manage/workers/W/2/link", data=data | {"email": "nobody@example.com"}).status_code == 404
    assert boss.post("/manage/workers/W/2/link", data=data).status_code == 303
    assert other in boss.get("/manage/workers?prefix=W/").text
    assert boss.get("/manage/workers/W3").status_code == 404
