"""One ClickHouse statement on a copy of a project's data: `python -m bench.by_hand FOLDER SQL`.

The least a script must do to answer a question: load chDB, open the folder, run the SQL.
"""

import sys
from typing import Any

from chdb.session import Session


def main() -> None:
    """Print the rows."""
    folder, sql = sys.argv[1:]
    session: Any = Session(folder)  # type: ignore[no-untyped-call]
    print(session.query(sql, "JSONCompactEachRow").bytes().decode(), end="")


if __name__ == "__main__":
    main()
