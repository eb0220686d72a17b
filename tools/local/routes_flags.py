"""Routes of feature flags."""

from tools.local import routes_flags_asked

ROUTES = (*routes_flags_asked.ROUTES,)
