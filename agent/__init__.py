"""The conversation: questions in, tool calls out, answers back."""
