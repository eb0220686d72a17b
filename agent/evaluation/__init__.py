"""How good the answers are: questions with gold plans, and what was made of them."""
