"""What sessions run on: browsers, systems, addresses, user agents."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.apps import VERSION_NAMES, app_version
from tools.local.demo.draw import Array, choice
from tools.local.demo.people import BOT, DESKTOP, IOS_APP
from tools.local.demo.text import joined, pick, quoted, take
from tools.local.demo.world import World


class Device(NamedTuple):
    """One kind of device or crawler."""

    browser: str | None
    version: int
    """Major version of the browser when the history begins."""
    os: str
    kind: str
    agent: str


_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)"
_ANDROID = "Mozilla/5.0 (Linux; Android 15; K)"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_FIREFOX = "Gecko/20100101 Firefox/{v}.0"
_SAMSUNG = "AppleWebKit/537.36 SamsungBrowser/{v}.0"
_SAFARI = "Version/{v}.0"
_DEALS = "best-fitness-deals.example"
DEVICES = (
    Device("Chrome", 139, "Mac OS X", "Desktop", f"{_MAC} {_CHROME} Safari/537.36"),
    Device("Chrome", 139, "Windows", "Desktop", f"{_WINDOWS} {_CHROME} Safari/537.36"),
    Device("Safari", 18, "Mac OS X", "Desktop", f"{_MAC} {_APPLE} {_SAFARI} Safari/605.1.15"),
    Device("Firefox", 142, "Windows", "Desktop", f"{_WINDOWS} {_FIREFOX}"),
    Device("Firefox", 142, "Linux", "Desktop", f"{_LINUX} {_FIREFOX}"),
    Device("Microsoft Edge", 139, "Windows", "Desktop", f"{_WINDOWS} {_CHROME} Edg/{{v}}.0.0.0"),
    Device("Mobile Safari", 18, "iOS", "Mobile", f"{_IPHONE} {_APPLE} {_SAFARI} Mobile/15E148"),
    Device("Chrome iOS", 139, "iOS", "Mobile", f"{_IPHONE} {_APPLE} CriOS/{{v}}.0 Mobile/15E148"),
    Device("Chrome", 139, "Android", "Mobile", f"{_ANDROID} {_CHROME} Mobile Safari/537.36"),
    Device("Samsung Internet", 28, "Android", "Mobile", f"{_ANDROID} {_SAMSUNG} Mobile"),
    Device(None, 0, "iOS", "Mobile", "Stretchwell (iPhone; iOS 18.6)"),
    Device(None, 0, "Android", "Mobile", "Stretchwell (Linux; Android 15)"),
    Device(
        None, 0, "Linux", "Desktop", f"Mozilla/5.0 (compatible; DealsBot/2.1; +https://{_DEALS}/)"
    ),
    Device(None, 0, "Linux", "Desktop", f"python-requests/2.32 (bot; {_DEALS})"),
)
_DESKTOPS, _IPHONES, _ANDROIDS = (0, 1, 2, 3, 4, 5), (6, 7), (8, 9)
_APPS, _BOTS = 10, 12
_RELEASE = 28 * clock.DAY
_RELEASES = 17


def devices(world: World) -> Array:
    """Return the position in DEVICES of each session's device."""
    rng, population, sessions = world.rng("devices"), world.population, world.sessions
    count = len(population)
    desktop = np.array(_DESKTOPS)[choice(rng, [34, 26, 18, 7, 3, 12], count)]
    iphone = np.array(_IPHONES)[choice(rng, [85, 15], count)]
    android = np.array(_ANDROIDS)[choice(rng, [82, 18], count)]
    phone = np.where(population.iphone, iphone, android)
    web = np.where(sessions.platform == DESKTOP, desktop[sessions.person], phone[sessions.person])
    device = np.where(sessions.platform < IOS_APP, web, _APPS + sessions.platform - IOS_APP)
    bots = population.kind[sessions.person] == BOT
    return np.where(bots, _BOTS + sessions.person % 2, device)


def systems(world: World, device: Array) -> Array:
    """Return the name of the operating system of each device."""
    return np.array([one.os for one in DEVICES])[device]


def device_fragments(world: World, visit: Array, device: Array) -> pa.Array:
    """Return the properties of each session's device."""
    release = np.clip((world.sessions.start[visit] - clock.FROM) // _RELEASE, 0, _RELEASES - 1)
    table = pa.array([_fragment(one, number) for one in DEVICES for number in range(_RELEASES)])
    version = np.where(world.sessions.platform[visit] < IOS_APP, -1, app_version(world, visit))
    return joined(
        take(table, device * _RELEASES + release),
        pick("$app_version", VERSION_NAMES, version),
        quoted("$ip", _addresses(world)[visit]),
    )


def _fragment(device: Device, release: int) -> str:
    version = device.version + release // (13 if device.version < 100 else 1)
    names = ("$browser", "$browser_version", "$os", "$device_type", "$raw_user_agent")
    browser_version = version if device.browser else None
    agent = device.agent.replace("{v}", str(version))
    values = (device.browser, browser_version, device.os, device.kind, agent)
    zero = np.zeros(1, dtype=np.int64)
    parts = [pick(name, [value], zero) for name, value in zip(names, values, strict=True)]
    return str(joined(*parts)[0].as_py())


def _addresses(world: World) -> Array:
    """Return the address of each session: test networks only, 70 % of the bots in one /24."""
    person, kind = world.sessions.person, world.population.kind
    place = np.arange(len(kind))
    number = place * 7919 % 131_072
    address = np.array(
        [f"198.{18 + n // 65_536}.{n // 256 % 256}.{n % 256}" for n in number.tolist()],
        dtype=object,
    )
    bots = np.flatnonzero(kind == BOT)
    for index, bot in enumerate(bots[: round(len(bots) * 0.7)]):
        address[bot] = f"203.0.113.{1 + index % 254}"
    return address[person]
