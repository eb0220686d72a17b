import pytest

from agent.errors import SettingsError
from agent.planner.glossary import Glossary, expand, load_glossary

TEAM = Glossary(
    terms={
        "active member": "people who did class_attended or booking_completed",
        "member": "person with plan plus",
        "MAU": "monthly active users",
        "US": "country United States",
        "power user": "active member with 8 or more bookings",
    },
    definitions={"north star": "the number of weekly bookings"},
)


@pytest.mark.parametrize(
    ("question", "expanded"),
    [
        ("MAU by country", "monthly active users by country"),
        ("how many maus?", "how many monthly active users?"),
        (
            "How many Active Members last week?",
            "How many people who did class_attended or booking_completed last week?",
        ),
        ("active-member count", "people who did class_attended or booking_completed count"),
        ("new members", "new person with plan plus"),
        (
            "power users per week",
            "people who did class_attended or booking_completed with 8 or more bookings per week",
        ),
        ("events called 'MAU' and \"active member\"", "events called 'MAU' and \"active member\""),
        ("count MAU_total and $MAU", "count MAU_total and $MAU"),
        ("active. member", "active. person with plan plus"),
        ("remember the membership", "remember the membership"),
        ("north star per month", "north star per month"),
        ("show us signups in the US", "show us signups in the country United States"),
        ("", ""),
    ],
)
def test_terms_are_replaced_by_what_they_stand_for(question, expanded):
    assert expand(question, TEAM)[0] == expanded


def test_every_replaced_term_is_told_once():
    _, remarks = expand("MAU and MAU again", TEAM)
    assert remarks == ("“MAU” means monthly active users (glossary)",)
    assert expand("signups by plan", TEAM)[1] == ()


def test_the_longest_term_explains_a_text_and_definitions_only_explain():
    assert TEAM.meaning("what is an active member?") == (
        "active member",
        "people who did class_attended or booking_completed",
    )
    assert TEAM.meaning("our north stars") == ("north star", "the number of weekly bookings")
    assert TEAM.meaning("signups") is None


def test_a_file_is_read_and_none_is_an_empty_glossary(tmp_path):
    path = tmp_path / "glossary.toml"
    assert load_glossary(path) == Glossary(path=str(path))
    path.write_text(
        '[terms]\n"MAU" = "monthly active users"\n[definitions]\n"ARR" = "MRR times 12"\n'
    )
    found = load_glossary(path)
    assert (dict(found.terms), dict(found.definitions)) == (
        {"MAU": "monthly active users"},
        {"ARR": "MRR times 12"},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[terms\n", "can't be read: "),
        ("[words]\n", "has the unknown part 'words': use [terms] and [definitions]."),
        ("terms = 3\n", "needs [terms] as a table"),
        ('[terms]\n"MAU" = 3\n', "gives 'MAU' no text"),
        ('[terms]\n"MAU" = "  "\n', "gives 'MAU' no text"),
        ('[terms]\n"!!" = "x"\n', "has a term without a word in it"),
        ('[terms]\n"MAU" = "x"\n"maus" = "y"\n', "which are the same."),
        ('[terms]\n"MAU" = "x"\n[definitions]\n"mau" = "y"\n', "explains 'mau' twice"),
        ('[terms]\n"a" = "b c"\n"b" = "the a"\n', "by itself."),
        ('[terms]\n"active" = "active users"\n', "explains 'active' by itself."),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_in_one_sentence(tmp_path, text, said):
    path = tmp_path / "glossary.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load_glossary(path)
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"The glossary {path}")
    assert "\n" not in str(refused.value)


def test_hostile_texts_stay_texts():
    odd = Glossary(terms={"x": "\\1 $& {0} %s"})
    assert expand("x (", odd)[0] == "\\1 $& {0} %s ("
    assert expand("“x” [[[", odd)[0] == "“x” [[["
