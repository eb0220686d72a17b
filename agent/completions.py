"""A conversation as chat completions want it.

- llama.cpp and vLLM parse the arguments of earlier calls and fail on text that is no JSON object
  (llama.cpp#25510, vllm#47761): such text is sent back inside an object.
- Mistral's and Gemma's templates want user and assistant in turns (vllm#6862): questions that got
  no reply are sent as one with the next.
- vLLM's templates stumble over an empty `tool_calls` (vllm#13978): it is left out.
"""

import json
from collections.abc import Sequence
from typing import Any

from agent.messages import Assistant, Message, Note, System, ToolCall, ToolResult, User


def wire_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """A conversation as chat completions want it; answers are ours and are left out."""
    sent: list[dict[str, Any]] = []
    for message in messages:
        wired = _wire(message)
        if wired and sent and wired["role"] == sent[-1]["role"] == "user":
            sent[-1]["content"] += "\n\n" + wired["content"]
        elif wired:
            sent.append(wired)
    return sent


def wire_tools(tools: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tool schemas as chat completions want them."""
    return [{"type": "function", "function": tool} for tool in tools]


def _wire(message: Message) -> dict[str, Any] | None:
    match message:
        case System(text):
            return {"role": "system", "content": text}
        case User(text) | Note(text):
            return {"role": "user", "content": text}
        case ToolResult():
            return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
        case Assistant() if message.tool_calls:
            calls = [_wire_call(call) for call in message.tool_calls]
            return {"role": "assistant", "content": message.text or None, "tool_calls": calls}
        case Assistant():
            return {"role": "assistant", "content": message.text}
        case _:
            return None


def _wire_call(call: ToolCall) -> dict[str, Any]:
    whole = isinstance(call.arguments, dict)
    arguments = json.dumps(call.arguments if whole else {"unreadable": call.arguments})
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
