"""Rails: the ways on which money leaves. Each keeps the promise of `Rail`, and passes the same contract test."""

from payroll.payouts.rails.port import Rail, RailTimeout, Transfer
from payroll.payouts.rails.sandbox import SandboxRail
from workforce.core.settings import Settings


def rail_for(settings: Settings) -> Rail:
    """Give the rail that the settings name."""
    return {"sandbox": SandboxRail}[settings.rail](settings.sandbox)


__all__ = ["Rail", "RailTimeout", "SandboxRail", "Transfer", "rail_for"]
