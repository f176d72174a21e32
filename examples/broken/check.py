"""Says what works in the lab "broken" and what does not; not why. Exit status 0: all works."""

import os
import sys

from netplay import Lab

CHECKS = [
    ("studio reaches its own router", "studio", "ping -c1 -W1 10.1.0.1"),
    ("studio reaches the router behind it", "studio", "ping -c1 -W1 10.9.0.2"),
    ("office reaches the server www", "office", "ping -c1 -W1 10.2.0.80"),
    ("studio reaches the server www", "studio", "ping -c1 -W1 10.2.0.80"),
    (
        "office finds the address of www.example.com",
        "office",
        "dig +time=1 +tries=1 +short www.example.com | grep '^[0-9]'",
    ),
    ("office gets the list of files", "office", "curl -sfm2 http://10.2.0.80/"),
    ("office gets a file of 35 kB", "office", "curl -sfm2 http://10.2.0.80/GPL-3"),
    ("all by name", "office", "curl -sfm2 http://www.example.com/GPL-3"),
]

lab = Lab.attach(os.environ.get("NETPLAY_NAME", "broken"))
wrong = 0
for sentence, node, command in CHECKS:
    works = lab[node].run("sh", "-c", command, timeout=10).returncode == 0
    wrong += not works
    print("works " if works else "BROKEN", sentence)
print(f"{wrong} of {len(CHECKS)} are broken" if wrong else "everything works")
sys.exit(bool(wrong))
