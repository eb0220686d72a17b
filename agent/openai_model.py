"""Any OpenAI-compatible endpoint as a Model: the only module that imports openai.

Nothing is asked of an endpoint beyond model, messages, tools, a stream with usage, and temperature
0, so that the same question gets the same answer. What an endpoint refuses of that is left out from
then on: `stream_options` at Mistral and Databricks, `temperature` at OpenAI's reasoning models. One
that ignores `stream` is read whole. Retries are ours, since the SDK would repeat a 429 that means
"no money left" and could not be told how to sleep.
"""

import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agent.completions import wire_messages, wire_tools
from agent.errors import ModelError
from agent.messages import Assistant, Delta, Message, Note, Usage
from agent.model_refusals import exhausted, refusal
from agent.reply import Chunk, Reply
from agent.turns import current_turn, goes_in_circles, has_given_up, malformed
from prompts import load

if TYPE_CHECKING:
    from openai import APIError

OPENAI = "https://api.openai.com/v1"
ATTEMPTS = 4
CHARACTERS = 4
"""Of a token, roughly and in English."""

MAX_CALLS = 32
MAX_TEXT = 500_000
MAX_WAIT = 30.0
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
SECONDS = 300.0
"""What one reply may take, retries included."""


class OpenAIModel:
    """A language model behind chat completions."""

    def __init__(
        self,
        model: str,
        *,
        key: str = "",
        base_url: str | None = None,
        reasoning: str | None = None,
        http_client: Any = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import openai

        self._openai = openai
        self._client = openai.OpenAI(
            api_key=key or "none",
            base_url=base_url or OPENAI,
            http_client=http_client,
            max_retries=0,
            timeout=openai.Timeout(SECONDS, connect=10.0),
        )
        self._model, self._key = model, key
        self._clock, self._sleep = clock, sleep
        self._wishes: dict[str, Any] = {
            "stream_options": {"include_usage": True},
            "temperature": 0,
        }
        if reasoning:
            self._wishes["reasoning_effort"] = reasoning
        self._settled = False

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model

    @property
    def host(self) -> str:
        """Where the endpoint is."""
        return self._client.base_url.host

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def complete(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[Delta, None, Assistant]:
        """Yield text as it comes, return the whole reply."""
        turn = current_turn(messages)
        if has_given_up(turn):
            return (yield from self._last(messages, tools, "given_up"))
        reply = yield from self._reply(messages, tools)
        if malformed([reply]) and malformed(turn):
            raise ModelError(f"{self._model} can't write tool calls as JSON: use another model.")
        if not goes_in_circles(turn, reply):
            return reply
        final = yield from self._last(messages, tools, "answer_now")
        return replace(final, usage=reply.usage + final.usage)

    def _last(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], prompt: str
    ) -> Generator[Delta, None, Assistant]:
        """A reply in words alone."""
        asked = (*messages, Note(load(prompt)))
        final = yield from self._reply(asked, tools, offered=False)
        if final.tool_calls:
            raise ModelError(f"{self._model} repeats itself: ask differently or use another model.")
        return final

    def _reply(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]], offered: bool = True
    ) -> Generator[Delta, None, Assistant]:
        request: dict[str, Any] = {"model": self._model, "messages": wire_messages(messages)}
        if tools and offered:
            request["tools"] = wire_tools(tools)
        reply = yield from self._ask(request)
        taken = {call.id for m in messages if isinstance(m, Assistant) for call in m.tool_calls}
        rest, assistant = reply.end({tool["name"] for tool in tools}, taken)
        self._check(reply.finish, assistant)
        if rest:
            yield Delta(rest)
        return assistant if assistant.usage != Usage() else _estimated(request, assistant)

    def _ask(self, request: dict[str, Any]) -> Generator[Delta, None, Reply]:
        """One reply, asked for again while a failure may pass and nothing of it was shown."""
        deadline = self._clock() + SECONDS
        attempt = 0
        while True:
            attempt += 1
            reply = Reply()
            try:
                yield from self._read(request, reply, deadline)
                return reply
            except self._openai.APIError as error:
                wait = self._wait(error, attempt)
                if wait is None or reply.shown or self._clock() + wait >= deadline:
                    # The cause is left out because some servers repeat the key in it.
                    raise self._failure(error) from None
            self._sleep(wait)

    def _read(
        self, request: dict[str, Any], reply: Reply, deadline: float
    ) -> Generator[Delta, None, None]:
        try:
            with closing(self._chunks(request, reply)) as chunks:
                for chunk in chunks:
                    if text := reply.add(Chunk.model_validate(chunk)):
                        yield Delta(text)
                    if len(reply.text) > MAX_TEXT:
                        raise ModelError(f"{self._model} does not come to an end: ask again.")
                    if self._clock() > deadline:
                        raise ModelError(f"{self._model} takes too long: use a faster model.")
        except (ValidationError, ValueError) as error:
            raise self._not_the_api() from error
        if not reply.chunks:
            raise self._not_the_api()

    def _chunks(self, request: dict[str, Any], reply: Reply) -> Generator[Any, None, None]:
        """The events of a stream as plain objects, or the one body of a server without streams."""
        response = self._open(request)
        if "json" in response.headers.get("content-type", ""):
            yield _one_choice(json.loads(response.http_response.read()))
            return
        with response.parse() as stream:
            for event in stream:
                yield event.to_dict(warnings=False)
        if reply.chunks and reply.finish is None:
            # Proxies end a stream politely in the middle of a call: only a reason is an end.
            raise self._openai.APIError("cut", request=response.http_request, body=None)

    def _open(self, request: dict[str, Any]) -> Any:
        """The response to a request, without those of our wishes the endpoint refuses."""
        create = self._client.chat.completions.with_raw_response.create
        while True:
            try:
                response = create(**request, **self._wishes, stream=True)
            except (self._openai.BadRequestError, self._openai.UnprocessableEntityError) as error:
                if self._settled or not self._wishes:
                    raise
                named = [wish for wish in self._wishes if wish in str(error)]
                for wish in named or list(self._wishes):
                    del self._wishes[wish]
            else:
                self._settled = True
                return response

    def _wait(self, error: "APIError", attempt: int) -> float | None:
        """Seconds until it is worth asking again, None when it is not."""
        timed_out = isinstance(error, self._openai.APITimeoutError)
        if attempt >= ATTEMPTS or timed_out or exhausted(error.body):
            return None
        backoff = 2.0 ** (attempt - 1)
        if not isinstance(error, self._openai.APIStatusError):
            return backoff
        if error.status_code not in RETRIED:
            return None
        told = _retry_after(error.response.headers.get("retry-after"))
        return backoff if told is None else told if told <= MAX_WAIT else None

    def _failure(self, error: "APIError") -> ModelError:
        if isinstance(error, self._openai.APITimeoutError):
            return ModelError(f"{self._model} did not answer in time: try again.")
        if isinstance(error, self._openai.APIConnectionError):
            return ModelError(
                f"The model server {self.host} can't be reached: check OPENAI_BASE_URL."
            )
        status = error.status_code if isinstance(error, self._openai.APIStatusError) else None
        return refusal(status, error.body, host=self.host, model=self._model, key=self._key)

    def _not_the_api(self) -> ModelError:
        return ModelError(
            f"{self.host} does not answer like chat completions: "
            "check OPENAI_BASE_URL (it usually ends in /v1)."
        )

    def _check(self, finish: str | None, reply: Assistant) -> None:
        """Refuse a reply that is not whole, or asks for too much."""
        name = self._model
        if finish == "length":
            raise ModelError(
                f"The reply of {name} was cut off at its limit: ask something smaller."
            )
        if finish == "content_filter":
            raise ModelError(f"The content filter of {name} withheld its reply: ask differently.")
        if len(reply.tool_calls) > MAX_CALLS:
            raise ModelError(f"{name} asked for {len(reply.tool_calls)} calls at once: ask again.")


def _estimated(request: dict[str, Any], reply: Assistant) -> Assistant:
    """The reply with what it may have cost, so that a limit on tokens is one everywhere."""
    sent = json.dumps([request["messages"], request.get("tools")], ensure_ascii=False)
    said = reply.text + "".join(f"{call.name} {call.arguments}" for call in reply.tool_calls)
    usage = Usage(len(sent) // CHARACTERS, len(said) // CHARACTERS, estimated=True)
    return replace(reply, usage=usage)


def _one_choice(body: Any) -> Any:
    """The body, if it is a completion at all."""
    if not isinstance(body, dict) or not body.get("choices"):
        raise ValueError("no choices")
    return body


def _retry_after(text: str | None) -> float | None:
    try:
        return max(0.0, float(text or ""))
    except ValueError:
        return None
