"""Tells those who ask for the same meeting where the other is, as seen from here."""

import socket

PORT = 3478

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", PORT))
print(f"waiting on UDP port {PORT}")
waiting: dict[bytes, tuple[str, int]] = {}

while True:
    meeting, address = server.recvfrom(100)
    other = waiting.get(meeting)
    print(f"{meeting.decode(errors='replace')}: {address[0]}:{address[1]}")
    if other is None or other == address:
        waiting[meeting] = address
        continue
    # Both learn the other's address and port outside, which their modems have chosen.
    del waiting[meeting]
    server.sendto(f"{other[0]} {other[1]}".encode(), address)
    server.sendto(f"{address[0]} {address[1]}".encode(), other)
