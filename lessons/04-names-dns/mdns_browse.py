#!/usr/bin/env python3
"""What is there in this LAN? Services as they come and go, by multicast DNS (RFC 6763).

    python3 mdns_browse.py
    python3 mdns_browse.py _ssh._tcp.local.

One question to 224.0.0.251 port 5353, and whoever has such a service answers.
"""

import argparse
import sys
import threading
from contextlib import suppress

from zeroconf import BadTypeInNameException, ServiceBrowser, ServiceStateChange, Zeroconf


def changed(
    zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
) -> None:
    """Called, from another thread, when a service has come, has changed, or has gone."""
    title = name.removesuffix(f".{service_type}")
    if state_change is ServiceStateChange.Removed:
        print(f"- {title}", flush=True)
    elif state_change is ServiceStateChange.Added:
        # A PTR record gave the name; SRV gives host and port, A and AAAA the addresses.
        info = zeroconf.get_service_info(service_type, name)
        if info is None:
            print(f"+ {title}: does not say where", flush=True)
            return
        places = ", ".join(sorted(info.parsed_addresses()))
        print(f"+ {title}: {info.server} ({places}) port {info.port}", flush=True)


def browse(kind: str) -> None:
    with Zeroconf() as zeroconf:
        ServiceBrowser(zeroconf, kind, handlers=[changed])
        print(f"Looking for {kind}", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List services of the local network.")
    parser.add_argument("kind", nargs="?", default="_http._tcp.local.", help="kind of service")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            browse(args.kind)
        except (OSError, BadTypeInNameException) as error:
            sys.exit(f"{args.kind}: {error}")
