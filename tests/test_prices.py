import pytest

from agent.errors import SettingsError
from agent.prices import Prices, load_prices

KNOWN = Prices({"gpt-5": (1.25, 10.0), "gpt-5-mini": (0.25, 2.0)})


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-5", 11.25),
        ("openai/gpt-5", 11.25),
        ("gpt-5-mini-2025-08-07", 2.25),
        ("gpt-50", None),
        ("qwen3:8b", None),
    ],
)
def test_a_price_is_that_of_the_longest_name_that_fits(model, cost):
    assert KNOWN.of(model, 1_000_000, 1_000_000) == cost


def test_list_prices_are_there_without_a_file(tmp_path):
    assert load_prices(tmp_path / "prices.toml").of("gpt-5-mini", 1_000_000, 0) == 0.25


def test_a_file_of_ones_own_goes_before(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text('"gpt-5-mini" = [1.0, 2.0]\n"qwen3" = [0.0, 0.0]\n')
    prices = load_prices(path)
    assert prices.of("gpt-5-mini", 1_000_000, 0) == 1.0
    assert prices.of("qwen3:8b", 5, 5) == 0.0


@pytest.mark.parametrize("text", ["x = 3", '"x" = ["a", 1]', "not toml"])
def test_prices_that_are_none_are_one_sentence(tmp_path, text):
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"prices.toml can't be read .*: write "):
        load_prices(path)
