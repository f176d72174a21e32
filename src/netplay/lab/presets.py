"""Links as people have them: one table of what `fault` can put on one by a single word.

``up`` is what the end named first sends, ``down`` what comes to it: name the customer first, as in
``netplay fault modemA isp --preset dsl``. A delay is that of one direction, half a round trip.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netplay.errors import LabError, suggestion
from netplay.model import Impairment
from netplay.structs import Frozen


class Preset(Frozen):
    """Two directions, and what they are like."""

    about: str
    up: Impairment
    down: Impairment


def _link(about: str, down: float, up: float, round_trip: float, **more: float) -> Preset:
    """Rates in Mbit/s, the round trip in milliseconds; *more* counts for both directions."""
    common = {"delay": round_trip / 2000, **more}
    return Preset(
        about,
        up=Impairment(rate=round(up * 1e6), **common),  # type: ignore[arg-type]
        down=Impairment(rate=round(down * 1e6), **common),  # type: ignore[arg-type]
    )


# Rates and round trips of dsl, cable, 4g and 3g are those that WebPageTest has long called so
# (connectivity.ini: DSL 1.5 Mbps/384 Kbps 50ms, Cable 5/1 Mbps 28ms, 4G 9 Mbps 170ms, 3G
# 1.6 Mbps/768 Kbps 300ms), so that results can be compared with what is published elsewhere. It has
# no jitter and no queues; the queues here are about what the lines' own boxes have: a quarter of a
# second for cable and DSL (J. Gettys and K. Nichols, "Bufferbloat", ACM Queue 9(11), 2011, saw
# more), a second for mobile networks.
# satellite: RFC 2488 §2 gives 558 ms for up, down and back over a geostationary satellite; the
# rates are the FCC's "broadband" of 2015, 25/3 Mbit/s.
# wifi-bad and lossy are nobody's: a crowded band, where frames are repeated (delay varies, some are
# lost all the same), and a line on which nothing is wrong but losses.
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "dsl": _link("1.5/0.384 Mbit/s, 50 ms", 1.5, 0.384, 50, queue=30),
        "cable": _link("5/1 Mbit/s, 28 ms", 5, 1, 28, queue=100),
        "4g": _link("9/9 Mbit/s, 170 ms ± 20", 9, 9, 170, jitter=0.01, queue=750),
        "3g": _link("1.6/0.768 Mbit/s, 300 ms ± 60", 1.6, 0.768, 300, jitter=0.03, queue=130),
        "satellite": _link("25/3 Mbit/s, 560 ms, 0.1 % lost", 25, 3, 560, loss=0.001, queue=500),
        "wifi-bad": _link(
            "10 Mbit/s, 40 ms ± 30, 5 % lost", 10, 10, 40, jitter=0.015, loss=0.05, queue=100
        ),
        "lossy": Preset("10 % lost", Impairment(loss=0.1), Impairment(loss=0.1)),
    }
)


def preset(name: str) -> Preset:
    """The preset called *name*; LabError if there is none."""
    if name not in PRESETS:
        raise LabError(f"there is no preset '{name}'{suggestion(name, PRESETS)}")
    return PRESETS[name]
