"""What stands behind a segment's figures is kept, and marked where a write touches it: counting takes 50 ms a chain.

Revision ID: segment_tallies
Revises: evidence
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "segment_tallies"
down_revision = "evidence"
branch_labels = None
depends_on = None

KINDS = ("suppliers", "works", "places", "names")
#: Triggers only ever add marks, so that two writers never wait for one row. A company's others count in each of its
#: segments, and a project waits for its local company: so all that hangs on either is marked.
FUNCTIONS = """
create function mark_companies(ids bigint[]) returns void language sql as $$
  insert into stale_segments (segment_id)
  select segment_id from company_segments where company_id = any(ids)
  union
  select l.segment_id from projects p join project_segments l on l.project_id = p.id
  where p.company_id = any(ids) or p.local_company_id = any(ids)
$$;

create function mark_by_company() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    perform mark_companies(array(select distinct company_id from new_rows));
  end if;
  if tg_op <> 'INSERT' then
    perform mark_companies(array(select distinct company_id from old_rows));
  end if;
  return null;
end $$;

create function mark_by_company_segment() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    perform mark_companies(array(select distinct company_id from new_rows));
  end if;
  if tg_op <> 'INSERT' then
    insert into stale_segments (segment_id) select distinct segment_id from old_rows;
    perform mark_companies(array(select distinct company_id from old_rows));
  end if;
  return null;
end $$;

create function mark_by_project_segment() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    insert into stale_segments (segment_id)
    select distinct l.segment_id from new_rows n join project_segments l on l.project_id = n.project_id;
  end if;
  if tg_op <> 'INSERT' then
    insert into stale_segments (segment_id)
    select segment_id from old_rows union
    select l.segment_id from old_rows o join project_segments l on l.project_id = o.project_id;
  end if;
  return null;
end $$;

create function mark_by_changed_company() returns trigger language plpgsql as $$
declare
  changed bigint[] := array(
    select id from old_rows o join new_rows n using (id)
    where (o.archived_at is null, o.city_code, o.name) is distinct from (n.archived_at is null, n.city_code, n.name)
  );
begin
  if cardinality(changed) > 0 then
    perform mark_companies(changed);
  end if;
  return null;
end $$;

create function mark_by_changed_project() returns trigger language plpgsql as $$
begin
  insert into stale_segments (segment_id)
  select distinct l.segment_id
  from old_rows o join new_rows n using (id) join project_segments l on l.project_id = n.id
  where (o.status, o.stage_id, o.route_id, o.company_id, o.local_company_id, o.archived_at is null, o.secrecy,
         o.investment_wan)
    is distinct from
    (n.status, n.stage_id, n.route_id, n.company_id, n.local_company_id, n.archived_at is null, n.secrecy,
     n.investment_wan);
  return null;
end $$;

create function mark_everything() returns trigger language plpgsql as $$
begin
  insert into stale_segments (segment_id) select id from segments;
  return null;
end $$;
"""

#: (table, function): on insert, update and delete.
FOLLOWED = (
    ("company_segments", "mark_by_company_segment"),
    ("local_companies", "mark_by_company"),
    ("company_tiers", "mark_by_company"),
    ("project_segments", "mark_by_project_segment"),
)
#: (table, function): on update alone. A project is counted by its links, which come after it.
CHANGED = (
    ("companies", "mark_by_changed_company"),
    ("projects", "mark_by_changed_project"),
    ("tiers", "mark_everything"),
    ("stages", "mark_everything"),
    ("routes", "mark_everything"),
)
ROWS = {
    "insert": "referencing new table as new_rows",
    "update": "referencing old table as old_rows new table as new_rows",
    "delete": "referencing old table as old_rows",
}


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="tallykind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "segment_tallies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_tallies")),
        sa.UniqueConstraint("segment_id", "kind", name=op.f("uq_segment_tallies_segment_id_kind")),
    )
    op.create_table(
        "stale_segments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_segments")),
    )
    op.create_index(op.f("ix_stale_segments_segment_id"), "stale_segments", ["segment_id"], unique=False)
    op.execute(FUNCTIONS)
    for table, function in FOLLOWED:
        for event, rows in ROWS.items():
            op.execute(
                f"create trigger mark_{event} after {event} on {table} {rows}"
                f" for each statement execute function {function}()"
            )
    for table, function in CHANGED:
        op.execute(
            f"create trigger mark_update after update on {table} {ROWS['update']}"
            f" for each statement execute function {function}()"
        )


def downgrade() -> None:
    for table, _function in FOLLOWED:
        for event in ROWS:
            op.execute(f"drop trigger mark_{event} on {table}")
    for table, _function in CHANGED:
        op.execute(f"drop trigger mark_update on {table}")
    for function in dict.fromkeys(function for _table, function in (*FOLLOWED, *CHANGED)):
        op.execute(f"drop function {function}")
    op.execute("drop function mark_companies")
    op.drop_table("stale_segments")
    op.drop_table("segment_tallies")
