"""What PostHog answers when ClickHouse refuses or fails a query."""

from tools.local.bodies import ApiError, invalid, server_error

TOO_SLOW = (
    "Query has hit the max execution time before completing. "
    "See our docs for how to improve your query performance. You may need to materialize."
)
TOO_HUNGRY = (
    "Query has reached the max memory limit before completing. See our docs for how to improve "
    "your query memory footprint. You may need to narrow date range or materialize."
)
CANCELLED = "QUERY_WAS_CANCELLED"
THE_CALLERS = frozenset(
    {
        "AMBIGUOUS_IDENTIFIER",
        "ARGUMENT_OUT_OF_BOUND",
        "BAD_ARGUMENTS",
        "BAD_GET",
        "CANNOT_COMPILE_REGEXP",
        "CANNOT_CONVERT_TYPE",
        "CANNOT_CREATE_CHARSET_CONVERTER",
        "CANNOT_PARSE_DATE",
        "CANNOT_PARSE_DATETIME",
        "CANNOT_PARSE_ESCAPE_SEQUENCE",
        "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
        "CANNOT_PARSE_IPV4",
        "CANNOT_PARSE_IPV6",
        "CANNOT_PARSE_NUMBER",
        "CANNOT_PARSE_TEXT",
        "CANNOT_PARSE_UUID",
        "CANNOT_READ_ARRAY_FROM_TEXT",
        "DECIMAL_OVERFLOW",
        "ILLEGAL_AGGREGATION",
        "ILLEGAL_COLUMN",
        "ILLEGAL_DIVISION",
        "ILLEGAL_TYPE_OF_ARGUMENT",
        "ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER",
        "INCORRECT_DATA",
        "INCORRECT_ELEMENT_OF_SET",
        "INCORRECT_QUERY",
        "INCORRECT_RESULT_OF_SCALAR_SUBQUERY",
        "INVALID_JOIN_ON_EXPRESSION",
        "INVALID_LIMIT_EXPRESSION",
        "INVALID_WITH_FILL_EXPRESSION",
        "MULTIPLE_EXPRESSIONS_FOR_ALIAS",
        "NOT_AN_AGGREGATE",
        "NOT_IMPLEMENTED",
        "NO_COMMON_TYPE",
        "NUMBER_OF_ARGUMENTS_DOESNT_MATCH",
        "PARAMETER_OUT_OF_BOUND",
        "SIZES_OF_ARRAYS_DONT_MATCH",
        "SYNTAX_ERROR",
        "TOO_DEEP_RECURSION",
        "TOO_FEW_ARGUMENTS_FOR_FUNCTION",
        "TOO_LARGE_ARRAY_SIZE",
        "TOO_LARGE_STRING_SIZE",
        "TOO_MANY_ARGUMENTS_FOR_FUNCTION",
        "TOO_MANY_BYTES",
        "TOO_MANY_QUERY_PLAN_OPTIMIZATIONS",
        "TOO_MANY_ROWS_OR_BYTES",
        "TYPE_MISMATCH",
        "UNION_ALL_RESULT_STRUCTURES_MISMATCH",
        "UNKNOWN_AGGREGATE_FUNCTION",
        "UNKNOWN_FUNCTION",
        "UNKNOWN_IDENTIFIER",
        "UNKNOWN_TABLE",
        "UNKNOWN_TYPE",
        "UNSUPPORTED_METHOD",
        "ZERO_ARRAY_OR_TUPLE_INDEX",
    }
)


class StoreError(Exception):
    """ClickHouse refused or failed a statement."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.name = name


def failed(error: StoreError) -> ApiError:
    """PostHog's answer to a ClickHouse error: the caller's mistake, too much, or ours."""
    if error.name == "TIMEOUT_EXCEEDED":
        return server_error(504, TOO_SLOW)
    if error.name == "MEMORY_LIMIT_EXCEEDED":
        return server_error(504, TOO_HUNGRY)
    if error.name == CANCELLED:
        return server_error(500, "ClickHouse error while executing query: Query was cancelled.")
    if error.name in THE_CALLERS:
        return invalid(str(error), code=error.name.lower())
    return server_error(500, f"ClickHouse error while executing query: {error}")
