"""nginx, its sites, and httpbin behind it."""

from __future__ import annotations

import json
import re
import struct
import sys
import zlib
from html.parser import HTMLParser

import pytest

from netplay import playground
from netplay.errors import TopologyError
from netplay.services import geocoder, httpbin, nginx, site, upstream
from netplay.services.nginx import names_on, nginx_conf
from tests.services.contexts import by_path, context, text

ALL = ("ssh", "nginx", "httpbin", "geocoder")


def conf(*services: str) -> str:
    return nginx_conf(context("www", "nginx", services=services or ALL))


def servers(content: str) -> dict[str, str]:
    """The text of each `server` by the first of its names."""
    blocks = content.split("    server {\n")[1:]
    found = {}
    for block in blocks:
        name = re.search(r"server_name ([^;]+);", block)
        assert name
        found[name[1].split()[0]] = block
    assert len(found) == len(blocks)
    return found


# ---------------------------------------------------------------- the configuration


@pytest.mark.parametrize("services", [ALL, ("nginx",), ("nginx", "httpbin"), ("nginx", "geocoder")])
def test_braces_balance_and_every_line_ends(services: tuple[str, ...]) -> None:
    content = conf(*services)
    assert content.count("{") == content.count("}")
    assert "SERVERS" not in content
    for line in content.splitlines():
        if line.strip() and not line.strip().startswith("#"):
            assert line.rstrip()[-1] in "{};", line


def test_each_name_is_a_site() -> None:
    assert list(servers(conf())) == [
        "www.example.com",
        "maps.example.com",
        "old.example.com",
        "secure.example.com",
        "mta-sts.example.com",
        "expired.example.com",
        "wrong.example.com",
        "selfsigned.example.com",
        "otherca.example.com",
    ]
    # The records of the topology give both forms of a name.
    assert names_on(context("www", "nginx"), "maps") == ("maps.example.com", "maps")
    # A name without a record is served as well, should somebody ask for it.
    assert names_on(context("www", "nginx"), "old") == ("old.example.com", "old")


def test_one_site_is_the_default_and_opens_the_socket_of_quic() -> None:
    content = conf()
    listens = re.findall(r"listen ([^;]+);", content)
    assert listens[:6] == [
        "80 default_server",
        "443 ssl default_server",
        "443 quic default_server reuseport",
        "[::]:80 default_server",
        "[::]:443 ssl default_server",
        "[::]:443 quic default_server reuseport",
    ]
    assert content.count("reuseport") == 2
    assert content.count("default_server") == 6
    assert "http2 on;" in content
    assert "http3 on;" in content


def test_bad_certificates_are_shown_under_their_names_only() -> None:
    found = servers(conf())
    for label in ("expired", "wrong", "selfsigned", "otherca"):
        assert f"/etc/nginx/tls/{label}.crt" in found[f"{label}.example.com"]
        assert conf().count(f"/tls/{label}.crt") == 1
    for name in ("www", "maps", "secure", "old"):
        assert "/etc/nginx/tls/host.crt" in found[f"{name}.example.com"]


def test_every_certificate_in_the_configuration_is_written_with_a_closed_key() -> None:
    chosen = context("www", "nginx", services=ALL)
    files = by_path(nginx.SERVICE.files(chosen))
    named = set(re.findall(r"/etc/nginx/tls/\w+\.(?:crt|key)", conf()))
    assert len(named) == 10
    assert named <= set(files)
    assert all(file.mode == 0o600 for path, file in files.items() if path.endswith(".key"))
    assert files["/etc/nginx/tls/host.crt"].content == chosen.credentials.nodes["www"].chain
    expired = chosen.credentials.extra["expired"]
    assert files["/etc/nginx/tls/expired.key"].content == expired.key


def test_files_come_first_and_httpbin_answers_the_rest() -> None:
    default = servers(conf())["www.example.com"]
    assert "try_files $uri $uri/index.html @httpbin;" in default
    assert f"proxy_pass http://unix:{upstream.HTTPBIN};" in default
    without = servers(conf("nginx"))["www.example.com"]
    assert "try_files $uri $uri/index.html =404;" in without
    assert "httpbin" not in without


def test_the_geocoder_has_a_site_where_it_runs() -> None:
    assert f"unix:{upstream.GEOCODER};" in servers(conf())["maps.example.com"]
    assert "maps.example.com" not in servers(conf("nginx", "httpbin"))


def test_the_mail_policy_names_each_mail_server_once() -> None:
    policy = servers(conf())["mta-sts.example.com"]
    assert "location = /.well-known/mta-sts.txt {" in policy
    lines = r"version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 86400\n"
    assert f'return 200 "{lines}";' in policy
    assert "listen 443 ssl;" in policy


def test_redirects_lead_to_the_right_scheme_and_name() -> None:
    found = servers(conf())
    assert "return 301 http://www.example.com$request_uri;" in found["old.example.com"]
    secure = found["secure.example.com"]
    assert "if ($scheme = http) { return 301 https://$host$request_uri; }" in secure
    # nginx drops inherited add_header lines where there is one, so both must be there.
    assert "Strict-Transport-Security" in secure
    assert "Alt-Svc" in secure


def test_the_programs_behind_learn_who_asked_and_how() -> None:
    files = by_path(nginx.SERVICE.files(context("www", "nginx", services=ALL)))
    headers = text(files["/etc/nginx/proxy_headers"])
    assert "X-Forwarded-For $remote_addr;" in headers  # not what the client claims
    assert "X-Forwarded-Proto $scheme;" in headers
    assert "Connection $http_connection;" in headers
    assert headers.count("_buffering off;") == 1 + headers.count("_request_buffering off;")
    assert conf().count("include /etc/nginx/proxy_headers;") == 7


# ---------------------------------------------------------------- the services behind


@pytest.mark.parametrize("service", [httpbin.SERVICE, geocoder.SERVICE])
def test_a_program_behind_nginx_needs_nginx(service: object) -> None:
    assert isinstance(service, type(httpbin.SERVICE))
    with pytest.raises(
        TopologyError, match=r"nodes\.www\.services: \w+ answers only through nginx"
    ):
        service.files(context("www", service.name, services=(service.name,)))
    files = by_path(service.files(context("www", service.name, services=ALL)))
    folder = files[f"/run/{service.name}"]
    assert (folder.owner, folder.content) == (service.user, None)
    # Nothing of theirs is to be seen by a port scan; they are asked through nginx.
    assert service.ports == ()
    assert [probe.port for probe in service.probes(context("www", service.name))] == [80]


def test_gunicorn_listens_where_nginx_connects() -> None:
    files = by_path(httpbin.SERVICE.files(context("www", "httpbin", services=ALL)))
    argv = httpbin.SERVICE.argv(context("www", "httpbin"))
    configuration: dict[str, object] = {}
    exec(text(files[argv[argv.index("--config") + 1]]), configuration)
    assert sys.modules.pop("flasgger") is None  # the import is blocked
    (probe,) = httpbin.SERVICE.probes(context("www", "httpbin", services=ALL))
    assert probe.send.startswith(b"GET /get HTTP/1.1\r\nHost: www.example.com\r\n")
    assert configuration["bind"] == f"unix:{upstream.HTTPBIN}"
    assert configuration["worker_tmp_dir"] == upstream.HTTPBIN.rpartition("/")[0]


def test_the_geocoder_is_asked_by_its_name() -> None:
    (probe,) = geocoder.SERVICE.probes(context("www", "geocoder", services=ALL))
    assert probe.send.startswith(b"GET /status HTTP/1.1\r\nHost: maps.example.com\r\n")
    files = by_path(geocoder.SERVICE.files(context("www", "geocoder", services=ALL)))
    argv = geocoder.SERVICE.argv(context("www", "geocoder"))
    assert argv[-3:-1] == ("-I", argv[-2])
    assert argv[-2] in files
    assert argv[-1] == upstream.GEOCODER


# ---------------------------------------------------------------- the pages


class Page(HTMLParser):
    """Collects links and cells, and checks that what is opened is closed in order."""

    VOID = frozenset(("meta", "link", "img", "input", "br"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.cells: list[list[str]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.links += [value for key, value in attributes if key in ("href", "src") and value]
        if tag == "tr":
            self.cells.append([])
        elif tag in ("td", "th"):
            self.cells[-1].append("")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1][-1] += data


def pages() -> dict[str, Page]:
    found = {}
    for path, file in by_path(site.files(context("www", "nginx", services=ALL))).items():
        if path.endswith(".html"):
            page = Page()
            page.feed(text(file))
            assert page.open == [], path
            assert not re.search(r"\{(host|rows)\}", text(file))
            found[path.removeprefix(site.ROOT)] = page
    return found


def test_every_link_on_a_page_leads_to_a_file_or_to_httpbin() -> None:
    known = {path.removeprefix(site.ROOT) for path in by_path(site.files(context("www", "nginx")))}
    known |= {"/", "/site/gpl-3.txt"}
    httpbins = {"get", "headers", "ip", "status", "redirect", "delay", "cookies", "basic-auth"}
    httpbins |= {"html", "json", "xml", "image"}
    assert set(pages()) == {"/index.html", "/site/journey.html", "/site/machines.html"}
    for name, page in pages().items():
        for link in page.links:
            first = link.partition("?")[0].split("/")[1]
            assert link in known or first in httpbins, (name, link)


def test_no_file_hides_an_answer_of_httpbin() -> None:
    for path in by_path(site.files(context("www", "nginx"))):
        assert path.startswith(f"{site.ROOT}/site/") or path == f"{site.ROOT}/index.html"


def test_the_table_of_machines_is_the_topology() -> None:
    files = by_path(site.files(context("www", "nginx")))
    document = json.loads(text(files[f"{site.ROOT}/site/machines.json"]))
    assert [machine["name"] for machine in document["machines"]] == [
        node.name for node in playground().computers
    ]
    heading, *rows = pages()["/site/machines.html"].cells
    assert heading == ["Machine", "Role", "Addresses", "Services"]
    assert [row[0] for row in rows] == [machine["name"] for machine in document["machines"]]
    for row, machine in zip(rows, document["machines"], strict=True):
        assert row[2] == "".join(machine["addresses"])


def test_the_picture_is_a_whole_png() -> None:
    image = site.rings(16)
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, position = {}, 8
    while position < len(image):
        (length,) = struct.unpack_from("!I", image, position)
        kind = image[position + 4 : position + 8]
        content = image[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from("!I", image, position + 8 + length)
        assert checksum == zlib.crc32(kind + content)
        chunks[kind] = content
        position += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == 16 * 17
    assert set(rows[::17]) == {0}
    assert max(rows) < len(chunks[b"PLTE"]) // 3
