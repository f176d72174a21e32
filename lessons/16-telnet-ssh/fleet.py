#!/usr/bin/env python3
"""What ssh_async.py does, with Fabric: a group of hosts that is told what to run.

python3 fleet.py uptime www.example.com ftp.example.com mail.example.com
"""

import argparse
import sys
from contextlib import suppress

import paramiko
from fabric import ThreadingGroup
from fabric.exceptions import GroupException
from known import known_hosts


def main(command: str, hosts: list[str]) -> int:
    with ThreadingGroup(*hosts, connect_timeout=10) as group:
        for connection in group:  # else Fabric believes every key that it has not seen before
            for path in known_hosts():
                connection.client.load_system_host_keys(path)
            connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            results = group.run(command, hide=True)
        except GroupException as error:
            results = error.result
    for connection in group:
        result = results[connection]
        print(f"{connection.host}: {getattr(result, 'stdout', result)}".rstrip())
    return int(bool(results.failed))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run a command on a fleet of hosts.")
    parser.add_argument("command", help="what to run")
    parser.add_argument("host", nargs="+", help="where")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        sys.exit(main(args.command, args.host))
