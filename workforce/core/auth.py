"""Who acts: every service takes an actor and never asks the session."""

from dataclasses import dataclass

from workforce.core.errors import Forbidden


@dataclass(frozen=True)
class Actor:
    """A person, or Daybook itself, with what it may do.

    Attributes:
        id: the user's id, None for the system.
        email: as it stands in the audit log.
        permissions: names of the form area:thing:action.

    """

    id: int | None
    email: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        """May the actor do this?"""
        return self.id is None or permission in self.permissions

    def must(self, permission: str) -> None:
        """Refuse unless the actor may do this.

        Raises:
            Forbidden: naming the permission.

        """
        if not self.may(permission):
            raise Forbidden(permission=permission)


# The jobs and the command line act as the system; whoever can run them can reach the database anyway.
SYSTEM = Actor(id=None, email="system", permissions=frozenset())
NOBODY = Actor(id=-1, email="", permissions=frozenset())
