"""Meets somebody who is behind another NAT: peer.py NAME MEETING."""

import socket
import sys

RENDEZVOUS = (socket.gethostbyname("rendezvous"), 3478)
name, meeting = sys.argv[1:]

peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.settimeout(0.5)


def receive() -> tuple[str, tuple[str, int]] | None:
    """The next datagram and its sender, None if none comes for a while."""
    try:
        data, sender = peer.recvfrom(100)
    except TimeoutError:
        return None
    return data.decode(), sender


# 1. Where is the other? Asked again and again: datagrams get lost, and the other may be late.
while True:
    peer.sendto(meeting.encode(), RENDEZVOUS)
    answer = receive()
    if answer and answer[1] == RENDEZVOUS:
        host, port = answer[0].split()
        break
other = (host, int(port))
print(f"{name}: the other is at {host}:{port}")

# 2. Punch: our datagram makes our modem expect answers from there. The first one may find the
#    other's hole not yet open, and is lost; so does the other's. Then both are open.
heard = greeted = False
while not (heard and greeted):
    peer.sendto(f"{'heard' if heard else 'hello'} {name}".encode(), other)
    answer = receive()
    if answer and answer[1] == other:
        word, who = answer[0].split()
        if not heard:
            print(f"{name}: {who} speaks to me directly")
        heard, greeted = True, greeted or word == "heard"

# 3. The other may still wait for its answer.
peer.sendto(f"heard {name}".encode(), other)
