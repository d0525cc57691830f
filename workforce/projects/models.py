"""Customers, and the code-named projects that are done for them."""

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Id


class Customer(Base):
    """Who the work is for; a worker must never learn the name."""

    __tablename__ = "customer"

    id: Mapped[Id]
    # The real name.
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Project(Base):
    """Work of one kind for one customer, known by a code name."""

    __tablename__ = "project"

    id: Mapped[Id]
    # What everybody calls it, such as FALCON.
    code: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"))
