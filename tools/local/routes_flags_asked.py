"""Routes by which PostHog's SDKs ask what the flags say; the project's own key is enough."""

from collections.abc import Sequence

from tools.local.auth import authenticate, permit
from tools.local.flags.definitions import definitions
from tools.local.flags.etag import unless_known
from tools.local.flags.evaluation import Result
from tools.local.flags.experiments import experimental
from tools.local.flags.project import evaluation
from tools.local.flags.request import key_refused, read_flags_request
from tools.local.flags.schedule import apply_due
from tools.local.flags.shapes import CONFIG, decide_answer, flags_answer
from tools.local.project_key import is_project_key
from tools.local.routes import Body, Call, Reply, Route


def flags(call: Call) -> Body:
    """The value of every flag, in the shape of the version asked for."""
    results, version = _results(call), call.request.args.get("v", "")
    answer = flags_answer(results, version, experimental(call.home.meta))
    wanted = call.request.args.get("config", "").lower() in ("true", "1")
    return {**CONFIG, **answer} if wanted else answer


def decide(call: Call) -> Body:
    """The same in the shapes of the older API."""
    results, version = _results(call), call.request.args.get("v", "")
    return decide_answer(results, version, experimental(call.home.meta))


def _results(call: Call) -> Sequence[Result]:
    asked = read_flags_request(call.home.meta, call.request)
    if asked.disable_flags:
        return ()
    found = evaluation(call.home, asked.asked()).results(asked.flag_keys_to_evaluate)
    return asked.meant(found, call.request.headers.get("User-Agent", ""))


def local_evaluation(call: Call) -> Reply:
    """The flags for SDKs that evaluate them themselves; a personal key is needed as well."""
    meta = call.home.meta
    permit(authenticate(meta, call.request), "feature_flag:read", call.project.id)
    token = call.request.args.get("token")
    if token is not None and not is_project_key(meta, token):
        raise key_refused()
    apply_due(meta)
    return unless_known(call.request, definitions(meta))


ROUTES = (
    Route("POST", "/flags/", None, flags, anyone=True),
    Route("POST", "/decide/", None, decide, anyone=True),
    Route("GET", "/flags/definitions/", None, local_evaluation, anyone=True),
    Route("GET", "/api/feature_flag/local_evaluation/", None, local_evaluation, anyone=True),
    Route(
        "GET",
        "/api/projects/<project>/feature_flags/local_evaluation/",
        "feature_flag:read",
        local_evaluation,
    ),
)
