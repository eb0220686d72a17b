"""Analytics English: words, dates and names as tagged chunks of a question."""
