"""The embedded project: PostHog's HTTP API on this machine, on ClickHouse through chDB."""
