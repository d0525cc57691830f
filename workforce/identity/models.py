"""People who sign in, and the roles that they have."""

from flask_security import AsaList, RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, text
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workforce.core.auth import Actor
from workforce.core.db import METADATA, Base, Id, Instant
from workforce.core.permissions import SECOND_FACTOR, permissions_of


class Words(AsaList):
    """A list of words in one text, as Flask-Security keeps it, in statements that may be kept."""

    cache_ok = True


user_role = Table(
    "user_role",
    METADATA,
    Column("user_id", BigInteger, ForeignKey("user_account.id"), primary_key=True),
    Column("role_id", BigInteger, ForeignKey("role.id"), primary_key=True),
    Index("ix_user_role_role_id_user_id", "role_id", "user_id"),
)


class Role(Base, RoleMixin):
    """A name for a set of permissions (see core/permissions)."""

    __tablename__ = "role"

    id: Mapped[Id]
    # One of core/permissions.ROLES.
    name: Mapped[str] = mapped_column(String(40), unique=True)
    # Sign-in asks for this column; the permissions stand in core/permissions.
    permissions: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Words()))


class User(Base, UserMixin):
    """An account to sign in with."""

    __tablename__ = "user_account"
    # For the look-up by the beginning of an address; the unique one is in the order of the database's language.
    __table_args__ = (Index("ix_user_account_email_prefix", "email", postgresql_ops={"email": "text_pattern_ops"}),)

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
    # `authenticator` once codes of an app are asked for at sign-in.
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    # What the codes are made from, encrypted.
    tf_totp_secret: Mapped[str | None] = mapped_column(String(400))
    # Sign-in asks for this column; no code is ever sent to a phone.
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    # The time step of the last code that was taken: it, and any before it, is never taken again.
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    # Codes for a lost second factor, each encrypted and good for once.
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Words()))
    # Names the person to her passkeys without telling who she is.
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)  # type: ignore[assignment]

    webauthn: Mapped[list["Passkey"]] = relationship(  # type: ignore[assignment]
        back_populates="user", cascade="all, delete-orphan", order_by="Passkey.id"
    )
    roles: Mapped[list[Role]] = relationship(secondary=user_role, lazy="selectin")  # type: ignore[assignment]

    @property
    def actor(self) -> Actor:
        """The person as services know it."""
        return Actor(self.id, self.email, permissions_of([role.name for role in self.roles]))

    @property
    def has_second_factor(self) -> bool:
        """Is anything but the password asked for at sign-in?"""
        return bool(self.tf_totp_secret and self.tf_primary_method) or bool(self.webauthn)

    @property
    def needs_second_factor(self) -> bool:
        """Does one of her roles ask for a second factor?"""
        return any(role.name in SECOND_FACTOR for role in self.roles)

    def check_tf_required_setup(self) -> bool:
        """Say to Flask-Security whether the second factor may be switched off."""
        return self.needs_second_factor


class Passkey(Base, WebAuthnMixin):
    """A key of a device that serves as the second factor."""

    __tablename__ = "passkey"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    # The device's own name for the key.
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    # The device counts its signatures; one that counts backwards is a copy.
    sign_count: Mapped[int | None] = mapped_column(BigInteger, default=0)  # type: ignore[assignment]
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Words()))
    # Is the key kept by an account of the device's maker, so that other devices have it too?
    backup_state: Mapped[bool] = mapped_column(Boolean)
    device_type: Mapped[str] = mapped_column(String(64))
    # A JSON document of the browser.
    extensions: Mapped[str | None] = mapped_column(String(255))
    lastuse_datetime: Mapped[Instant]
    # What its owner calls it.
    name: Mapped[str] = mapped_column(String(64))
    # Always `secondary`.
    usage: Mapped[str] = mapped_column(String(64))

    user: Mapped[User] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, int]:
        """Say to Flask-Security whose key it is."""
        return {"id": self.user_id}


class UserSession(Base):
    """A device on which somebody signed in."""

    __tablename__ = "user_session"
    __table_args__ = (
        Index(None, "user_id", "id"),
        Index("ix_user_session_over", text("LEAST(ended_at, expires_at)")),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    # SHA-256 of what the browser's cookie holds; who reads this table can sign in as nobody.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Instant]
    # Of a request of it, some minutes ago at most.
    last_seen_at: Mapped[Instant]
    # When it is over however much it is used.
    expires_at: Mapped[Instant]
    # When it is over if nothing is heard of it, in seconds after last_seen_at.
    idle_seconds: Mapped[int]
    # Did she ask to be kept signed in?
    remembered: Mapped[bool] = mapped_column(Boolean)
    # What the browser says that it is.
    user_agent: Mapped[str] = mapped_column(String(300))
    # Where the sign-in came from.
    address: Mapped[str] = mapped_column(String(64))
    # When somebody signed out of it or ended it.
    ended_at: Mapped[Instant | None]
