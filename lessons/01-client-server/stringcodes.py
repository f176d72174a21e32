#!/usr/bin/env python3
"""Bytes become text at the program's edge, and text becomes bytes.

python3 stringcodes.py /tmp/eagle.txt
cat /tmp/eagle.txt
"""

import argparse

# As it might arrive from a network: UTF-16, with the two bytes in front that tell their order.
RAW = b"\xff\xfe4\x001\x003\x00 \x00i\x00s\x00 \x00i\x00n\x00.\x00"


def main(path: str) -> None:
    # From the outside in: bytes are decoded.
    text = RAW.decode("utf-16")
    print(repr(text))

    # From the inside out: text is encoded.
    text = "We copy you down, Eagle.\n"
    with open(path, "wb") as file:
        file.write(text.encode("utf-8"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Decode a string, and encode another.")
    parser.add_argument("path", nargs="?", default="eagle.txt", help="the file to write")
    main(parser.parse_args().path)
