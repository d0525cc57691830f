"""People who sign in, and the roles that they have."""

from flask_security import AsaList, RoleMixin, UserMixin
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, String, Table
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.auth import Actor
from workforce.core.db import METADATA, Base, Id, Instant
from workforce.core.permissions import permissions_of

user_role = Table(
    "user_role",
    METADATA,
    Column("user_id", BigInteger, ForeignKey("user_account.id"), primary_key=True),
    Column("role_id", BigInteger, ForeignKey("role.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """A name for a set of permissions (see core/permissions)."""

    __tablename__ = "role"

    id: Mapped[Id]
    # worker, manager, finance or admin.
    name: Mapped[str] = mapped_column(String(40), unique=True)
    # Sign-in asks for this column; the permissions stand in core/permissions.
    permissions: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))


class User(Base, UserMixin):
    """An account to sign in with."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    # Kept in small letters, so that one address has one account.
    email: Mapped[str] = mapped_column(String(320), unique=True)
    # An argon2 hash; none before the first password is chosen.
    password: Mapped[str | None] = mapped_column(String(255))
    # False shuts the account without losing what it did.
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    # Sessions and tokens carry this; changing it ends them all.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    # When the address was confirmed.
    confirmed_at: Mapped[Instant | None]
    # The language that the person chose; none leaves it to the browser.
    locale: Mapped[str | None] = mapped_column(String(8))

    roles: Mapped[list[Role]] = relationship(secondary=user_role, lazy="selectin")  # type: ignore[assignment]

    @property
    def actor(self) -> Actor:
        """The person as services know it."""
        return Actor(self.id, self.email, permissions_of([role.name for role in self.roles]))
