#!/usr/bin/env python3
"""Tell the LAN about a service, without any server for names: multicast DNS, RFC 6762.

    python3 mdns_announce.py "Brandon's notes" 8000

Ctrl-C takes it back. The service need not exist: an announcement is only a word.
"""

import argparse
import socket
import sys
import threading
from contextlib import suppress

KIND = "_http._tcp.local."


def addresses() -> list[str]:
    """The addresses of this computer that make sense to others."""
    import ifaddr

    ips = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return [ip for ip in ips if isinstance(ip, str) and not ip.startswith("127.")]


def announce(title: str, port: int) -> None:
    from zeroconf import NonUniqueNameException, ServiceInfo, Zeroconf

    service = ServiceInfo(
        KIND,
        f"{title}.{KIND}",
        port=port,
        server=f"{socket.gethostname().partition('.')[0]}.local.",
        parsed_addresses=addresses(),
        properties={"path": "/"},
    )
    with Zeroconf() as zeroconf:
        print(f"asking whether anybody is called {title!r}", flush=True)  # RFC 6762 section 8.1
        try:
            zeroconf.register_service(service)
        except NonUniqueNameException:
            sys.exit(f"somebody in this network is already called {title!r}")
        print(f"announced {title!r} at port {port}", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
        zeroconf.unregister_service(service)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Announce a web server to the local network.")
    parser.add_argument("title", help="a name for people; spaces are welcome")
    parser.add_argument("port", type=int, help="where it listens")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        announce(args.title, args.port)
