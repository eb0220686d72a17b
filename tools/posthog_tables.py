"""The tables PostHog shows to queries; the embedded project has some of them."""

from functools import lru_cache

_TABLES = """
events persons groups sessions person_distinct_ids person_distinct_id_overrides cohort_people
static_cohort_people session_replay_events log_entries console_logs_log_entries
batch_export_log_entries app_metrics query_log heatmaps exchange_rate document_embeddings logs
spans metrics numbers raw_sessions raw_session_replay_events raw_persons raw_groups
raw_person_distinct_ids raw_person_distinct_id_overrides raw_cohort_people
"""

# A project's own objects: ClickHouse's server tables of the same prefix are not among them.
_SYSTEM = """
actions alerts annotations cohorts dashboards insights experiments exports feature_flags groups
group_type_mappings ingestion_warnings insight_variables notebooks surveys teams
error_tracking_issues data_warehouse_sources data_warehouse_tables logs_alerts logs_views
activity_logs batch_exports batch_export_backfills cohort_calculation_history dashboard_tiles
data_modeling_views hog_flows hog_functions integrations session_recordings
session_recording_playlists source_schemas source_sync_jobs information_schema.tables
information_schema.columns information_schema.relationships information_schema.data_types
"""


@lru_cache(maxsize=1)
def posthog_tables() -> frozenset[str]:
    """Every table a HogQL query may name in PostHog, without warehouse tables and views."""
    return frozenset([*_TABLES.split(), *(f"system.{name}" for name in _SYSTEM.split())])
