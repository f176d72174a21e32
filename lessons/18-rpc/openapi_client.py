#!/usr/bin/env python3
"""A client for any server that describes itself with OpenAPI: it reads, and then it can call.

python3 openapi_client.py http://www.example.com:8000
python3 openapi_client.py http://www.example.com:8000 pay account=brandon cents=1250 memo=Tea
"""

import argparse
import sys
from contextlib import suppress
from typing import Any

import httpx2

TYPES: dict[str, type] = {"integer": int, "number": float, "string": str}


class Operation:
    """One thing that the server can do, and what it wants to know for it."""

    def __init__(self, method: str, path: str, found: dict[str, Any], document: Any) -> None:
        self.method, self.path, self.summary = method, path, found.get("description", "")
        self.in_path = {p["name"]: p["schema"] for p in found.get("parameters", [])}
        self.in_body: dict[str, Any] = {}
        if "requestBody" in found:
            schema = found["requestBody"]["content"]["application/json"]["schema"]
            name = schema["$ref"].removeprefix("#/components/schemas/")
            self.in_body = document["components"]["schemas"][name]["properties"]
        self.wanted = self.in_path | self.in_body

    def __call__(self, client: httpx2.Client, words: dict[str, str]) -> Any:
        if words.keys() != self.wanted.keys():
            raise TypeError(f"it wants {', '.join(self.wanted)}")
        given = {name: TYPES[self.wanted[name]["type"]](word) for name, word in words.items()}
        path = self.path.format_map(given)
        body = {name: given[name] for name in self.in_body}
        return client.request(self.method, path, json=body or None).raise_for_status().json()


def operations(document: dict[str, Any]) -> dict[str, Operation]:
    return {
        found["operationId"]: Operation(method, path, found, document)
        for path, methods in document["paths"].items()
        for method, found in methods.items()
    }


def main(url: str, name: str, words: dict[str, str]) -> None:
    with httpx2.Client(base_url=url, timeout=10) as client:
        found = operations(client.get("/openapi.json").raise_for_status().json())
        if name:
            print(found[name](client, words))
            return
    for name, operation in found.items():
        wanted = ", ".join(f"{n}: {schema['type']}" for n, schema in operation.wanted.items())
        print(f"{name}({wanted})\n    {operation.summary}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Call what a server says it can do.")
    parser.add_argument("url", help="of the server")
    parser.add_argument("name", nargs="?", help="what to call; without it, see what there is")
    parser.add_argument("words", nargs="*", metavar="name=value", help="what to say")
    args = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, args.name, dict(word.partition("=")[::2] for word in args.words))
        except httpx2.HTTPStatusError as error:
            sys.exit(f"{error.response.status_code}: {error.response.text}")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            sys.exit(f"{args.url}: {error}")
        except KeyError as error:
            sys.exit(f"{args.url} describes no {error}")
        except (TypeError, ValueError) as error:
            parser.error(f"{args.name}: {error}")
