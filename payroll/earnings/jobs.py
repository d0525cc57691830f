"""Jobs on what work costs."""

from payroll.earnings import services
from workforce.core import clock


def watch_budgets() -> int:
    """Tell managers whose budgets have come to their alarm or their end; give of how many projects."""
    return services.watch_budgets(now=clock.now())
