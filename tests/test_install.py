from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

import pytest


@pytest.mark.parametrize("name", ["agent", "tools", "prompts"])
def test_no_other_distribution_ships_our_packages(name):
    assert set(packages_distributions().get(name, [])) <= {"hogloop"}


def test_the_console_script_points_at_something_that_exists():
    try:
        scripts = distribution("hogloop").entry_points.select(group="console_scripts")
    except PackageNotFoundError:
        pytest.skip("hogloop is not installed here")
    assert {script.name: callable(script.load()) for script in scripts} == {"hogloop": True}
