"""HogQL to ClickHouse SQL."""
