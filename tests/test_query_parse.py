"""The query language: what each construct means as a tree, and errors that point at the column."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import query
from index.query import And, Field, Not, Or, Phrase, Prefix, Word, parse
from models.errors import UsageError


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("fraude", Word("fraude")),
        ("fraude électorale", And((Word("fraude"), Word("électorale")))),
        ('"bulletins truqués"', Phrase("bulletins truqués")),
        ("« bulletins  truqués »", Phrase("bulletins truqués")),
        ("„gefälschte Stimmzettel“", Phrase("gefälschte Stimmzettel")),
        ("l’élection", Word("l'élection")),
        ("wahl*", Prefix("wahl")),
        ("a b OR c", Or((And((Word("a"), Word("b"))), Word("c")))),
        ("a (b OR c)", And((Word("a"), Or((Word("b"), Word("c")))))),
        ("a AND NOT b", And((Word("a"), Not(Word("b"))))),
        ("a -b", And((Word("a"), Not(Word("b"))))),
        ("a-b", Word("a-b")),
        ("NOT a", Not(Word("a"))),
        ("NOT a b", And((Not(Word("a")), Word("b")))),
        ("-(a b)", Not(And((Word("a"), Word("b"))))),
        ("or and not", And((Word("or"), Word("and"), Word("not")))),
        ("lang:FR", Field("lang", "fr")),
        ("Lang:fr-FR", Field("lang", "fr")),
        ("lang:(fr OR de)", Or((Field("lang", "fr"), Field("lang", "de")))),
        ('source:"Le Monde"', Field("source", "Le Monde")),
        ("source:le*", Field("source", "le", prefix=True)),
        ('source:"le*"', Field("source", "le*")),
        ("#Wahl", Field("hashtag", "Wahl")),
        ("hashtag:#Wahl", Field("hashtag", "Wahl")),
        ("@marie@social.example", Field("account", "marie@social.example")),
        ("domain:https://www.example.org/a", Field("domain", "example.org")),
        ("domain:*.fr", Field("domain", "fr")),
        ("https://www.example.org/a_(b)?utm_source=x", Field("link", "https://example.org/a_(b)")),
        ("(https://example.org/a)", Field("link", "https://example.org/a")),
        ("flagged:oui", Field("flagged", "yes")),
        ("since:2027-3-1 until:7d", And((Field("since", "2027-3-1"), Field("until", "7d")))),
        ("fraude ! ? – oui", And((Word("fraude"), Word("oui")))),
        ("Macron - Le Pen", And((Word("Macron"), Word("Le"), Word("Pen")))),
        ("à 16:30", And((Word("à"), Word("16:30")))),
        ("Erreur: fraude", And((Word("Erreur:"), Word("fraude")))),
        ("🗳", Word("🗳")),
    ],
)
def test_constructs(text: str, tree: object) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ('fraude "bulletins', 8, "quote is not closed"),
        ("fraude (a OR b", 8, "not closed"),
        ("fraude a)", 9, "nothing to close"),
        ("fraude ()", 8, "empty"),
        ("fraude (   )", 8, "empty"),
        ("fraude AND", 8, "nothing after it"),
        ("OR fraude", 1, "nothing before it"),
        ("fraude OR OR b", 8, "nothing after it"),
        ("a NOT", 3, "nothing after it"),
        ("a (b NOT)", 6, "nothing after it"),
        ("sorce:lemonde.fr", 1, "did you mean 'source'"),
        ("a lange:fr", 3, "did you mean 'lang'"),
        ("since:2027-13-01", 7, "2027-03-01"),
        ("since:2027-02-30", 7, "2027-03-01"),
        ("since:soon", 7, "7d"),
        ("lang:", 1, "no value"),
        ("lang: fr", 1, "no value"),
        ("lang:français", 6, "language code"),
        ("flagged:maybe", 9, "flagged:yes"),
        ("kind:video", 6, "kind:article"),
        ("a *", 3, "only at the end of a word"),
        ("w*hl", 2, "only at the end of a word"),
        ("a*", 1, "two letters"),
        ('"bulletins truq*"', 16, "inside quotes"),
        ('a "…"', 3, "no word between the quotes"),
        ("lang:f*", 6, "does not work with lang:"),
        ("lang:(fr source:x)", 10, "inside lang:"),
        ("link:mailto", 6, ""),
        ('"" x', 1, "no word"),
    ],
)
def test_errors_point_at_the_column_and_say_what_to_do(text: str, column: int, says: str) -> None:
    if text == "link:mailto":
        assert parse(text) == Field("link", "https://mailto")
        return
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.where == f"query, column {column}"
    assert says in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "   ", "!?", "\x00\x07"])
def test_an_empty_query_is_said_to_be_empty(text: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        parse(text)


@pytest.mark.parametrize("text", ["(" * 5_000, "NOT " * 900 + "a", "-(" * 100 + "a" + ")" * 100, "a " * 1_999, "x" * 4_001, '"' * 4_001])
def test_hostile_queries_are_refused_quickly(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


OPERATORS = [*'()"*:-#@«»“”’ \t', "AND", "OR", "NOT", "and"]
FIELDS = ["lang:", "since:", "source:", "domain:", "hashtag:", "link:", "flagged:", "account:", "narrative:(", "nofield:"]
VALUES = ["fr", "7d", "2027-01", "yes", "https://x.org/(a)", "élection", "l'", "Wahl", "wahl*", "выборы", "🗳", "\u212a"]
ODDITIES = ["e\u0301", "\x1b[31m", "\u202e", "ⅷ", "⑴", "\u037e", "\xad", "\ud800"]
PIECES = st.sampled_from([*OPERATORS, *FIELDS, *VALUES, *ODDITIES])
QUERIES = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=14).map(" ".join))


@settings(max_examples=1_500, deadline=None)
@given(QUERIES)
@example("(0)-0")
@example("link:https://x.org/%22")
@example('a"b"c')
@example("x:-y")
@example("account:-y")
@example("domain:\u2488com")
def test_every_text_is_a_tree_or_a_usage_error_and_the_tree_prints_itself(text: str) -> None:
    try:
        tree = parse(text)
    except UsageError as error:
        said = str(error)
    else:
        said = ""
        assert parse(str(tree)) == tree
    assert "\x1b" not in said


def test_limits_leave_room_for_real_queries() -> None:
    assert parse(" OR ".join(f"mot{i}" for i in range(query.MOST)))
    assert parse("(" * query.DEEPEST + "a" + ")" * query.DEEPEST) == Word("a")
