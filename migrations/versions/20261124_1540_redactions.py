"""What an erasure blanked in history (PIPL art. 47): the guard lets an erased contact's personal fields go, no more.

Revision ID: redactions
Revises: followed_companies
"""

import sqlalchemy as sa
from alembic import op

revision = "redactions"
down_revision = "followed_companies"
branch_labels = None
depends_on = None

#: An update of history passes where nothing changes but personal fields of a contact that is erased, and those become
#: empty or a word that says so. crm/companies/personal.py does it.
GUARD = """
create function history_guard() returns trigger language plpgsql as $$
declare
  personal text[] := '{name,title,source,purpose,basis,phone_cipher,phone_hash,phone_mask,phone_last4}';
begin
  if tg_op = 'UPDATE' then
    if old.table_name = 'contacts'
      and (new.id, new.at, new.actor_id, new.request_id, new.batch_id, new.table_name, new.row_id, new.operation)
        is not distinct from
        (old.id, old.at, old.actor_id, old.request_id, old.batch_id, old.table_name, old.row_id, old.operation)
      and new.before - personal is not distinct from old.before - personal
      and new.after - personal is not distinct from old.after - personal
      and not exists (
        select from (select new.before as kept union all select new.after) both_sides, jsonb_each(kept) field
        where field.key = any (personal)
          and field.value not in ('null'::jsonb, '""'::jsonb, to_jsonb('（已删除）'::text))
      )
      and exists (select from contacts where contacts.id = old.row_id and contacts.erased_at is not null)
    then
      return new;
    end if;
  end if;
  raise exception 'history cannot be changed' using errcode = 'CRM02';
end $$
"""


def upgrade() -> None:
    op.create_table(
        "history_redactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("history_id", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_redactions")),
    )
    op.create_index(op.f("ix_history_redactions_history_id"), "history_redactions", ["history_id"])
    op.execute(
        "create trigger redactions_unalterable before update or delete on history_redactions"
        " for each row execute function history_refuse()"
    )
    op.execute(GUARD)
    guard("history_guard")


def guard(function: str) -> None:
    """Let a function answer for changes of history."""
    op.execute("drop trigger history_unalterable on history")
    op.execute(
        f"create trigger history_unalterable before update or delete on history for each row execute function {function}()"
    )


def downgrade() -> None:
    guard("history_refuse")
    op.execute("drop function history_guard()")
    op.drop_table("history_redactions")
