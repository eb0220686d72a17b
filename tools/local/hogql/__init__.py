"""HogQL for the embedded project: resolved against its tables, printed as ClickHouse SQL."""

from tools.local.hogql.compiler import compile_query, compile_tree
from tools.local.hogql.context import Compiled, Context
from tools.local.hogql.errors import HogQLError

__all__ = ["Compiled", "Context", "HogQLError", "compile_query", "compile_tree"]
