#!/usr/bin/env python3
"""The same record in JSON, MessagePack, CBOR and Protocol Buffers: its size, time, and future.

    python3 formats.py      (with the packages msgspec, msgpack, cbor2 and protobuf)

The second table: what a reader made for the first edition makes of records of later ones.
"""

import argparse
import json
import sys
from functools import partial
from timeit import timeit
from typing import Any

try:
    import cbor2
    import msgpack
    import msgspec
    from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
except ImportError as error:
    sys.exit(f"{error}; try: python3 -m pip install msgspec msgpack cbor2 protobuf")

FIRST = {"station": str, "time": int, "celsius": float, "humidity": int}
EDITIONS: dict[str, dict[str, type]] = {
    "first": FIRST,
    "a field more": {**FIRST, "wind": float},
    "a field less": {"station": str, "time": int, "celsius": float},
    "another order": {"station": str, "humidity": int, "celsius": float, "time": int},
    "another type": {**FIRST, "humidity": str},
}
VALUES = {"station": "Nørrebro", "time": 1795360000, "celsius": -3.5, "humidity": 81, "wind": 4.0}
KIND = descriptor_pb2.FieldDescriptorProto
KINDS = {str: KIND.TYPE_STRING, int: KIND.TYPE_SINT64, float: KIND.TYPE_DOUBLE}


def proto(fields: dict[str, type]) -> Any:
    """What protoc makes of: message Reading {string station = 1; sint64 time = 2; ...}"""
    file = descriptor_pb2.FileDescriptorProto(name="reading.proto", syntax="proto3")
    reading = file.message_type.add(name="Reading")
    for name, kind in fields.items():
        number = [*VALUES].index(name) + 1  # of the field, in every edition
        reading.field.add(name=name, number=number, type=KINDS[kind], label=KIND.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Reading"))


READING: Any = msgspec.defstruct("Reading", list(FIRST.items()))
BY_PLACE: Any = msgspec.defstruct("ByPlace", list(FIRST.items()), array_like=True)
PROTOS = {edition: proto(fields) for edition, fields in EDITIONS.items()}
WRITE: dict[str, Any] = {
    "JSON": lambda edition, data: json.dumps(data).encode(),
    "JSON, msgspec": lambda edition, data: msgspec.json.encode(data),
    "MessagePack": lambda edition, data: msgpack.packb(data),
    "... no names": lambda edition, data: msgpack.packb([*data.values()]),
    "CBOR": lambda edition, data: cbor2.dumps(data),
    "Protobuf": lambda edition, data: PROTOS[edition](**data).SerializeToString(),
}
READ: dict[str, Any] = {
    "JSON": lambda raw: msgspec.convert(json.loads(raw), READING),
    "JSON, msgspec": msgspec.json.Decoder(READING).decode,
    "MessagePack": lambda raw: msgspec.convert(msgpack.unpackb(raw), READING),
    "... no names": msgspec.msgpack.Decoder(BY_PLACE).decode,
    "CBOR": lambda raw: msgspec.convert(cbor2.loads(raw), READING),
    "Protobuf": PROTOS["first"].FromString,
}


def outcome(name: str, edition: str) -> str:
    data = {field: kind(VALUES[field]) for field, kind in EDITIONS[edition].items()}
    try:
        reading = READ[name](WRITE[name](edition, data))
    except (msgspec.ValidationError, message.DecodeError):
        return "refused"
    wrong = [field for field in FIRST if getattr(reading, field) != data.get(field)]
    return f"{wrong[0]}={getattr(reading, wrong[0])}!" if wrong else "right"


if __name__ == "__main__":
    argparse.ArgumentParser(description="Compare formats.").parse_args()
    first = {field: VALUES[field] for field in FIRST}
    for name, write in WRITE.items():
        raw = write("first", first)
        writing = timeit(partial(write, "first", first), number=5000) * 200
        reading = timeit(partial(READ[name], raw), number=5000) * 200
        print(f"{name:14}{len(raw):4} bytes, written in{writing:6.2f} µs, read in{reading:6.2f} µs")
    print(f"\n{'':16}" + "".join(f"{edition:14}" for edition in [*EDITIONS][1:]))
    for name in WRITE:
        print(f"{name:14}  " + "".join(f"{outcome(name, later):14}" for later in [*EDITIONS][1:]))
