"""What somebody new can ask: questions about what the project really contains."""

from agent.cells import one_line
from tools.errors import ToolError, TurnError
from tools.toolbox import Toolbox

BUSIEST = """
SELECT event, count(DISTINCT person_id) AS people FROM events
WHERE timestamp > now() - INTERVAL 30 DAY AND NOT startsWith(event, '$')
GROUP BY event ORDER BY people DESC, event LIMIT 3
"""


def first_questions(toolbox: Toolbox) -> tuple[str, ...]:
    """Three questions about the events that most people did lately; none where there are none."""
    try:
        found = toolbox.run("run_hogql", {"query": BUSIEST})
    except (ToolError, TurnError):
        return ()
    events = [one_line(row[0]) for row in getattr(found, "rows", ())]
    if not events:
        return ()
    first, second, third = (events * 3)[:3]
    return (
        f"how many people did {first} last week?",
        f"{second} per week for the last 8 weeks",
        f"weekly retention of {third}",
    )
