"""How many companies a segment has in a city, kept by triggers: counting a million rows at each page is too slow.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: Triggers only ever add rows of differences, so that two writers never wait for one row; readers take the sum.
#: The company is locked against a move to another city or the archive, which would otherwise miss the uncommitted link.
FUNCTIONS = """
create function segment_counts_follow_links() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    perform c.id from companies c join new_rows n on n.company_id = c.id order by c.id for share of c;
    insert into segment_counts (segment_id, city_code, is_main, companies)
    select n.segment_id, c.city_code, n.is_main, count(*)
    from new_rows n join companies c on c.id = n.company_id
    where c.archived_at is null group by n.segment_id, c.city_code, n.is_main;
  end if;
  if tg_op <> 'INSERT' then
    perform c.id from companies c join old_rows o on o.company_id = c.id order by c.id for share of c;
    insert into segment_counts (segment_id, city_code, is_main, companies)
    select o.segment_id, c.city_code, o.is_main, -count(*)
    from old_rows o join companies c on c.id = o.company_id
    where c.archived_at is null group by o.segment_id, c.city_code, o.is_main;
  end if;
  return null;
end $$;

create function segment_counts_follow_companies() returns trigger language plpgsql as $$
begin
  insert into segment_counts (segment_id, city_code, is_main, companies)
  select l.segment_id, v.city_code, l.is_main, sum(v.change)
  from old_rows o join new_rows n using (id)
  cross join lateral (values
    (o.city_code, case when o.archived_at is null then -1 else 0 end),
    (n.city_code, case when n.archived_at is null then 1 else 0 end)
  ) as v (city_code, change)
  join company_segments l on l.company_id = n.id
  where (o.city_code, o.archived_at is null) is distinct from (n.city_code, n.archived_at is null)
  group by l.segment_id, v.city_code, l.is_main having sum(v.change) <> 0;
  return null;
end $$;
"""

TRIGGERS = """
create trigger segment_counts_insert after insert on company_segments referencing new table as new_rows
  for each statement execute function segment_counts_follow_links();
create trigger segment_counts_update after update on company_segments
  referencing old table as old_rows new table as new_rows
  for each statement execute function segment_counts_follow_links();
create trigger segment_counts_delete after delete on company_segments referencing old table as old_rows
  for each statement execute function segment_counts_follow_links();
create trigger segment_counts_update after update on companies referencing old table as old_rows new table as new_rows
  for each statement execute function segment_counts_follow_companies();
"""

COUNT = """
insert into segment_counts (segment_id, city_code, is_main, companies)
select l.segment_id, c.city_code, l.is_main, count(*)
from company_segments l join companies c on c.id = l.company_id
where c.archived_at is null group by l.segment_id, c.city_code, l.is_main
"""


def upgrade() -> None:
    op.create_table(
        "segment_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("city_code", sa.String(length=4), nullable=True),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("companies", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_counts")),
    )
    op.create_index(op.f("ix_segment_counts_segment_id"), "segment_counts", ["segment_id"], unique=False)
    op.create_index(
        "ix_companies_archived", "companies", ["id"], unique=False, postgresql_where=sa.text("archived_at is not null")
    )
    op.execute(FUNCTIONS)
    op.execute(TRIGGERS)
    op.execute(COUNT)


def downgrade() -> None:
    for event in ("insert", "update", "delete"):
        op.execute(f"drop trigger segment_counts_{event} on company_segments")
    op.execute("drop trigger segment_counts_update on companies")
    op.execute("drop function segment_counts_follow_links")
    op.execute("drop function segment_counts_follow_companies")
    op.drop_index("ix_companies_archived", table_name="companies")
    op.drop_table("segment_counts")
