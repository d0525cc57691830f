"""Submissions say where they came from and which line of accepted work they stand on."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("submission", sa.Column("origin", sa.String(length=10), nullable=True))
    op.add_column("submission", sa.Column("accepted_line_id", sa.BigInteger(), nullable=True))
    # Only training and bonuses are of these kinds; files bring pieces and hours. The line is the one that no correction
    # points at.
    op.execute(
        """
        UPDATE submission
           SET origin = CASE kind WHEN 'onboarding' THEN 'training' WHEN 'bonus' THEN 'bonus' ELSE 'import' END,
               accepted_line_id = CASE WHEN state = 'accepted' THEN (
                   SELECT line.id FROM accepted_work line
                    WHERE line.submission_id = submission.id AND line.kind <> 'correction'
                      AND NOT EXISTS (SELECT FROM accepted_work taken WHERE taken.submission_id = submission.id
                                         AND taken.corrects_id = line.id)
                    ORDER BY line.id DESC LIMIT 1) END
        """
    )
    op.alter_column("submission", "origin", nullable=False)
    op.drop_constraint("uq_submission_project_id_source", "submission")
    op.create_unique_constraint(
        "uq_submission_project_id_origin_source", "submission", ["project_id", "origin", "source"]
    )
    op.create_unique_constraint("uq_submission_accepted_line_id", "submission", ["accepted_line_id"])
    op.create_check_constraint(
        op.f("ck_submission_origin"), "submission", "origin IN ('import', 'training', 'bonus', 'claim')"
    )
    op.create_check_constraint(
        op.f("ck_submission_accepted_line"), "submission", "(state = 'accepted') = (accepted_line_id IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_submission_accepted_line"), "submission")
    op.drop_constraint(op.f("ck_submission_origin"), "submission")
    op.drop_constraint("uq_submission_accepted_line_id", "submission")
    op.drop_constraint("uq_submission_project_id_origin_source", "submission")
    op.create_unique_constraint("uq_submission_project_id_source", "submission", ["project_id", "source"])
    op.drop_column("submission", "accepted_line_id")
    op.drop_column("submission", "origin")
