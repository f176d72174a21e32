#!/usr/bin/env python3
"""Publish and subscribe through a broker, in MQTT: both call, nobody has to be reachable.

    python3 pubsub_broker.py www subscribe 'home/#'               all below home
    python3 pubsub_broker.py www publish home/kitchen 21.5
    python3 pubsub_broker.py www publish home/cellar 12 --retain  and keep it for those to come
    python3 pubsub_broker.py www subscribe 'home/#' --name phone --count 2    keep my messages

With --name the broker remembers this subscriber and collects for it while it is away.
"""

import argparse
import asyncio
import sys
from contextlib import suppress

from aiomqtt import Client, MqttError

AT_LEAST_ONCE = 1  # QoS 1: acknowledged, and sent again if it is not


async def subscribe(args: argparse.Namespace) -> None:
    kept = {"identifier": args.name, "clean_session": False} if args.name else {}
    async with Client(args.host, args.port, **kept) as client:
        await client.subscribe(args.topic, qos=AT_LEAST_ONCE)
        print("Subscribed to", args.topic, flush=True)
        seen = 0
        while seen != args.count:
            message = await anext(client.messages)
            text = bytes(message.payload).decode(errors="replace")
            print(f"{message.topic}: {text}{' (retained)' * message.retain}", flush=True)
            seen += 1


async def publish(args: argparse.Namespace) -> None:
    async with Client(args.host, args.port) as client:
        await client.publish(args.topic, args.text, qos=AT_LEAST_ONCE, retain=args.retain)
    print("The broker has it", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk through an MQTT broker.")
    parser.add_argument("host", help="where the broker runs")
    parser.add_argument("role", choices=["subscribe", "publish"])
    parser.add_argument("topic", help="as home/kitchen; a subscriber's may have + and #")
    parser.add_argument("text", nargs="?", default="", help="publish: what to say")
    parser.add_argument("--retain", action="store_true", help="publish: keep it for newcomers")
    parser.add_argument("--name", help="subscribe: let the broker collect while I am away")
    parser.add_argument("--count", type=int, help="subscribe: end after so many messages")
    parser.add_argument("-p", "--port", type=int, default=1883, help="TCP port (1883)")
    args = parser.parse_args()
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(publish(args) if args.role == "publish" else subscribe(args))
    except (MqttError, ValueError) as error:
        sys.exit(f"the broker at {args.host}: {error}")
