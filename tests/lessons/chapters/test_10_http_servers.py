"""What the transcripts of the chapter on HTTP servers cannot show."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
from collections.abc import Iterable
from types import ModuleType
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from netplay import Lab
from netplay.lessons.chapter import folders

FOLDER = next(folder for folder in folders() if folder.name == "10-http-servers")
ON_A_NODE = f"/lessons/{FOLDER.name}"
WSGI = ("timeapp_raw:app", "timeapp_werkz:app", "timeapp_webob:app", "wsgi_in_asgi:wsgi")
ASGI = ("timeapp_asgi:app", "timeapp_starlette:app", "timeapp_fastapi:app", "wsgi_in_asgi:asgi")


def program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ch10_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, *args: object) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(FOLDER / name), *map(str, args)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30)


def ask(app: WSGIApplication, **environ: str) -> tuple[str, dict[str, str], str]:
    """Status, headers and text, with the standard library's referee in between."""
    everything: dict[str, object] = {"SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": ""}
    everything |= environ
    setup_testing_defaults(everything)
    everything["wsgi.errors"] = io.StringIO()
    seen: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        seen.append((status, dict(headers)))

    answer: Iterable[bytes] = validator(app)(everything, start_response)  # type: ignore[arg-type]
    text = b"".join(answer).decode()
    answer.close()  # type: ignore[attr-defined]
    (status, headers), *more = seen
    assert not more
    return status, headers, text


# wsgi_env.py


def test_the_servers_own_environment_is_no_business_of_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    env = program("wsgi_env")
    monkeypatch.setenv("DB_PASSWORD", "abc123")
    hidden = frozenset({"DB_PASSWORD"})
    _, _, text = ask(env.showing(hidden), DB_PASSWORD="abc123", PATH_INFO="/x")
    assert "'PATH_INFO': '/x'" in text
    assert "abc123" not in text
    _, _, text = ask(env.showing(frozenset()), DB_PASSWORD="abc123")
    assert "'DB_PASSWORD': 'abc123'" in text


def test_the_environment_is_text_under_a_heading_and_sorted() -> None:
    status, headers, text = ask(program("wsgi_env").showing(frozenset()), B="2", A="1")
    assert (status, headers) == ("200 OK", {"Content-Type": "text/plain; charset=utf-8"})
    heading, _, body = text.partition("\r\n\r\n")
    assert heading.endswith(":")
    assert body.startswith("{'A': '1',\n 'B': '2',")
    assert not body.endswith("\n")


def test_without_being_told_otherwise_it_listens_at_home_only() -> None:
    assert "127.0.0.1" in run("wsgi_env.py", "--help").stdout
    done = run("wsgi_env.py", "--host", "192.0.2.1")
    assert done.returncode == 1
    assert done.stderr == "'192.0.2.1' port 8000: Cannot assign requested address\n"


# The decision table


@pytest.mark.parametrize(
    ("method", "host", "path", "status"),
    [
        ("GET", "127.0.0.1", "/", "200 OK"),
        ("GET", "127.0.0.1:8001", "/", "200 OK"),
        ("GET", "WWW.example.com:8001", "/", "200 OK"),
        ("GET", "[::1]", "/", "200 OK"),
        ("GET", "[::1]:8001", "/", "200 OK"),
        ("GET", "localhost", "/", "404 Not Found"),
        ("GET", "[::2]:8001", "/", "404 Not Found"),
        ("GET", "[", "/", "404 Not Found"),
        ("GET", "[::1", "/", "404 Not Found"),
        ("GET", "127.0.0.1:80:80", "/", "404 Not Found"),
        ("GET", "127.0.0.1", "/foo", "404 Not Found"),
        ("POST", "localhost", "/foo", "501 Not Implemented"),
        ("HEAD", "127.0.0.1", "/", "501 Not Implemented"),
    ],
)
def test_the_service_by_hand_decides_as_its_table_says(
    method: str, host: str, path: str, status: str
) -> None:
    app = program("timeapp_raw").app
    environ = {"REQUEST_METHOD": method, "HTTP_HOST": host, "PATH_INFO": path}
    got, headers, text = ask(app, **environ)
    assert (got, headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert status.startswith("200") or text == status


def test_without_a_host_the_servers_name_counts() -> None:
    environ = {"REQUEST_METHOD": "GET", "SERVER_NAME": "127.0.0.1", "HTTP_HOST": ""}
    assert ask(program("timeapp_raw").app, **environ)[0] == "200 OK"


@pytest.mark.lab
@pytest.mark.parametrize("target", WSGI + ASGI)
def test_every_version_passes_the_same_test_in_process(lab: Lab, target: str) -> None:
    done = lab["h1"].run("python3", f"{ON_A_NODE}/check_timeapp.py", target, timeout=30)
    assert done.stdout.splitlines()[-1] == "10 of 10 as agreed"


@pytest.mark.lab
def test_a_host_that_is_nonsense_is_not_a_servers_error(lab: Lab) -> None:
    script = f"""
import io, sys
sys.path.insert(0, {ON_A_NODE!r})
import timeapp_webob, timeapp_werkz
for module in timeapp_webob, timeapp_werkz:
    for host in "[", "[::1", "]", "a b", "127.0.0.1:x":
        environ = {{"REQUEST_METHOD": "GET", "HTTP_HOST": host, "PATH_INFO": "/",
                   "SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
                   "wsgi.input": io.BytesIO()}}
        print(b"".join(module.app(environ, lambda *_: None)).decode())
"""
    done = lab["h1"].run("python3", "-c", script)
    assert done.stdout.splitlines() == ["404 Not Found"] * 10


# The test itself


@pytest.mark.lab
@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("http://127.0.0.1:9", "http://127.0.0.1:9: All connection attempts failed"),
        ("nosuch:app", "nosuch:app: No module named 'nosuch'"),
        (
            "timeapp_raw:nosuch",
            "timeapp_raw:nosuch: module 'timeapp_raw' has no attribute 'nosuch'",
        ),
    ],
)
def test_a_service_that_is_not_there_is_one_sentence(lab: Lab, target: str, sentence: str) -> None:
    argv = ("python3", f"{ON_A_NODE}/check_timeapp.py", target)
    done = lab["h1"].run(*argv, check=False, timeout=30)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", sentence)


@pytest.mark.lab
def test_each_broken_rule_is_found(lab: Lab) -> None:
    """The service with one line changed: the test must say so."""
    raw = (FOLDER / "timeapp_raw.py").read_text()
    changes = {
        r'r":\d*$"': r'r":.*$"',  # the original's mistake: up to the first colon
        '!= "GET"': 'not in ("GET", "HEAD")',
        'or environ["PATH_INFO"] != "/"': "",
        "host.lower() not in HOSTS or": "",
        "time.ctime()": "time.asctime()[4:]",
        'yield b"404 Not Found"': 'yield b"Not Found"',
        "text/plain": "application/json",
    }
    folder = "/tmp/ch10-broken"
    script = [f"mkdir -p {folder}; cp {ON_A_NODE}/check_timeapp.py {folder}; cd {folder}"]
    for number, (old, new) in enumerate(changes.items()):
        assert old in raw
        text = raw.replace(old, new)
        script.append(f"cat > broken{number}.py <<'END'\n{text}END")
        script.append(f"python3 check_timeapp.py broken{number}:app > out && echo {number} passed")
    script.append(f"tail -n 1 out; rm -r {folder}")
    done = lab["h1"].run("bash", "-c", "\n".join(script), timeout=60)
    assert done.stdout == "0 of 10 as agreed\n"


# ASGI


@pytest.mark.lab
def test_applications_raise_at_what_they_do_not_know(lab: Lab) -> None:
    script = f"""
import asyncio, sys
sys.path.insert(0, {ON_A_NODE!r})
import timeapp_asgi, timeapp_starlette
for module in timeapp_asgi, timeapp_starlette:
    try:
        asyncio.run(module.app({{"type": "websocket"}}, None, None))
    except NotImplementedError as error:
        print("refused", error)
"""
    done = lab["h1"].run("python3", "-c", script)
    assert done.stdout == "refused websocket\nrefused websocket\n"


@pytest.mark.lab
def test_granian_takes_modules_that_are_there(lab: Lab) -> None:
    done = lab["h1"].run(
        "python3", f"{ON_A_NODE}/serve_granian.py", "nosuch:app", check=False, timeout=30
    )
    assert done.returncode == 2
    assert done.stderr.endswith("error: 'nosuch:app': No module named 'nosuch'\n")


# Behind a proxy


@pytest.mark.lab
def test_the_standard_header_is_read_with_quotes_and_brackets(lab: Lab) -> None:
    cases = {
        "for=192.0.2.60;proto=http;by=203.0.113.43": ["192.0.2.60"],
        'For="[2001:db8:cafe::17]:4711"': ["[2001:db8:cafe::17]:4711"],
        "for=192.0.2.43, for=198.51.100.17": ["192.0.2.43", "198.51.100.17"],
        'proto=https;for="_gazonk"': ["_gazonk"],
        "xfor=1.2.3.4": [],
        "": [],
    }
    script = (
        f"import sys; sys.path.insert(0, {ON_A_NODE!r}); import proxy_headers\n"
        f"for value in {list(cases)!r}: print(proxy_headers.forwarded(value))"
    )
    done = lab["h1"].run("python3", "-c", script)
    assert done.stdout.splitlines() == [str(found) for found in cases.values()]


# Stopping


def test_a_server_that_never_listens_is_no_traceback() -> None:
    done = run("graceful.py", "-p", 9, "/nonexistent/server")
    assert done.returncode == 1
    assert done.stderr == "[Errno 2] No such file or directory: '/nonexistent/server'\n"


def test_a_condition_is_waited_for_until_it_is_true_and_no_longer() -> None:
    graceful = program("graceful")
    answers = iter([False, False, True])
    assert graceful.wait_until(lambda: next(answers), 10)
    assert not graceful.wait_until(lambda: False, 0.05)


@pytest.mark.lab
def test_a_generator_that_is_always_ready_lets_others_have_their_turn(lab: Lab) -> None:
    """Without sleep(0) in flood, the first client that leaves would be the last one served."""
    script = f"""
cd {ON_A_NODE}
uvicorn --log-level warning --port 8108 stream_body:app > /tmp/flood & server=$!
trap 'kill -KILL $server; rm /tmp/flood' EXIT
until curl -s -o /dev/null http://127.0.0.1:8108/ticks/0; do sleep 0.1; done
for round in 1 2 3; do curl -s http://127.0.0.1:8108/flood | head -c 1000 | wc -c; done
curl -s --max-time 10 http://127.0.0.1:8108/ticks/1
grep -c gone /tmp/flood
"""
    done = lab["h2"].run("bash", "-c", script, timeout=60)
    assert done.stdout.splitlines() == ["1000", "1000", "1000", "tick 0", "3"]
