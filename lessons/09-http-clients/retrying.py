#!/usr/bin/env python3
"""Try again, but not at once, not for ever, and only what may be done twice.

python3 retrying.py http://www.example.com:1060/503,slow,200
python3 retrying.py http://www.example.com:1060/drop,200 --post
python3 retrying.py http://www.example.com:1060/drop,200 --post --key
"""

import argparse
import sys
import time
import uuid
from contextlib import suppress
from email.utils import parsedate_to_datetime

import httpx2
import stamina

PASSING = {429, 502, 503, 504}  # statuses that may be different in a moment
UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


def worth_another(error: Exception) -> bool | float:
    """Whether to try again; a number is the seconds to wait before."""
    if isinstance(error, UNSENT):
        return True  # the request never left, so nothing can be done twice
    if not isinstance(error, httpx2.TransportError | httpx2.HTTPStatusError):
        return False
    # RFC 9110 §9.2.2: GET, PUT and DELETE may be repeated; POST may not, unless we know better.
    if error.request.method == "POST" and "Idempotency-Key" not in error.request.headers:
        return False
    if isinstance(error, httpx2.HTTPStatusError):
        known = error.response.status_code in PASSING
        return (known and asked_to_wait(error.response.headers.get("Retry-After", ""))) or known
    return True


def asked_to_wait(field: str) -> float | None:
    """The seconds in a Retry-After, which is a number or a date (RFC 9110 §10.2.3)."""
    if field.isdecimal():
        return min(float(field), 60)
    with suppress(ValueError):
        seconds = parsedate_to_datetime(field).timestamp() - time.time()
        return min(max(seconds, 0.001), 60)
    return None


def told(retry: stamina.instrumentation.RetryDetails) -> None:
    error = retry.caused_by
    what = error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else repr(error)
    print(f"{what}: once more in {retry.wait_for:.2f} s", flush=True)


def main(url: str, method: str, headers: dict[str, str]) -> None:
    stamina.instrumentation.set_on_retry_hooks([told])
    times = httpx2.Timeout(connect=2, read=1, write=2, pool=2)
    with httpx2.Client(timeout=times) as client:
        for attempt in stamina.retry_context(worth_another, attempts=4, timeout=30):
            with attempt:
                response = client.request(method, url, headers=headers).raise_for_status()
    print(f"{response.status_code} {response.reason_phrase}, number of attempts: {attempt.num}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask until there is an answer, within reason.")
    parser.add_argument("url", help="see flaky.py")
    parser.add_argument("--post", action="store_true", help="POST, and not GET")
    parser.add_argument("--key", action="store_true", help="name the request: Idempotency-Key")
    args = parser.parse_args()
    named = {"Idempotency-Key": str(uuid.uuid4())} if args.key else {}
    with suppress(KeyboardInterrupt):
        try:
            main(args.url, "POST" if args.post else "GET", named)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            sys.exit(f"Given up: {str(error).splitlines()[0]}")
