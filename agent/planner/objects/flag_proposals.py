"""Another rollout of one flag, for everybody or for some, told before anybody does it."""

from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.objects import naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.audiences import Audience, audience, size
from agent.planner.objects.flag_endings import turned_off
from agent.planner.objects.flag_telling import refused, told
from agent.planner.objects.group_conditions import group_proposal
from agent.planner.objects.shares import Share, moved, shares
from agent.planner.world import Request, World
from tools.flag_words import Flag, said
from tools.wording import joined


def rollout(asked: Asked, flag: Flag, world: World) -> Draft:
    """Another rollout, for everybody or for some."""
    shown = shares(asked.text)
    now = flag.conditions[0].rollout if flag.conditions else 0.0
    after = moved(asked.text, now)
    wanted = shown if shown and after is None else [Share(after if after is not None else now)]
    wrong = [one.percent for one in wanted if not 0 <= one.percent <= 100]
    if wrong:
        return refused(
            flag, f"A rollout is between 0% and 100%, so {wrong[0]:g}% is not possible", world
        )
    if any(one.who for one in wanted):
        return _for_people(asked, flag, wanted, world)
    if left := _unread(asked, flag):
        return _not_read(flag, left, world)
    percent = wanted[0].percent
    where = flag.conditions[0].words if flag.conditions else ""
    notes = [_several(flag), _turned_on(asked, flag), _planned(asked, percent)]
    return _proposed(flag, [(percent, Audience(where))], world, *notes, keeps=True)


def switched(asked: Asked, flag: Flag, world: World) -> Draft:
    """Turned on or off, for everybody or for some."""
    who = _who(asked)
    if not who and not asked.emails and (left := _unread(asked, flag)):
        return _not_read(flag, left, world)
    if asked.opens("write.disable"):
        some = asked.emails or (who and audience(who, world).words)
        return _left_out(asked, flag, world) if some else turned_off(flag, world)
    if flag.reaches != "persons" and (draft := group_proposal(asked, flag, world)):
        return draft
    if who or asked.emails or asked.says("write.except"):
        return _for_people(asked, flag, [Share(100.0, who or asked.emails[0])], world)
    already = f"{flag.key} is on already" if flag.on else ""
    nobody = flag.widest == 0 and all(one.rollout == 0 for one in flag.conditions)
    note = (
        "Turned on alone it would still reach nobody: its rollout is 0%. Say to which share, as in"
        " “roll it out to 10%”."
        if nobody
        else ""
    )
    rows = [
        ("state", "on" if flag.on else "off", "on"),
        (
            "who gets it",
            said(flag) if flag.on else "nobody",
            said(flag) if not nobody else "nobody (0%)",
        ),
    ]
    call = ("switch_flag", {"key": flag.key, "on": True})
    headline = already or f"{flag.key} would go from off to on, for {said(flag)}"
    return told(flag, headline, rows, world, note, call=call)


def _unread(asked: Asked, flag: Flag) -> list[str]:
    """Words of a request that neither name the flag nor say what to do with it."""
    variants = (variant.key for variant in flag.variants)
    names = (flag.key, *variants, *naming.slugs(asked), *asked.quoted)
    own = {piece for name in names for piece in naming.pieces(name)}
    said = phrases.word_set("flag.change")
    words = naming.topic(asked)
    return [one for one in words if one not in said and not set(naming.pieces(one)) & own]


def _not_read(flag: Flag, left: Sequence[str], world: World) -> Draft:
    """A request of which only a part is understood is not turned into a change."""
    return refused(
        flag,
        f"I don't know what “{' '.join(left)}” means for the flag {flag.key}: say the change"
        f" without it, as in “roll {flag.key} out to 40%” or “turn {flag.key} off”",
        world,
    )


def _left_out(asked: Asked, flag: Flag, world: World) -> Draft:
    """Turned off for some: which no single change of a flag does."""
    return refused(
        flag,
        f"{flag.key} is on or off for everybody; for {_who(asked) or asked.emails[0]} alone its"
        " conditions would have to leave them out. Say whom it should reach instead, as in “roll"
        f" {flag.key} out to 100% of everyone except …”",
        world,
    )


def _for_people(asked: Asked, flag: Flag, wanted: Sequence[Share], world: World) -> Draft:
    """Another rollout for some people, each group as a condition of its own."""
    read = [(one.percent, audience(one.who, world)) for one in wanted]
    notes = []
    for _, people in read:
        if people.cohort and people.cohort.behavior:
            notes.append(
                f"PostHog refuses the cohort {people.cohort.name} in a flag, because it asks what"
                " people did: a static copy of it (“duplicate as static cohort”) can be used."
            )
        if people.left:
            notes.append(f"Not understood, so it is in no condition: {joined(people.left)}.")
        if not people.known:
            notes.append(
                f"Who {people.words} are is not clear from the properties and cohorts here: name a"
                " property and its value."
            )
    if len(read) > 1:
        notes.append(
            "The conditions are tried from the top: who meets the first is not asked the second."
        )
    if asked.says("write.only") or flag.conditions:
        notes.append(f"That takes the place of the present conditions ({said(flag)}).")
    return _proposed(flag, read, world, *notes, keeps=False)


def _proposed(
    flag: Flag, wanted: Sequence[tuple[float, Audience]], world: World, *notes: str, keeps: bool
) -> Draft:
    """Before and after, with how many that is."""
    after = " or ".join(
        f"{percent:g}% of {_people(people)}" if percent < 100 else _everyone(people)
        for percent, people in wanted
    )
    counted = [
        (percent, people, _count(flag, people, world, keeps=keeps)) for percent, people in wanted
    ]
    rows: list[tuple[object, ...]] = [
        ("state", "on" if flag.on else "off", "on"),
        ("who gets it", said(flag) if flag.on else "nobody", after),
    ]
    reach = [_reach(percent, *found) for percent, _, found in counted if found]
    before = f"{said(flag)}" if flag.on else f"off ({said(flag)})"
    same = (
        keeps
        and flag.on
        and flag.conditions
        and flag.conditions[0].rollout == wanted[0][0]
        and len(flag.conditions) == 1
    )
    headline = (
        f"{flag.key} is at {after} already"
        if same
        else f"{flag.key} would go from {before} to {after}"
    )
    note = f"{'; '.join(reach)}." if reach else ""
    call = _call(flag, wanted, keeps=keeps)
    return told(flag, headline, rows, world, note, *notes, call=call)


def _call(flag: Flag, wanted: Sequence[tuple[float, Audience]], *, keeps: bool) -> Request | None:
    """The one call that makes the change, None where it takes several or people are not clear."""
    percent, people = wanted[0]
    if keeps:
        return ("set_flag_rollout", {"key": flag.key, "percent": percent})
    if len(wanted) > 1 or people.where is None or people.left or len(flag.conditions) > 1:
        return None
    place = {"condition": 1} if flag.conditions else {}
    where = {"where": list(people.where), "percent": percent}
    return ("set_flag_condition", {"key": flag.key, **where, **place})


def _reach(percent: float, meeting: int, total: int) -> str:
    """How many a share of those who meet a condition is."""
    if percent == 100:
        return f"{meeting:,} of {telling.many(total, 'person')}"
    met = f"all {total:,} persons" if meeting == total else f"the {meeting:,} of {total:,} persons"
    return f"{percent:g}% of {met} are about {round(meeting * percent / 100):,}"


def _count(flag: Flag, people: Audience, world: World, *, keeps: bool) -> tuple[int, int] | None:
    if not keeps:
        return size(people, world)
    (facts,) = world.look(("get_flag", {"key": flag.key}))
    full: Flag = facts.flag
    one = full.conditions[0] if full.conditions else None
    known = one and one.meeting is not None and one.total is not None and flag.reaches == "persons"
    return (
        (one.meeting, one.total)
        if one and known and one.meeting is not None and one.total is not None
        else None
    )


def _people(people: Audience) -> str:
    where = "" if people.words.startswith(("in ", "not in ", "“")) else "where "
    return f"persons {where}{people.words}" if people.words else "persons"


def _everyone(people: Audience) -> str:
    where = "" if people.words.startswith(("in ", "not in ", "“")) else "where "
    return f"everyone {where}{people.words}".strip() if people.words else "everyone"


def _who(asked: Asked) -> str:
    """The people named after for or to."""
    said_of = asked.after("for|to")
    return asked.written(said_of) if said_of else ""


def _several(flag: Flag) -> str:
    return (
        f"It has {len(flag.conditions)} conditions; the first is taken, the others stay."
        if len(flag.conditions) > 1
        else ""
    )


def _turned_on(asked: Asked, flag: Flag) -> str:
    return "" if flag.on else f"{flag.key} is off now, so it has to be turned on as well."


def _planned(asked: Asked, percent: float) -> str:
    if not asked.says("write.every"):
        return ""
    return (
        f"Only the first step, to {percent:g}%, can be made now; nothing here runs by itself. In"
        " PostHog each further step can be planned on the flag's Schedule tab."
    )
