"""Exchange rates are corrected by two people or wait for one; the names of their sources have one spelling."""

from collections import defaultdict
from itertools import count

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_LONGEST = 40


def upgrade() -> None:
    _create_changes()
    op.add_column("fx_rate", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("fx_rate", "revision", server_default=None)
    op.add_column("fx_rate", sa.Column("change_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_fx_rate_change_id", "fx_rate", "fx_change", ["change_id"], ["id"])
    op.execute("ALTER TABLE fx_rate DISABLE TRIGGER only_grows")
    _fold_sources()
    op.execute("ALTER TABLE fx_rate ENABLE TRIGGER only_grows")
    op.drop_constraint("pk_fx_rate", "fx_rate")
    op.create_primary_key("pk_fx_rate", "fx_rate", ["source", "base", "quote", "day", "revision"])
    op.create_check_constraint("ck_fx_rate_revision", "fx_rate", "revision >= 1")
    op.create_check_constraint("ck_fx_rate_corrected", "fx_rate", "revision = 1 OR change_id IS NOT NULL")
    op.create_check_constraint("ck_fx_rate_source", "fx_rate", 'source = lower(source COLLATE "C")')


def _fold_sources() -> None:
    """Write each source in lower case. Two that gave different rates for the same day stay two: ecb and ecb-2."""
    bind = op.get_bind()
    spellings = defaultdict(list)
    query = "SELECT source FROM fx_rate GROUP BY source ORDER BY count(*) DESC, source"
    for (source,) in bind.execute(sa.text(query)):
        spellings[source.strip().lower().replace(",", " ")[:_LONGEST] or "unnamed"].append(source)
    taken = set(spellings)
    for name, sources in spellings.items():
        sources.sort(key=lambda source: source != name)
        kept = [name]
        bind.execute(sa.text("UPDATE fx_rate SET source = :name WHERE source = :source AND source <> :name"),
                     {"name": name, "source": sources[0]})  # fmt: skip
        for source in sources[1:]:
            into = next((one for one in kept if not _contradict(one, source)), "")
            if not into:
                into = next(one for number in count(2) if (one := f"{name[: _LONGEST - 4]}-{number}") not in taken)
                taken.add(into)
                kept.append(into)
            _merge(into, source)


def _contradict(one: str, other: str) -> bool:
    query = """
        SELECT EXISTS (SELECT FROM fx_rate a JOIN fx_rate b USING (base, quote, day)
                        WHERE a.source = :one AND b.source = :other AND a.rate <> b.rate)
    """
    return bool(op.get_bind().execute(sa.text(query), {"one": one, "other": other}).scalar_one())


def _merge(into: str, source: str) -> None:
    names = {"into": into, "source": source}
    twice = """
        DELETE FROM fx_rate b USING fx_rate a
         WHERE a.source = :into AND b.source = :source AND (a.base, a.quote, a.day) = (b.base, b.quote, b.day)
    """
    op.get_bind().execute(sa.text(twice), names)
    op.get_bind().execute(sa.text("UPDATE fx_rate SET source = :into WHERE source = :source"), names)


def _create_changes() -> None:
    op.create_table(
        "fx_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("before", sa.Numeric(), nullable=False),
        sa.Column("before_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('correction', 'far')", name="ck_fx_change_kind"),
        sa.CheckConstraint("state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name="ck_fx_change_state"),
        sa.CheckConstraint("rate > 0 AND before > 0", name="ck_fx_change_rate"),
        sa.CheckConstraint("base <> quote", name="ck_fx_change_pair"),
        sa.CheckConstraint('source = lower(source COLLATE "C")', name="ck_fx_change_source"),
        sa.CheckConstraint(
            "kind = 'far' OR (proposed_by IS NOT NULL AND reason <> '')", name="ck_fx_change_correction"
        ),
        sa.CheckConstraint("decided_by <> proposed_by", name="ck_fx_change_two_people"),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NOT NULL) = (state IN ('confirmed', 'refused'))",
            name="ck_fx_change_decided",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fx_change"),
    )
    op.create_index(
        "uq_fx_change_open", "fx_change", ["source", "base", "quote", "day", "kind"], unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )  # fmt: skip
    op.create_index("ix_fx_change_source_base_quote_day", "fx_change", ["source", "base", "quote", "day"], unique=False)
