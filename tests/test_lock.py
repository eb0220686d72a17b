import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ASKED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LOCK if not line.startswith("#")]
PYTHONS = ("3.11", "3.12")


def wanted():
    groups = [ASKED["dependencies"], *ASKED["optional-dependencies"].values()]
    return [Requirement(text) for group in groups for text in group]


def applies(requirement, python):
    return requirement.marker is None or requirement.marker.evaluate(
        {"python_version": python, "python_full_version": f"{python}.1"}
    )


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_the_lock_file_holds_a_version_of_whatever_is_asked_for(requirement, python):
    if not applies(requirement, python):
        return
    name = canonicalize_name(requirement.name)
    pins = [pin for pin in PINS if pin.name == name and applies(pin, python)]
    assert [pin.name for pin in pins] == [name]
    [version] = pins[0].specifier
    assert version.operator == "=="
    assert requirement.specifier.contains(version.version)


def test_the_lock_file_names_no_place_to_install_from():
    assert [pin.url for pin in PINS if pin.url] == []
    assert [line for line in LOCK if "://" in line or line.startswith("-")] == []
