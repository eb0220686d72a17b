"""A stand-in for a ClickHouse server: its HTTP interface in front of chDB.

`python -m tests.clickhouse_http FOLDER` prints its port. It is ClickHouse's engine, but not its
server: users, replication, distributed tables and connection limits are not there.
"""

import contextlib
import re
import sys
import tempfile
from pathlib import Path

from chdb import ChdbError
from chdb.session import Session
from waitress.server import create_server
from werkzeug.wrappers import Request, Response

NOT_SETTINGS = {
    *("query", "database", "default_format", "session_id", "query_id"),
    *("client_protocol_version", "wait_end_of_query", "buffer_size"),
}
INSERT = re.compile(r"INSERT INTO (\S+)(?: \(.*\))?\s+FORMAT (\w+)\s*$", re.DOTALL)
CODE = re.compile(r"Code: (\d+)")


def application(folder):
    @Request.application
    def answer(request):
        sql, data = request.args.get("query"), request.get_data()
        if sql is None:
            sql, data = data.decode(), b""
        form = request.args.get("default_format", "TabSeparated")
        session = Session(folder)
        try:
            for name, value in request.args.items():
                if name not in NOT_SETTINGS and not name.startswith("param_"):
                    session.query(f"SET {name} = '{value}'")
            return Response(run(session, sql, data, form), headers={"X-ClickHouse-Format": form})
        except ChdbError as error:
            code = CODE.search(str(error))
            headers = {"X-ClickHouse-Exception-Code": code[1] if code else "0"}
            return Response(f"{error} (version 26.9.2.1 (stand-in))", 500, headers=headers)
        finally:
            session.close()

    return answer


def run(session, sql, data, form):
    insert = INSERT.match(sql)
    if not insert:
        return session.query(sql, form).bytes()
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        table, form = insert.groups()
        session.query(f"INSERT INTO {table} SELECT * FROM file('{file.name}', '{form}')")
    return b""


def main():
    keep = Session(sys.argv[1])
    server = create_server(application(sys.argv[1]), host="127.0.0.1", port=0)
    sys.stdout.write(f"{server.effective_port}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    keep.close()


if __name__ == "__main__":
    main()
