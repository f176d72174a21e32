"""What the transcripts of the chapter on RPC cannot show."""

from __future__ import annotations

import asyncio
import doctest
import importlib
import json
import math
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from xmlrpc.client import Fault, ServerProxy, dumps, loads
from xmlrpc.server import SimpleXMLRPCServer

import pytest

from netplay import Lab
from netplay.lab.planning import lessons
from netplay.lessons.lint import program_mistakes

FOLDER = lessons() / "18-rpc"
IN_LAB = f"/lessons/{FOLDER.name}"
IN_FOLDERS = [*FOLDER.glob("grpc_bank/*.py"), *FOLDER.glob("connect_bank/*.py")]


def load(name: str) -> ModuleType:
    """A program of the chapter as a module; its siblings can be found, but only meanwhile."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


def run(program: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / program), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


# XML-RPC: the functions of the server


@pytest.mark.parametrize(
    ("coefficients", "roots"),
    [
        ((2, -4, 0), [0, 2]),  # the original divided by 2 and multiplied by a: [0, 8]
        ((1, 2, 1), [-1]),
        ((1, 0, -9), [-3, 3]),
        ((-1, 0, 9), [-3, 3]),
        ((4, 0, -1), [-0.5, 0.5]),
    ],
)
def test_the_roots_are_right_and_sorted(
    coefficients: tuple[float, float, float], roots: list[float]
) -> None:
    found = load("xmlrpc_server").quadratic(*coefficients)
    assert found == roots
    a, b, c = coefficients
    assert all(math.isclose(a * x * x + b * x + c, 0, abs_tol=1e-9) for x in found)


def test_remote_repr_is_a_repr() -> None:
    """The original returned its argument as it was."""
    assert load("xmlrpc_server").remote_repr(["x", 2.0]) == "['x', 2.0]"


def test_addtogether_adds_what_it_is_given() -> None:
    add = load("xmlrpc_server").addtogether
    assert (add(1, 2, 3), add("a", "b"), add([1], [2])) == (6, "ab", [1, 2])


@contextmanager
def serving(*functions: Callable[..., Any]) -> Iterator[str]:
    handler = load("xmlrpc_server").Handler
    with SimpleXMLRPCServer(("127.0.0.1", 0), handler, allow_none=True) as server:
        server.register_introspection_functions()
        server.register_multicall_functions()
        for function in functions:
            server.register_function(function)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def xml_rpc() -> Iterator[str]:
    module = load("xmlrpc_server")
    with serving(module.addtogether, module.quadratic, module.remote_repr) as url:
        yield url


def test_the_clients_make_as_many_requests_as_they_should(
    xml_rpc: str, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = []
    for name in ("client", "introspect", "multicall"):
        done = run(f"xmlrpc_{name}.py", f"{xml_rpc}/RPC2")
        assert "Traceback" not in done.stderr
        requests.append(capsys.readouterr().out.count("POST /RPC2"))
    assert requests == [8, 4, 1]


def test_a_fault_tells_the_class_and_other_paths_are_refused(xml_rpc: str) -> None:
    done = run("xmlrpc_client.py", f"{xml_rpc}/RPC2")
    assert done.returncode == 1
    assert "fault 1, <class 'ValueError'>:" in done.stderr
    assert "404" in run("xmlrpc_multicall.py", f"{xml_rpc}/elsewhere").stderr


def test_the_bomb_is_as_large_as_it_says() -> None:
    source = (FOLDER / "xml_bomb.py").read_text("utf-8").replace("import httpx2", "")
    module: dict[str, Any] = {"__name__": "xml_bomb"}
    exec(source, module)
    (value,), method = loads(module["bomb"](3))
    assert (value, method) == ("x" * 1000, "remote_repr")


def test_xmlrpc_client_repeats_a_post_by_itself() -> None:
    """The page says so; if it stops being true, the page must change."""
    bodies = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_never() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    data = b""
                    while b"</methodCall>" not in data:
                        data += connection.recv(65536)
                    bodies.append(data.partition(b"\r\n\r\n")[2])

        thread = threading.Thread(target=answer_never)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/RPC2"
        with ServerProxy(url) as proxy, pytest.raises(ConnectionError):
            proxy.pay(10)
        thread.join(timeout=20)
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


# JSON-RPC


def answer(request: object) -> Any:
    """What the chapter's own implementation answers, read again."""

    def subtract(minuend: int, subtrahend: int) -> int:
        return minuend - subtrahend

    text = request if isinstance(request, str) else json.dumps(request)
    told = load("jsonrpc_own").answer(text, {"subtract": subtract, "divide": lambda a, b: a / b})
    return None if told is None else json.loads(told)


def call(**words: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", **words}


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (call(method="subtract", params=[42, 23], id=1), 19),
        (call(method="subtract", params={"subtrahend": 23, "minuend": 42}, id="x"), 19),
        (call(method="subtract", params=[42, 23], id=None), 19),  # null is an id, if a poor one
    ],
)
def test_a_call_is_answered_under_its_id(request_: dict[str, object], result: int) -> None:
    assert answer(request_) == {"jsonrpc": "2.0", "result": result, "id": request_["id"]}


@pytest.mark.parametrize(
    ("request_", "code", "number"),
    [
        ("{", -32700, None),
        ("[" * 100_000, -32700, None),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), -32700, None),
        ([], -32600, None),
        (5, -32600, None),
        ({"method": "subtract", "id": 1}, -32600, None),
        (call(method=1, id=1), -32600, None),
        (call(method="subtract", params=5, id=1), -32600, None),
        (call(method="dance", id=1), -32601, 1),
        (call(method="__class__", id=1), -32601, 1),
        (call(method="subtract", params=[1], id=1), -32602, 1),
        (call(method="subtract", params={"minuend": 1, "x": 2}, id=1), -32602, 1),
        (call(method="divide", params=[1, 0], id=1), -32000, 1),
        (call(method="divide", params=[1, "x"], id=1), -32000, 1),  # a TypeError inside
    ],
)
def test_each_mistake_has_its_number(request_: object, code: int, number: object) -> None:
    found = answer(request_)
    assert (found["error"]["code"], found["id"]) == (code, number)
    assert "result" not in found


def test_the_example_of_json_rpc_is_true() -> None:
    assert doctest.testmod(load("jsonrpc_own")) == (0, 1)


def test_nobody_answers_a_notification_be_it_good_or_bad() -> None:
    assert answer(call(method="subtract", params=[1, 2])) is None
    assert answer(call(method="divide", params=[1, 0])) is None
    assert answer(call(method="dance")) is None
    assert answer([call(method="dance"), call(method="subtract", params=[2, 1])]) is None


def test_a_batch_answers_what_wants_an_answer() -> None:
    found = answer([call(method="subtract", params=[3, 1], id=1), call(method="dance"), 1])
    assert [one.get("result", one.get("error", {}).get("code")) for one in found] == [2, -32600]


class Line:
    """Two peers that hear each other, and what was said."""

    def __init__(self, left: dict[str, Any], right: dict[str, Any]) -> None:
        peer = load("jsonrpc_peer").Peer
        self.said: list[str] = []
        self.left = peer(self.to_right, left)
        self.right = peer(self.to_left, right)

    async def to_right(self, text: str) -> None:
        self.said.append(text)
        self.right.feed(text)

    async def to_left(self, text: str) -> None:
        self.said.append(text)
        self.left.feed(text)


def test_a_method_can_call_back_before_it_answers() -> None:
    async def double(number: int) -> int:
        return 2 * number

    async def main() -> None:
        async def quadruple(number: int) -> object:
            return await line.right.call("double", number=2 * number)

        line = Line({"double": double}, {"quadruple": quadruple})
        numbers = await asyncio.gather(*(line.left.call("quadruple", number=n) for n in range(5)))
        assert numbers == [0, 4, 8, 12, 16]

    asyncio.run(asyncio.wait_for(main(), timeout=20))


def test_a_key_error_of_a_method_is_not_an_unknown_method() -> None:
    async def broken() -> None:
        raise KeyError("x")

    async def main() -> None:
        line = Line({}, {"broken": broken})
        refused = load("jsonrpc_peer").Refused
        with pytest.raises(refused, match="KeyError"):
            await line.left.call("broken")
        with pytest.raises(refused, match="Method not found: other"):
            await line.left.call("other")
        before = len(line.said)
        await line.left.tell("other")
        await asyncio.gather(*line.right.tasks)
        assert len(line.said) == before + 1  # the notification, and no answer to it

    asyncio.run(asyncio.wait_for(main(), timeout=20))


def test_nobody_waits_on_a_dead_line() -> None:
    async def main() -> None:
        async def nowhere(text: str) -> None:
            pass

        peer = load("jsonrpc_peer").Peer(nowhere, {})
        waiting = asyncio.create_task(peer.call("anything"))
        while not peer.waiting:
            await asyncio.sleep(0)
        peer.hang_up()
        with pytest.raises(load("jsonrpc_peer").Refused, match="ended"):
            await waiting
        assert peer.waiting == {}

    asyncio.run(asyncio.wait_for(main(), timeout=20))


# The bank whose answers get lost


def test_a_known_key_pays_nothing_and_wakes_the_first() -> None:
    bank = load("faults_bank").Bank()
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(bank.pay("purse", "a", 10)))
    thread.start()
    with bank.news:
        assert bank.news.wait_for(lambda: bank.calls["purse"] == 1, timeout=20)
    assert first == []
    assert bank.pay("purse", "a", 10) == 10
    thread.join(timeout=20)
    assert first == [10]
    assert bank.pay("purse", "b", 10) == 20


# Mistakes


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("xmlrpc_client.py http://127.0.0.1:1/RPC2", 1, "Connection refused"),
        ("xmlrpc_client.py nonsense", 1, "unsupported XML-RPC protocol"),
        ("xmlrpc_introspect.py http://127.0.0.1:1/RPC2", 1, "Connection refused"),
        ("xmlrpc_multicall.py http://127.0.0.1:1/RPC2", 1, "Connection refused"),
        ("xmlrpc_server.py 192.0.2.1", 1, "Cannot assign requested address"),
        ("jsonrpc_http.py 192.0.2.1", 1, "Cannot assign requested address"),
        ("jsonrpc_http.py 127.0.0.1 -p 70000", 1, "port must be 0-65535"),
        ("jsonrpc_ws_client.py ws://127.0.0.1:1/ x", 1, "Connect call failed"),
        ("jsonrpc_ws_client.py http://127.0.0.1/ x", 1, "isn't a valid URI"),
        ("jsonrpc_ws.py 192.0.2.1", 1, "address"),
    ],
)
def test_a_mistake_ends_with_a_sentence(words: str, status: int, sentence: str) -> None:
    done = run(*words.split())
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert sentence in done.stderr


@pytest.mark.lab
@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("jsonrpc_client.py http://www.example.com/", 1, "405"),
        ("jsonrpc_client.py http://ftp.example.com:1/", 1, "Connection refused"),
        ("msgpack_rpc_client.py ftp.example.com", 1, "Connect call failed"),
        ("xml_bomb.py 3 http://ftp.example.com:1/", 1, "Connection refused"),
        ("xml_bomb.py 12 http://ftp.example.com:1/", 2, "invalid choice"),
        ("openapi_client.py http://www.example.com", 1, "404"),
        ("openapi_client.py http://ftp.example.com:1", 1, "Connection refused"),
        ("rpc_faults.py ftp.example.com", 1, "Connection refused"),
        ("rpyc_client.py ftp.example.com /dev/null --key /nowhere", 1, "No such file"),
        ("rpyc_server.py /nowhere", 1, "No such file"),
    ],
)
def test_a_mistake_in_the_lab_ends_with_a_sentence(
    lab: Lab, words: str, status: int, sentence: str
) -> None:
    program, *rest = words.split()
    done = lab["h1"].run("python3", f"{IN_LAB}/{program}", *rest, timeout=40)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert sentence in done.stderr


# What runs only with the libraries of the image: small scripts on h1 alone, over its loopback


def on_h1(lab: Lab, script: str) -> str:
    done = lab["h1"].run("bash", "-ec", script, cwd=IN_LAB, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


SPY = """
import socket, threading, rpyc
from rpyc.core.stream import SocketStream

class Spy(rpyc.Service):
    def exposed_line_counter(self, lines, function):
        for act in (lambda: lines.name, lambda: lines.close(), lambda: lines.write("x"),
                    lambda: function.__globals__, lambda: lines.__class__.__mro__[-1]()):
            try:
                print("reached:", act())
            except AttributeError:
                print("refused")
        return 0

here, there = socket.socketpair()
threading.Thread(target=lambda: rpyc.connect_stream(SocketStream(there), Spy).serve_all()).start()

import rpyc_client
class NoTLS:
    def load_cert_chain(self, *files): pass
    def wrap_socket(self, raw, server_hostname): return raw
rpyc_client.ssl.create_default_context = NoTLS
rpyc_client.socket.create_connection = lambda *_, **__: here
rpyc_client.main("x", 1, "testfile.txt", "x")
"""


@pytest.mark.lab
def test_a_server_reaches_no_more_of_a_lent_file_than_its_lines(lab: Lab) -> None:
    """The original's client allowed all public attributes: name, close, write, buffer."""
    out = on_h1(lab, f"python3 - <<'E'\n{SPY}\nE")
    assert out.splitlines()[:4] == ["refused"] * 4


COUNT = """
import builtins, rpyc_server
service = rpyc_server.MyService()
print(service.exposed_line_counter([], None), service.exposed_line_counter(["a"] * 3, len))
"""


@pytest.mark.lab
def test_an_empty_file_has_no_lines(lab: Lab) -> None:
    """The original ended with an UnboundLocalError."""
    assert on_h1(lab, f"python3 -c '{COUNT}'").splitlines()[-1] == "0 3"


STRANGER = """
folder=$(mktemp -d); trap 'kill $server; rm -r "$folder"' EXIT
openssl req -x509 -newkey ed25519 -noenc -subj /CN=localhost -addext subjectAltName=DNS:localhost \\
    -keyout "$folder/me.key" -out "$folder/me.crt" 2> /dev/null
touch "$folder/log"  # tail may be faster than the server's shell
python3 rpyc_server.py "$folder/me.crt" --cert "$folder/me.crt" --key "$folder/me.key" \\
    > "$folder/log" & server=$!
tail -f --pid $server "$folder/log" | grep -m 1 Listening
python3 rpyc_client.py localhost testfile.txt --key "$folder/me" 2>&1 || echo $?
"""


@pytest.mark.lab
def test_nothing_is_lent_to_a_server_that_is_not_trusted(lab: Lab) -> None:
    """rpyc.ssl_connect would have gone on: by default it checks no certificate, and no name."""
    out = on_h1(lab, STRANGER).splitlines()
    assert out[-2:] == ["I don't trust localhost: self-signed certificate", "1"]


PACK = """
import asyncio, msgpack, msgpack_rpc

async def talk(*pieces):
    server = await asyncio.start_server(msgpack_rpc.serve, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        unpacker, found = msgpack.Unpacker(), []
        while data := await reader.read(65536):
            unpacker.feed(data)
            found += list(unpacker)
        writer.close()
        return found

async def ask(*pieces):
    return await asyncio.wait_for(talk(*pieces), 20)

whole = msgpack.packb([0, 1, "digest", [b"x"]])
crumbs = [whole[at:at + 1] for at in range(len(whole))]
waiting = msgpack.packb([0, 1, "wait", []])
for pieces in ([waiting], [b"\\xc1"], [b"\\x05"], [msgpack.packb([0, 1])],
               [b"\\xdd\\xff\\xff\\xff\\xff"] + [b"\\x90" * 50_000] * 4):
    try:
        assert asyncio.run(ask(*pieces)) == [], pieces
    except ConnectionError:
        pass  # it has hung up on us, which is as good
print("alive")
"""


@pytest.mark.lab
def test_a_msgpack_server_survives_its_clients(lab: Lab) -> None:
    out = on_h1(lab, f"python3 - <<'E'\n{PACK}\nE")
    assert out.splitlines()[-1] == "alive"
    assert out.count("a client has gone: ") >= 3


TYPES = """
import openapi_server, openapi_client, httpx2
found = openapi_client.operations(openapi_server.app.openapi())
sent = []
def transport(request):
    sent.append((request.method, request.url.raw_path.decode(), request.content.decode()))
    return httpx2.Response(200, json={})
with httpx2.Client(base_url="http://x", transport=httpx2.MockTransport(transport)) as client:
    found["balance"](client, {"account": "brandon"})
    found["pay"](client, {"account": "b", "cents": "12", "memo": "Tea"})
    for words in ({"account": "b"}, {"account": "b", "cents": "x", "memo": ""},
                  {"account": "b", "cents": "1", "memo": "", "more": ""}):
        try:
            found["pay"](client, words)
        except (TypeError, ValueError):
            print("refused")
for line in sent:
    print(*line)
"""


@pytest.mark.lab
def test_what_the_description_forbids_is_not_sent(lab: Lab) -> None:
    assert on_h1(lab, f"python3 - <<'E'\n{TYPES}\nE").splitlines() == [
        "refused",
        "refused",
        "refused",
        "GET /accounts/brandon ",
        'POST /accounts/b/payments {"cents":12,"memo":"Tea"}',
    ]


# The two folders, whose programs need what is made from bank.proto

MAKE = """
folder=$(mktemp -d); trap 'rm -r "$folder"' EXIT
HOME=$folder sh stubs.sh; cd "$folder"
"""


@pytest.mark.parametrize("program", IN_FOLDERS, ids=lambda program: program.name)
def test_programs_in_folders_keep_the_rules(program: Path) -> None:
    if "Generated" not in program.read_text("utf-8"):
        assert list(program_mistakes(program)) == []
    assert program.name in (FOLDER / "README.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("mypy", path=str(Path(sys.executable).parent)), reason="mypy")
def test_programs_in_folders_are_typed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports"]
    command += ["--config-file=", "--explicit-package-bases", "--cache-dir", str(tmp_path)]
    command += [str(program.relative_to(FOLDER)) for program in IN_FOLDERS]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.lab
def test_programs_in_folders_explain_themselves(lab: Lab) -> None:
    names = sorted(f"{program.parent.name}.{program.stem}" for program in IN_FOLDERS)
    script = MAKE + "export PYTHONPATH=grpc_bank\n"
    script += "".join(f"python3 -m {name} --help | head -1\n" for name in names)
    assert on_h1(lab, script).count("usage: ") == len(names) == 6


GRPC = """
import asyncio, sys
sys.path.insert(0, "grpc_bank")
import bank_pb2 as pb, bank_pb2_grpc, bank_server, grpc

async def statuses():
    server = grpc.aio.server()
    bank_pb2_grpc.add_BankServicer_to_server(bank := bank_server.Bank(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = bank_pb2_grpc.BankStub(channel)
        entry = lambda cents: pb.Entry(account="brandon", cents=cents)
        async def code(call):
            try:
                if hasattr(call, "__aiter__"):
                    return [reply.cents async for reply in call]
                return (await call).cents
            except grpc.aio.AioRpcError as error:
                return error.code().name
        print(await code(stub.Balance(pb.BalanceRequest(account="x"), timeout=20)))
        print(await code(stub.History(pb.HistoryRequest(account="x"), timeout=20)))
        print(await code(stub.Pay(iter([entry(-1), entry(-20_000), entry(-1)]), timeout=20)))
        print(await code(stub.Balance(pb.BalanceRequest(account="brandon"), timeout=20)))
        for_ever = pb.HistoryRequest(account="brandon", follow=True)
        print(await code(stub.History(for_ever, timeout=1)))
    await server.stop(None)
    async with asyncio.timeout(10):  # who followed is told of the end, and goes
        while bank.news._waiters:
            await asyncio.sleep(0)
    print(len(bank.news._waiters))

asyncio.run(statuses())
"""


@pytest.mark.lab
def test_the_bank_answers_with_the_right_codes_and_stops_at_a_deadline(lab: Lab) -> None:
    out = on_h1(lab, f"{MAKE}\npython3 - <<'E'\n{GRPC}\nE")
    codes = ["NOT_FOUND", "NOT_FOUND", "FAILED_PRECONDITION", "19999", "DEADLINE_EXCEEDED", "0"]
    assert out.splitlines() == codes


@pytest.mark.lab
@pytest.mark.parametrize("words", ["1.50", "much Tea", "1 Tea 2"])
def test_payments_come_in_pairs(lab: Lab, words: str) -> None:
    script = f"{MAKE}\npython3 grpc_bank/pay.py 127.0.0.1 brandon {words} 2>&1 || echo $?"
    out = on_h1(lab, script)
    assert "amounts and memos come in pairs" in out
    assert out.splitlines()[-1] == "2"


def test_the_page_has_the_contract_as_it_is() -> None:
    contract = (FOLDER / "grpc_bank" / "bank.proto").read_text("utf-8")
    assert f"```text\n{contract}```" in (FOLDER / "README.md").read_text("utf-8")


def test_a_fault_is_what_the_page_says() -> None:
    """A tuple arrives as a list, and what cannot be written down is refused here."""
    (value,), _ = loads(dumps(((1, 2.0, "three"),), "f"))
    assert value == [1, 2.0, "three"]
    with pytest.raises(OverflowError):
        dumps((2**31,), "f")
    with pytest.raises(Fault):
        loads(dumps(Fault(1, "x")))
