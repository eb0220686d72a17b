"""Charts: decided once from an answer, drawn for a terminal or as a picture."""
