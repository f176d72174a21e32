"""A connection of paramiko's to a host whose key we know, and to no other.

with connect("www.example.com", "brandon") as client:
"""

import paramiko
from known import known_hosts


def connect(host: str, user: str) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    for path in known_hosts():
        client.load_system_host_keys(path)
    # The default, said aloud. AutoAddPolicy would believe whoever answers first.
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(host, username=user, timeout=10)
    return client
