"""The colours of a drawn ladder. Each pair keeps a contrast of 4.5 to 1 or more (WCAG 1.4.3)."""

from __future__ import annotations

_LIGHT = (
    "--paper:#ffffff;--ink:#1c2430;--soft:#5b6675;--line:#c9d1db;--head:#eef2f7;--hover:#f3f6fb;"
    "--card:#ffffff;--open:#1d6f42;--close:#7a4a00;--bad:#b3261e;--data:#1f5fbf;--tls:#6a3fb5;"
    "--dns:#00696b;--icmp:#9a3b76;--nat:#8a5a00;--ack:#66707d;"
)
_DARK = (
    "--paper:#12161c;--ink:#e6ebf2;--soft:#9aa6b5;--line:#39424e;--head:#1d242d;--hover:#1a2029;"
    "--card:#1d242d;--open:#62c98d;--close:#e0a458;--bad:#ff8a80;--data:#7fb0ff;--tls:#bfa2ff;"
    "--dns:#5fd0d2;--icmp:#f09ccb;--nat:#f0bd5a;--ack:#98a3b1;"
)
_KINDS = {
    "open": "open", "close": "close", "reset": "bad", "ack": "ack", "data": "data",
    "http": "data", "tls": "tls", "dns": "dns", "icmp": "icmp", "arp": "soft", "other": "soft",
}  # fmt: skip

_RULES = {
    ".paper": "fill:var(--paper)",
    ".life": "stroke:var(--line);stroke-dasharray:2 4;fill:none",
    ".head": "fill:var(--head);stroke:var(--line)",
    ".name": "text-anchor:middle;fill:var(--ink);font-weight:600;font-size:14px",
    ".address": "text-anchor:middle;fill:var(--soft)",
    ".gap": "fill:var(--soft);font-style:italic",
    ".time": "text-anchor:end;fill:var(--soft)",
    ".ttl": "text-anchor:middle;fill:var(--soft)",
    ".tag": "fill:var(--paper)",
    ".hit": "fill:transparent",
    ".row": "--c:var(--soft);outline:none;cursor:default",
    ".row:hover .hit": "fill:var(--hover)",
    ".row:focus .hit": "fill:var(--hover)",
    ".row:focus-visible .hit": "stroke:var(--c);stroke-width:1.5",
    ".label": "fill:var(--c);font-weight:500",
    ".wire": "stroke:var(--c);stroke-width:1.6;fill:none",
    ".tip": "fill:var(--c)",
    ".again .wire": "stroke-dasharray:6 3",
    ".again .label": "font-style:italic",
    ".cross": "stroke:var(--bad);stroke-width:2.6;fill:none;stroke-linecap:round",
    ".why": "fill:var(--bad);font-weight:600",
    ".nat": "fill:var(--nat)",
    ".diamond": "fill:var(--nat);stroke:var(--paper)",
    ".card": "visibility:hidden;pointer-events:none",
    ".card rect": "fill:var(--card);stroke:var(--line)",
    ".card text": "fill:var(--ink)",
    **{f".{kind}": f"--c:var(--{colour})" for kind, colour in _KINDS.items()},
    ".bad": "--c:var(--bad)",
}
_MONOSPACED = ".ladder .address,.ladder .time,.ladder .ttl,.ladder .card text"

# Every rule begins with .ladder, so that a page with the picture in it keeps its own looks.
STYLE = (
    f".ladder{{{_LIGHT}font-family:system-ui,sans-serif;font-size:12.5px}}"
    f"@media(prefers-color-scheme:dark){{.ladder{{{_DARK}}}}}"
    f"{_MONOSPACED}{{font-family:ui-monospace,monospace;font-size:11px}}"
    + "".join(f".ladder {selector}{{{rule}}}" for selector, rule in _RULES.items())
)

PAGE_STYLE = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media(prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    "body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}"
    "main{max-width:90rem;margin:auto;padding:1.5rem}h1{font-size:1.4rem;margin:0 0 .5rem}"
    "ul{list-style:none;margin:0 0 1rem;padding:0}li span{color:var(--soft);margin-left:1em}"
    "figure{margin:0;overflow-x:auto}figure svg{max-width:none}"
    "pre{overflow-x:auto;font:12px/1.25 ui-monospace,monospace}summary{cursor:pointer}"
)
