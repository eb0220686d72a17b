"""A run of a workflow: each step judged, done, held against its plan, sent and noted."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from agent.answer import Answer
from agent.errors import AgentError
from agent.front import say
from agent.journal import Journal
from agent.messages import ToolResult
from agent.redact import redact
from agent.session import Session
from agent.settings import load_settings
from agent.start import start
from agent.steps import Steps
from agent.workflows.again import PASSING, Passing, Undelivered, again
from agent.workflows.changing import Refusing, approver, came_of, plan_of_change
from agent.workflows.conditions import Condition, Result, Unjudged, holds
from agent.workflows.deliver import Post
from agent.workflows.file import Step, Workflow, read_workflow
from agent.workflows.history import Came, History
from agent.workflows.lock import alone
from agent.workflows.plan import Plan, drift, plan_of
from agent.writing.gate import Gate
from tools.changes.change import Done
from tools.errors import ToolError, TurnError

FAILURES = (AgentError, ToolError, TurnError, OSError)


def run_workflow(
    path: Path,
    *,
    yes: bool = False,
    approve: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Came, ...]:
    """Run the workflow of a file, and keep what came of it.

    With `yes`, changes that it was approved with are made where policy.toml allows it; with
    `approve`, what it asks and changes now is what it is held against from now on.
    """
    workflow, path = read_workflow(path), path.absolute()
    settings = load_settings(project=workflow.project, model=workflow.model)
    history = History(Journal(settings.home / "journal.db"))
    with alone(settings.home, str(path)), ExitStack() as stack:
        number = history.begin(str(path))
        try:
            session, console = again(
                lambda: stack.enter_context(start(workflow.project, workflow.model, None, yes=yes)),
                workflow.retries,
                sleep,
            )
            run = Run(workflow, path, session, history, console, approve=approve, sleep=sleep)
            came: tuple[Came, ...] = ()
            for one in run.steps():
                came = (*came, one)
                history.note(number, came)
        except FAILURES as error:
            history.note(number, [Came("", "failed", redact(str(error)))], ended=True)
            raise
        history.note(number, came, ended=True)
        return came


class Run:
    """One run, from step to step."""

    def __init__(
        self,
        workflow: Workflow,
        path: Path,
        session: Session,
        history: History,
        console: Console,
        *,
        approve: bool,
        sleep: Callable[[float], None],
    ) -> None:
        self._workflow, self._path, self._session = workflow, path, session
        self._history, self._console = history, console
        self._approve, self._sleep = approve, sleep
        self._post = Post(path.parent, workflow.mail)
        self._results: dict[str, Result] = {}
        self._drifted: set[str] = set()
        gate = session.agent.tools.gate
        self._gate = gate if isinstance(gate, Gate) else None
        self._person = self._gate.approver if self._gate else None

    def steps(self) -> Iterator[Came]:
        """Do each step; gives what came of it."""
        for step in self._workflow.steps:
            came = self._done(step)
            say(f"{step.name}: {came.state}, {came.said}")
            if came.drift:
                self._drifted.add(step.name)
                say(f"{step.name}: {self._told(came.drift)}")
            yield came
            if came.state == "failed" and self._workflow.on_failure == "stop":
                return

    def _done(self, step: Step) -> Came:
        """What came of one step; its failure is one sentence."""
        try:
            if why := self._unmet(step, [c for c in step.judged() if c.step != step.name]):
                return Came(step.name, "skipped", why)
            self._session.agent = self._session.agent.afresh()
            if step.change:
                return self._changed(step)
            if self._gate:
                self._gate.approver = Refusing()
            return self._exported(step) if step.export else self._asked(step)
        except FAILURES as error:
            return Came(step.name, "failed", redact(str(error)))

    def _unmet(self, step: Step, conditions: list[Condition]) -> str:
        """Why a step is not to be done; "" when every condition holds."""
        for condition in conditions:
            if condition.step not in self._results:
                return f"“{condition.text}” has nothing to go by: {condition.step} gave no result."
            if step.change and condition.step in self._drifted:
                raise Unjudged(f"{condition.step} is not as it was approved: nothing is changed.")
            met, figures = holds(condition, self._results)
            if not met:
                return f"“{condition.text}” does not hold: {figures}."
        return ""

    def _asked(self, step: Step) -> Came:
        answer = again(lambda: self._answer(step.ask), self._workflow.retries, self._sleep)
        evidence = self._session.journal.evidence(answer.receipt) if answer.receipt else None
        found = self._held(step, plan_of(self._session.agent.messages, evidence))
        fingerprint = _fingerprint(answer)
        before = self._history.last_sent(str(self._path), step.name)
        now = self._session.agent.tools.project.now
        clock = datetime.fromisoformat(now) if now else datetime.now(UTC)
        self._results[step.name] = Result(answer, fingerprint, before, clock)
        came = Came(step.name, "measured", answer.headline, answer.receipt or "", drift=found)
        if why := self._unmet(step, [c for c in step.judged() if c.step == step.name]):
            return replace(came, state="skipped", said=why)
        if found:
            answer = replace(answer, assumptions=(self._told(found), *answer.assumptions))
        for place in step.to:
            self._send(answer, place)
        if step.to:
            came = replace(came, state="sent", fingerprint=fingerprint)
        return came

    def _send(self, answer: Answer, place: str) -> None:
        again(lambda: self._post.send(answer, place), self._workflow.retries, self._sleep)

    def _ask(self, words: str) -> Answer:
        with Steps(self._console) as steps:
            return self._session.ask(words, steps.show)

    def _answer(self, question: str) -> Answer:
        """The answer to a question, which nobody is there to ask back about."""
        answer = self._ask(question)
        if self._proposed():
            raise Undelivered("It would change something, which a question may not: use `change`.")
        if answer.outcome == "answered":
            return answer
        if answer.error in PASSING:
            raise Passing(answer.headline)
        if answer.outcome == "asked":
            choices = "".join(f" “{choice}”" for choice in answer.choices)
            raise Undelivered(f"{answer.headline} Write the step so that it says which:{choices}")
        raise Undelivered(answer.headline)

    def _exported(self, step: Step) -> Came:
        from agent.export.asking import asked_for
        from agent.export.doing import begin, carry_out, told
        from agent.export.folder import Folder

        session = self._session
        agent, folder = session.agent, Folder(self._post.path(step.to[0]))
        what, _ = asked_for(agent, step.export, ())
        found = self._held(step, plan_of(agent.messages, None))
        begin(agent.toolbox.posthog, folder, lambda: what, None, overwrite=True)
        finished = carry_out(agent.toolbox.posthog, folder, session.journal, overwrite=True)
        receipt = str(finished.manifest["receipt"])
        return Came(step.name, "sent", told(finished), receipt, drift=found)

    def _changed(self, step: Step) -> Came:
        """Propose a change; a change is never tried again."""
        assert self._gate is not None
        assert self._person is not None
        kept = self._history.plan(str(self._path), step.name, step.change)
        self._gate.approver = self._person
        self._gate.approver = approver(self._gate, kept and kept[0], approve=self._approve)
        answer = self._ask(step.change)
        if not (done := self._proposed()):
            return Came(step.name, "failed", answer.headline)
        came = came_of(step.name, done, self._path.name)
        if came.state == "changed" and (not kept or self._approve):
            plan = plan_of_change(done.change)
            self._history.approve(str(self._path), step.name, step.change, plan)
        return came

    def _proposed(self) -> Done | None:
        """What became of the first change that the step proposed."""
        outputs = (m.output for m in self._session.agent.messages if isinstance(m, ToolResult))
        return next((one for one in outputs if isinstance(one, Done)), None)

    def _held(self, step: Step, plan: Plan) -> tuple[str, ...]:
        """How a plan differs from the one the step was approved with; the first is approved."""
        kept = None if self._approve else self._history.plan(str(self._path), step.name, step.words)
        if kept is None:
            self._history.approve(str(self._path), step.name, step.words, plan)
            return ()
        return tuple(f"{one} (approved {kept[1][:10]})" for one in drift(kept[0], plan))

    def _told(self, found: tuple[str, ...]) -> str:
        return (
            f"Not as it was approved: {'; '.join(found)}. `hogloop run {self._path.name} --approve`"
            " takes it as it is now."
        )


def _fingerprint(answer: Answer) -> str:
    """A hash of the rows of an answer."""
    rows = [[table.columns, table.rows] for table in answer.tables]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()[:32]
