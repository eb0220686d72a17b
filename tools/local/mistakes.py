"""What is wrong with a field of a body, in the words of Django REST framework."""

from collections.abc import Callable, Mapping

from pydantic_core import ErrorDetails

_Told = Callable[[ErrorDetails], tuple[str, str]]


def mistake(error: ErrorDetails) -> tuple[str, str]:
    """The sentence and the code of a mistake; pydantic's sentence where there is no other."""
    if error["input"] is None and error["type"] != "missing":
        return "This field may not be null.", "null"
    told = _TOLD.get(error["type"])
    return told(error) if told else (error["msg"], "invalid_input")


def _plain(detail: str, code: str = "invalid_input") -> _Told:
    return lambda error: (detail, code)


def _choice(error: ErrorDetails) -> tuple[str, str]:
    return f'"{error["input"]}" is not a valid choice.', "invalid_choice"


def _no(wanted: str, code: str) -> _Told:
    return lambda error: (
        f'Expected a {wanted} of items but got type "{type(error["input"]).__name__}".',
        code,
    )


def _limit(words: str, name: str, code: str) -> _Told:
    return lambda error: (words.format(error["ctx"][name]), code)


_NO_NUMBER = _plain("A valid number is required.")
_NO_INTEGER = _plain("A valid integer is required.")
_NO_BOOLEAN = _plain("Must be a valid boolean.")
_TOLD: Mapping[str, _Told] = {
    "missing": _plain("This field is required.", "required"),
    "literal_error": _choice,
    "enum": _choice,
    "string_type": _plain("Not a valid string."),
    "int_type": _NO_INTEGER,
    "int_parsing": _NO_INTEGER,
    "int_from_float": _NO_INTEGER,
    "float_type": _NO_NUMBER,
    "float_parsing": _NO_NUMBER,
    "bool_type": _NO_BOOLEAN,
    "bool_parsing": _NO_BOOLEAN,
    "list_type": _no("list", "not_a_list"),
    "dict_type": _no("dictionary", "not_a_dict"),
    "string_too_short": _plain("This field may not be blank.", "blank"),
    "string_too_long": _limit(
        "Ensure this field has no more than {} characters.", "max_length", "max_length"
    ),
    "too_short": _limit("Ensure this field has at least {} elements.", "min_length", "min_length"),
    "too_long": _limit(
        "Ensure this field has no more than {} elements.", "max_length", "max_length"
    ),
    "greater_than_equal": _limit(
        "Ensure this value is greater than or equal to {}.", "ge", "min_value"
    ),
    "less_than_equal": _limit("Ensure this value is less than or equal to {}.", "le", "max_value"),
}
