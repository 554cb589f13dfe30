"""The migrations can be taken back and applied again, and what they grant and guard is there afterwards."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

CATALOGUE = """
SELECT 'relation', c.relname::text, c.relkind::text FROM pg_class c WHERE c.relname LIKE ANY (%(ours)s)
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE conrelid::regclass::text LIKE ANY (%(ours)s)
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename LIKE ANY (%(ours)s)
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
  WHERE tgrelid::regclass::text LIKE ANY (%(ours)s) AND NOT tgisinternal
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE proname LIKE 'incidents\\_%%'
UNION ALL SELECT 'column', attrelid::regclass || '.' || attname, format_type(atttypid, atttypmod) FROM pg_attribute
  WHERE attrelid::regclass::text LIKE ANY (%(ours)s) AND attnum > 0 AND NOT attisdropped
"""
OURS = ["incidents\\_%", "incident\\_%", "event\\_%"]


def catalogue():
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE, {"ours": OURS})
        return set(cursor.fetchall())


def migrate(*target):
    call_command("migrate", *target, verbosity=0)


def test_taking_the_migrations_back_leaves_nothing_and_applying_them_again_makes_the_same(db):
    before = catalogue()

    migrate("incidents", "zero")
    between = catalogue()
    migrate("incidents")

    assert not between
    assert catalogue() == before
    assert {kind for kind, _, _ in before} == {"relation", "constraint", "index", "trigger", "function", "column"}


def test_the_guards_can_be_taken_back_and_applied_again_where_there_are_incidents(db, incident):
    before = catalogue()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    migrate("incidents", "0001")
    without = catalogue()
    migrate("incidents")

    assert {kind for kind, _, _ in before - without} >= {"trigger", "function", "constraint"}
    assert catalogue() == before


def become_an_ordinary_owner():
    """Where the suite runs as a superuser, whom no grant holds back."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE an_ordinary_owner")
        cursor.execute("GRANT ALL ON SCHEMA public TO an_ordinary_owner")
        cursor.execute("ALTER TABLE incidents_incident OWNER TO an_ordinary_owner")
        cursor.execute("ALTER TABLE incidents_event OWNER TO an_ordinary_owner")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO an_ordinary_owner")
        cursor.execute("SET LOCAL ROLE an_ordinary_owner")


@pytest.mark.parametrize("sql", ["TRUNCATE incidents_event", "TRUNCATE incidents_incident CASCADE"])
def test_the_owner_of_the_tables_may_not_truncate_the_log(db, sql):
    migrate("incidents", "0001")
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER")
        is_superuser = cursor.fetchone()[0]
    if is_superuser:
        become_an_ordinary_owner()
    migrate("incidents")

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_models_say_what_the_migrations_made(db):
    call_command("makemigrations", "incidents", check=True, dry_run=True, verbosity=0)
