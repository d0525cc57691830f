"""Files taken in: work, workers, rate cards, hourly floors."""

from workforce.imports.services.asked import Pay, WorkImport
from workforce.imports.services.lists import ListReport, import_floors, import_rates, import_workers, take_list
from workforce.imports.services.report import WorkReport
from workforce.imports.services.work import import_work

__all__ = [
    "ListReport",
    "Pay",
    "WorkImport",
    "WorkReport",
    "import_floors",
    "import_rates",
    "import_work",
    "import_workers",
    "take_list",
]
