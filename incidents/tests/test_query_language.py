"""What `q` is understood as. Pure: no database."""

import pytest

from incidents.query_language import NotUnderstood, Operator, Part, Query, parse, plain, while_typed


def asked(sent):
    """The operators, as (field, comparison, values, is_not)."""
    return [(one.field, one.comparison, one.values, one.is_not) for one in parse(sent).operators]


def words(query):
    """The words that have to be there, those of each alternative; and those that must not."""
    if query.text is None:
        return None
    wanted = [[part.text + "*" * part.is_prefix for part in parts] for parts in query.text.wanted]
    return wanted, [part.text for part in query.text.unwanted]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("status:open", ("status", "=", ("OPEN",), False)),
        ("STATUS:Acknowledged,resolved", ("status", "=", ("ACK", "RESOLVED"), False)),
        ("-severity:p3", ("severity", "=", ("P3",), True)),
        ('assignee:"Ada Lovelace"', ("assignee", "=", ("Ada Lovelace",), False)),
        ("creator:me,none", ("created_by", "=", ("me", "none"), False)),
        ("created_by:ada@example.com", ("created_by", "=", ("ada@example.com",), False)),
        ("created:>2026-01-01", ("created_at", ">", ("2026-01-01",), False)),
        ("resolved:<=2026-01-01T10:00:00+01:00", ("resolved_at", "<=", ("2026-01-01T10:00:00+01:00",), False)),
        ("updated:2026-01-01", ("updated_at", "=", ("2026-01-01",), False)),
        ("number:>=42", ("number", ">=", ("42",), False)),
        ("number:#42", ("number", "=", ("42",), False)),
        ("#42", ("number", "=", ("42",), False)),
        ("-#42", ("number", "=", ("42",), True)),
    ],
)
def test_an_operator_asks_a_field_for_a_value(sent, found):
    assert asked(sent) == [found]
    assert parse(sent).text is None


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("disk full", ([["disk", "full"]], [])),
        ('status:open disk "on fire" -db', ([["disk", "on fire"]], ["db"])),
        ("disk full or memory OR cpu", ([["disk", "full"], ["memory"], ["cpu"]], [])),
        ("oracle order", ([["oracle", "order"]], [])),
        ('-"on fire" it', ([["it"]], ["on fire"])),
        ("https://a.example/b?c=d", ([["https://a.example/b?c=d"]], [])),
        ("host:4711 error: x::y", ([["host:4711", "error:", "x::y"]], [])),
        ("statsu: it", ([["statsu:", "it"]], [])),
        ('"status:open"', ([["status:open"]], [])),
        ("#4a 4#2 # #", ([["#4a", "4#2", "#", "#"]], [])),
        ('a"b', ([["a", "b"]], [])),
        ("or", ([], [])),
        ('"', ([], [])),
    ],
)
def test_what_is_no_operator_is_words(sent, found):
    assert words(parse(sent)) == found


def test_a_star_stands_for_whatever_begins_so_from_two_letters_on():
    assert words(parse("host-47* h* * *"))[0] == [["host-47*", "h*", "*", "*"]]
    assert [part.is_prefix for part in parse("host-47* h* *").text.wanted[0]] == [True, False, False]


@pytest.mark.parametrize(
    ("sent", "at", "told"),
    [
        ("status:closd", 7, "“closd”"),
        ("  disk severity:P4", 16, "“P4”"),
        ("status:open,", 12, "value"),
        ("status: open", 7, "value"),
        ("number:many", 7, "number"),
        ("number:>", 8, "value"),
        ("#99999999999999999999", 1, "number"),
        ("statsu:open", 0, "“status:”"),
        ("é severty:P1", 2, "“severity:”"),
        ("asignee:me", 0, "“assignee:”"),
        ("disk or status:open", 5, "or"),
        ("status:open or disk", 12, "or"),
    ],
)
def test_what_is_not_understood_is_told_with_its_position(sent, at, told):
    with pytest.raises(NotUnderstood) as error:
        parse(sent)

    assert error.value.at == at
    assert told in error.value.sentence
    assert list(error.value.details) == ["q"]
    assert f"position {at}:" in error.value.details["q"][0]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("disk fu", [["disk", "fu*"]]),
        ("disk or me", [["disk"], ["me*"]]),
        ("f", [["f"]]),
        ('"disk fu"', [["disk fu"]]),
        ("disk status:open", [["disk"]]),
        ("disk -db", [["disk"]]),
        ("-db", []),
        ("host-47", [["host-47*"]]),
    ],
)
def test_the_last_word_may_not_be_finished_while_it_is_typed(sent, found):
    assert words(while_typed(parse(sent)))[0] == found


def test_a_query_of_operators_alone_has_no_last_word():
    assert while_typed(parse("status:open")) == Query((Operator("status", ("OPEN",), 7, "="),))


def test_plain_text_knows_no_operators():
    assert plain("status:open #4").wanted == ((Part("status:open", 0), Part("#4", 12)),)
