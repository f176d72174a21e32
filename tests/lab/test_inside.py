"""``with node:``: ordinary libraries, in this process, with their sockets on a node."""

from __future__ import annotations

import asyncio
import http.client
import http.server
import socket
import ssl
import threading
import urllib.request
from pathlib import Path

import pytest

from netplay import Lab, LabError

pytestmark = pytest.mark.lab

WWW = "www.example.com"


@pytest.fixture(scope="module")
def trust(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A TLS context that trusts the lab's authority, and nothing else."""
    pem = lab["h1"].run("cat", "/usr/local/share/ca-certificates/netplay.crt", check=True).stdout
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_text(pem)
    return ssl.create_default_context(cafile=str(file))


def test_a_socket_opened_inside_is_the_nodes(lab: Lab) -> None:
    with lab["h1"], socket.create_connection((WWW, 80), timeout=5) as sock:
        assert sock.getsockname()[0] == "192.168.1.11"
        assert sock.getpeername()[0] == "10.130.1.4"


def test_connect_looks_names_up_on_the_node(lab: Lab) -> None:
    with lab["h4"], socket.socket() as sock:
        sock.settimeout(5)
        sock.connect((WWW, 80))
        assert sock.getsockname()[0] == "192.168.1.14"


def test_names_are_those_of_the_lab(lab: Lab) -> None:
    with lab["h1"]:
        rows = socket.getaddrinfo("www", 80, type=socket.SOCK_STREAM)
        assert [row[4][0] for row in rows] == ["10.130.1.4", "2001:db8:130:1::4"]
        assert socket.gethostbyname("mail.example.com") == "10.130.1.3"
        assert socket.gethostbyaddr("10.1.1.1")[0] == "backbone"
        assert socket.getfqdn("10.130.1.2") == "ftp.example.com"
        with pytest.raises(socket.gaierror, match=r"h1 knows no address of 'no\.such\.name'"):
            socket.getaddrinfo("no.such.name", 80)


def test_outside_the_block_everything_is_as_before(lab: Lab) -> None:
    before = (socket.getaddrinfo, vars(socket.socket).get("connect"), socket.socket.__init__)
    with lab["h1"]:
        assert socket.getaddrinfo is not before[0]
    assert (
        socket.getaddrinfo,
        vars(socket.socket).get("connect"),
        socket.socket.__init__,
    ) == before
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(OSError, match="assign"):
        sock.bind(("192.168.1.11", 0))


def test_blocks_nest_and_other_families_are_left_alone(lab: Lab) -> None:
    with lab["h1"]:
        with lab["www"], socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind(("10.130.1.4", 0))
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind(("192.168.1.11", 0))
        a, b = socket.socketpair()
        a.close()
        b.close()


def test_http_client(lab: Lab) -> None:
    with lab["h1"]:
        connection = http.client.HTTPConnection(WWW, timeout=5)
        connection.request("GET", "/ip")
        assert b"10.25.1.65" in connection.getresponse().read()
        connection.close()


def test_urllib_with_tls(lab: Lab, trust: ssl.SSLContext) -> None:
    with lab["h4"], urllib.request.urlopen(f"https://{WWW}/ip", context=trust, timeout=5) as page:
        assert b"10.25.1.66" in page.read()


def test_a_tls_socket_that_connects_by_name(lab: Lab, trust: ssl.SSLContext) -> None:
    with lab["h1"], trust.wrap_socket(socket.socket(), server_hostname=WWW) as sock:
        sock.settimeout(5)
        sock.connect((WWW, 443))
        assert sock.version() == "TLSv1.3"


def test_a_server_and_its_client_in_one_process(lab: Lab) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.client_address[0].encode())

        def log_message(self, *_: object) -> None:
            pass

    with lab["www"]:
        server = http.server.ThreadingHTTPServer(("10.130.1.4", 8080), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with lab["h4"], urllib.request.urlopen("http://www:8080/", timeout=5) as page:
            assert page.read() == b"10.25.1.66"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_threads_have_each_their_own_node(lab: Lab) -> None:
    barrier = threading.Barrier(4)
    found: dict[str, str] = {}

    def work(name: str) -> None:
        with lab[name]:
            barrier.wait(5)
            with socket.create_connection((WWW, 80), timeout=5) as sock:
                found[name] = sock.getsockname()[0]

    threads = [threading.Thread(target=work, args=(n,)) for n in ("h1", "h2", "h4", "ftp")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {
        "h1": "192.168.1.11",
        "h2": "192.168.1.12",
        "h4": "192.168.1.14",
        "ftp": "10.130.1.2",
    }


def test_asyncio_tasks_on_two_nodes_at_once(lab: Lab) -> None:
    seen = []

    async def serve(ready: asyncio.Event, done: asyncio.Event) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(writer.get_extra_info("peername")[0])
            writer.write(b"hello from www\n")
            await writer.drain()
            writer.close()

        with lab["www"]:
            server = await asyncio.start_server(answer, "10.130.1.4", 8081)
            async with server:
                ready.set()
                await done.wait()

    async def ask(name: str) -> bytes:
        with lab[name]:
            reader, writer = await asyncio.open_connection(WWW, 8081)
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return line

    async def main() -> list[bytes]:
        ready, done = asyncio.Event(), asyncio.Event()
        server = asyncio.create_task(serve(ready, done))
        await ready.wait()
        lines = await asyncio.gather(ask("h1"), ask("h4"), ask("mail"))
        done.set()
        await server
        return list(lines)

    assert asyncio.run(asyncio.wait_for(main(), 20)) == [b"hello from www\n"] * 3
    assert sorted(seen) == ["10.130.1.3", "10.25.1.65", "10.25.1.66"]


def test_requests(lab: Lab) -> None:
    requests = pytest.importorskip("requests")
    with lab["h1"]:
        assert requests.get(f"http://{WWW}/ip", timeout=5).json()["origin"] == "10.25.1.65"


def test_httpx2(lab: Lab, trust: ssl.SSLContext) -> None:
    httpx2 = pytest.importorskip("httpx2")

    async def both() -> list[str]:
        async def ask(name: str) -> str:
            with lab[name]:
                async with httpx2.AsyncClient(verify=trust) as client:
                    answer = await client.get(f"https://{WWW}/ip", timeout=5)
                    return str(answer.json()["origin"])

        return list(await asyncio.gather(ask("h1"), ask("h4")))

    with lab["h1"]:
        assert httpx2.get(f"http://{WWW}/ip", timeout=5).json()["origin"] == "10.25.1.65"
    # Its asynchronous side tries IPv6 first, whatever the resolver says (RFC 8305 lets it).
    first, second = asyncio.run(both())
    assert first in ("10.25.1.65", "2001:db8:a::11")
    assert second in ("10.25.1.66", "2001:db8:b::14")


def test_aiohttp(lab: Lab) -> None:
    aiohttp = pytest.importorskip("aiohttp")

    async def main() -> str:
        with lab["h4"]:
            async with aiohttp.ClientSession() as session, session.get(f"http://{WWW}/ip") as page:
                return str((await page.json())["origin"])

    assert asyncio.run(asyncio.wait_for(main(), 10)) == "10.25.1.66"


def test_websockets(lab: Lab) -> None:
    websockets = pytest.importorskip("websockets")

    async def echo(connection: object) -> None:
        async for message in connection:  # type: ignore[attr-defined]
            await connection.send(message[::-1])  # type: ignore[attr-defined]

    async def main() -> str:
        with lab["www"]:
            server = await websockets.serve(echo, "10.130.1.4", 8082)
        with lab["h1"]:
            async with websockets.connect(f"ws://{WWW}:8082/", proxy=None) as connection:
                await connection.send("hello")
                answer = await connection.recv()
        server.close()
        await server.wait_closed()
        return str(answer)

    assert asyncio.run(asyncio.wait_for(main(), 10)) == "olleh"


def test_asyncssh(lab: Lab) -> None:
    asyncssh = pytest.importorskip("asyncssh")

    async def main() -> str:
        with lab["h1"]:
            async with asyncssh.connect(
                "www", username="brandon", password="abc123", known_hosts=None, client_keys=None
            ) as connection:
                return str((await connection.run("hostname; echo $SSH_CLIENT")).stdout)

    said = asyncio.run(asyncio.wait_for(main(), 20)).split()
    assert said[:2] == ["www.example.com", "10.25.1.65"]


def test_call_runs_a_function_in_a_process_on_the_node(lab: Lab, tmp_path: Path) -> None:
    def who(greeting: str) -> tuple[str, list[str]]:
        (tmp_path / "trace").write_text(greeting)  # the computer's files are there
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.connect(("10.1.1.1", 53))
            return sock.getsockname()[0], sorted(name for _, name in socket.if_nameindex())

    assert lab["h2"].call(who, "hi") == ("192.168.1.12", ["eth1", "lo"])
    assert (tmp_path / "trace").read_text() == "hi"


def test_call_raises_what_the_function_raised(lab: Lab) -> None:
    def fail() -> None:
        raise LookupError("nothing here")

    with pytest.raises(LookupError, match="nothing here"):
        lab["h1"].call(fail)
    with pytest.raises(LabError, match="cannot be handed over"):
        lab["h1"].call(lambda: lambda: None)
    with pytest.raises(LabError, match="ended without a result"):
        lab["h1"].call(__import__("os")._exit, 3)


def test_wait_listening_waits_and_says_what_listens(lab: Lab) -> None:
    lab["mail"].wait_listening(25)
    with lab["h1"].start("sh", "-c", "sleep 0.1; exec nc -l 4000"):
        lab["h1"].wait_listening(4000, timeout=10)
    with pytest.raises(LabError, match=r"nobody listens on h1:4001/tcp .* listening there: \[22"):
        lab["h1"].wait_listening(4001, timeout=0.05)
    found = {(s.transport, s.port) for s in lab["backbone"].listening()}
    assert {("tcp", 53), ("udp", 53), ("tcp", 853)} <= found


def test_popen_has_the_streams_of_subprocess(lab: Lab) -> None:
    from netplay.lab.streams import DEVNULL, PIPE, STDOUT

    with lab["h1"].popen("cat", stdin=PIPE, stdout=PIPE) as process:
        assert process.communicate(b"hello", timeout=5) == (b"hello", b"")
    with lab["h1"].popen(
        "sh", "-c", "echo a; echo b >&2", stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    ) as process:
        assert process.communicate(timeout=5)[0] == b"a\nb\n"


def test_a_lab_can_be_used_from_asyncio() -> None:
    from netplay import Topology
    from netplay.model import Node
    from tests.plan.networks import interface, link

    nodes = (
        Node(name="a", interfaces=(interface("eth0", 1, "10.0.0.1/24"),)),
        Node(name="b", interfaces=(interface("eth0", 2, "10.0.0.2/24"),)),
    )

    async def main() -> bytes:
        topology = Topology(name="pair", nodes=nodes, links=(link("a:eth0", "b:eth0"),))
        async with Lab(topology) as lab:

            async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(b"ok\n")
                writer.close()

            with lab["b"]:
                server = await asyncio.start_server(answer, "b", 7000)
            with lab["a"]:
                reader, writer = await asyncio.open_connection("b", 7000)
                line = await reader.readline()
                writer.close()
            server.close()
            return line

    assert asyncio.run(asyncio.wait_for(main(), 20)) == b"ok\n"
