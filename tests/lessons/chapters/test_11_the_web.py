"""Chapter 11: what its transcripts cannot show."""

from __future__ import annotations

import importlib
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from netplay import Lab
from netplay.lab.planning import lessons
from netplay.lessons.chapter import chapter

FOLDER = lessons() / "11-the-web"
IN_LAB = f"/lessons/{FOLDER.name}"
THEFT = {"account": "hacker", "dollars": "1", "memo": "x"}
TLS = ("--cert", "/etc/nginx/tls/host.crt", "--key", "/etc/nginx/tls/host.key")


@pytest.fixture(scope="module")
def bank() -> Iterator[ModuleType]:
    sys.path.insert(0, str(FOLDER))
    try:
        yield importlib.import_module("bank")
    finally:
        sys.path.remove(str(FOLDER))


def inside(lab: Lab, script: str, node: str = "h1") -> list[str]:
    """The lines that *script* prints, run in the chapter's folder on *node*."""
    done = lab[node].run("python3", "-B", "-c", script, cwd=IN_LAB, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


class Fields(HTMLParser):
    """The names and values of a page's <input>s."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input":
            fields = dict(attrs)
            self.found[fields["name"] or ""] = fields.get("value") or ""


# The bank


def test_a_new_bank_has_three_payments_two_of_them_brandons(
    bank: ModuleType, tmp_path: Path
) -> None:
    with closing(bank.open_database(str(tmp_path / "b.db"))) as db:
        payments = bank.get_payments_of(db, "brandon")
    assert [(p.debit, p.credit, p.dollars) for p in payments] == [
        ("brandon", "psf", 125),
        ("brandon", "liz", 200),
        ("sam", "brandon", 25),
    ]


def test_a_payment_counts_when_it_is_committed(bank: ModuleType, tmp_path: Path) -> None:
    path = str(tmp_path / "b.db")
    with closing(bank.open_database(path)) as db:
        bank.add_payment(db, "sam", "liz", 7, "lunch")  # and nobody commits
    with closing(bank.open_database(path)) as db:
        assert len(bank.get_payments_of(db, "liz")) == 1
        bank.add_payment(db, "sam", "liz", 7, "lunch")
        db.commit()
    with closing(bank.open_database(path)) as db:
        assert bank.get_payments_of(db, "liz")[-1][1:] == ("sam", "liz", 7, "lunch")


@pytest.mark.parametrize("dollars", [0, -5, "ten"])
def test_the_database_itself_refuses_what_is_no_amount(
    bank: ModuleType, tmp_path: Path, dollars: object
) -> None:
    with (
        closing(bank.open_database(str(tmp_path / "b.db"))) as db,
        pytest.raises(sqlite3.IntegrityError),
    ):
        bank.add_payment(db, "sam", "liz", dollars, "lunch")


@pytest.mark.parametrize("dollars", ["1", "42", "999999999"])
def test_amounts(bank: ModuleType, dollars: str) -> None:
    assert bank.mistake_in("liz", dollars, "lunch") == ""


@pytest.mark.parametrize(
    "dollars", ["²", "٣", "0", "-5", "1.5", "1e3", " 1", "007", "1\n", "9" * 30]
)
def test_what_is_no_amount(bank: ModuleType, dollars: str) -> None:
    assert bank.mistake_in("liz", dollars, "lunch") == "Dollars must be an integer"


def test_all_three_fields_are_needed(bank: ModuleType) -> None:
    for fields in (("", "1", "x"), ("liz", "", "x"), ("liz", "1", "")):
        assert bank.mistake_in(*fields) == "Please fill in all three fields"


def test_bank_py_ends_with_a_sentence_and_leaves_nothing_open(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-X", "dev", str(FOLDER / "bank.py"), "--db"]
    good = subprocess.run([*command, str(tmp_path / "b.db")], capture_output=True, text=True)
    assert (good.returncode, good.stderr, good.stdout.count("\n")) == (0, "", 3)
    bad = subprocess.run([*command, "/nowhere/b.db"], capture_output=True, text=True)
    assert bad.returncode == 1
    assert bad.stderr == "/nowhere/b.db: unable to open database file\n"


# What lies in the folder


@pytest.mark.parametrize("page", ["csrf.html", "csrf_auto.html"])
def test_forged_forms_send_the_names_that_the_bank_reads(bank: ModuleType, page: str) -> None:
    fields = Fields((FOLDER / page).read_text()).found
    assert bank.mistake_in(fields["account"], fields["dollars"], fields["memo"]) == ""


def test_the_script_fits_into_djangos_memo() -> None:
    assert len((FOLDER / "attack.js").read_text().strip()) <= 200


def test_no_key_and_no_legible_password_is_in_the_better_banks() -> None:
    for path in [
        FOLDER / "accounts.json",
        *FOLDER.glob("app_[ih]*ed.py"),
        *FOLDER.rglob("djbank/*"),
    ]:
        if path.is_file() and path.name != "app_improved.py":
            assert "atigdng" not in path.read_text(), path
        if path.suffix == ".py":
            assert not re.search(r"(?i)secret_key *= *[\"']", path.read_text()), path


def test_the_fixture_has_the_same_payments_and_two_users(bank: ModuleType) -> None:
    rows = json.loads((FOLDER / "djbank/fixtures/start.json").read_text())
    payments = [tuple(r["fields"].values()) for r in rows if r["model"] == "djbank.payment"]
    assert payments == bank.FIRST
    users = {r["fields"]["username"]: r["fields"] for r in rows if r["model"] == "auth.user"}
    assert set(users) == set(bank.PASSWORDS)
    assert all(user["password"].startswith("argon2$") for user in users.values())


def test_every_page_says_its_character_set() -> None:
    pages = [p for p in FOLDER.rglob("*.html") if "<html" in p.read_text()]
    assert len(pages) >= 12
    assert [p.name for p in pages if '<meta charset="utf-8">' not in p.read_text()] == []


# The Flask sites, by their test clients

CLIENT = """
import re, sys, tempfile
import {module} as site
site.app.config["DB"] = tempfile.mkdtemp() + "/b.db"
browser = site.app.test_client()
def login(name="brandon", password="atigdng"):
    return browser.post("/login", base_url=URL, data=dict(username=name, password=password))
URL = "https://www.example.com"
ARGS = dict(base_url=URL)
THEFT = {theft}
"""


def client(module: str) -> str:
    return CLIENT.format(module=module, theft=THEFT)


@pytest.mark.lab
@pytest.mark.parametrize("module", ["app_insecure", "app_improved", "app_hardened"])
def test_a_wrong_password_shows_the_form_again_with_the_name(lab: Lab, module: str) -> None:
    script = client(module) + (
        "for name, password in [('brandon', 'no'), ('nobody', ''), ('', ''), ('<b>', 'x')]:\n"
        "    a = login(name, password)\n"
        "    print(a.status_code, 'username' in a.headers.get('Set-Cookie', ''))\n"
        "    print('value=\"brandon\"' in a.text)\n"
    )
    lines = inside(lab, script)
    assert lines[::2] == ["200 False"] * 4
    assert lines[1::2] == ["True", "False", "False", "False"]


@pytest.mark.lab
@pytest.mark.parametrize("module", ["app_insecure", "app_improved", "app_hardened"])
def test_a_mistake_in_a_payment_is_told_and_what_was_typed_is_kept(lab: Lab, module: str) -> None:
    script = client(module) + (
        "login()\n"
        "page = browser.get('/pay', **ARGS).text\n"
        'token = re.search(\'csrf_token" value="([^"]+)\', page)\n'
        "extra = {'csrf_token': token[1]} if token else {}\n"
        "for dollars in ('\\u00b2', '', '5'):\n"
        "    form = dict(account='liz', dollars=dollars, memo='a \"b', **extra)\n"
        "    a = browser.post('/pay', data=form, **ARGS)\n"
        "    told = re.findall('flash\">(.*?)<', a.text)\n"
        "    print(a.status_code, told, 'value=\"liz\"' in a.text)\n"
        "print(browser.get('/', **ARGS).text.count('<li'))\n"
    )
    assert inside(lab, script) == [
        "200 ['Dollars must be an integer'] True",
        "200 ['Please fill in all three fields'] True",
        "302 [] False",
        "5",  # <link> and four payments
    ]


@pytest.mark.lab
def test_a_session_with_a_name_but_no_token_is_refused_and_not_an_error(lab: Lab) -> None:
    script = client("app_improved") + (
        "with browser.session_transaction(**ARGS) as cookie:\n"
        "    cookie['username'] = 'brandon'\n"
        "print(browser.post('/pay', data=THEFT, **ARGS).status_code)\n"
        "print(browser.post('/pay', data={'csrf_token': '', **THEFT}, **ARGS).status_code)\n"
        "print(browser.post('/pay', data={'csrf_token': 'ü', **THEFT}, **ARGS).status_code)\n"
    )
    assert inside(lab, script) == ["403", "403", "403"]


@pytest.mark.lab
@pytest.mark.parametrize("module", ["app_improved", "app_hardened"])
def test_logging_out_takes_a_post_and_leaves_nothing_in_the_session(lab: Lab, module: str) -> None:
    script = client(module) + (
        "login()\n"
        "token = re.search('csrf_token\" value=\"([^\"]+)', browser.get('/', **ARGS).text)\n"
        "extra = {'csrf_token': token[1]} if token else {}\n"
        "print(browser.get('/logout', **ARGS).status_code)\n"
        "print(browser.post('/logout', data=extra, **ARGS).status_code)\n"
        "with browser.session_transaction(**ARGS) as cookie:\n"
        "    print(dict(cookie))\n"
        "print(browser.get('/', **ARGS).headers['Location'])\n"
    )
    assert inside(lab, script) == ["405", "302", "{}", "/login"]


@pytest.mark.lab
def test_each_login_has_a_token_of_its_own(lab: Lab) -> None:
    script = client("app_improved") + (
        "for _ in range(2):\n"
        "    login()\n"
        "    with browser.session_transaction(**ARGS) as cookie:\n"
        "        print(cookie['csrf_token'])\n"
    )
    first, second = inside(lab, script)
    assert first != second
    assert len(first) >= 40


@pytest.mark.lab
def test_the_hardened_bank_knows_where_a_form_comes_from(lab: Lab) -> None:
    cases = {
        "none said": ({}, 302),
        "our own": ({"Sec-Fetch-Site": "same-origin", "Origin": "https://www.example.com"}, 302),
        "old browser": ({"Origin": "https://www.example.com"}, 302),
        "neighbour": ({"Sec-Fetch-Site": "same-site"}, 403),
        "other site": ({"Sec-Fetch-Site": "cross-site"}, 403),
        "typed": ({"Sec-Fetch-Site": "none"}, 403),
        "old, other": ({"Origin": "https://kittens.test"}, 403),
        "other port": ({"Origin": "https://www.example.com:5443"}, 403),
        "open": ({"Origin": "http://www.example.com"}, 403),
        "hidden": ({"Origin": "null"}, 403),
        "liar": ({"Sec-Fetch-Site": "same-origin", "Origin": "https://kittens.test"}, 403),
    }
    script = client("app_hardened") + (
        f"login()\nfor name, (fields, _) in {cases!r}.items():\n"
        "    a = browser.post('/pay', data=THEFT, headers=fields, **ARGS)\n"
        "    print(name, a.status_code)\n"
    )
    assert inside(lab, script) == [f"{name} {status}" for name, (_, status) in cases.items()]


@pytest.mark.lab
def test_the_hardened_banks_cookie_and_policy(lab: Lab) -> None:
    script = client("app_hardened") + (
        "print(re.sub('=[^;]+', '=…', login().headers['Set-Cookie'], count=1))\n"
        "pages = [browser.get('/pay', **ARGS) for _ in range(2)]\n"
        "policies = [page.headers['Content-Security-Policy'] for page in pages]\n"
        "nonces = [re.search(\"'nonce-([^']+)'\", policy)[1] for policy in policies]\n"
        "print(nonces[0] != nonces[1])\n"
        "for page, nonce in zip(pages, nonces):\n"
        "    print(re.findall('<script[^>]*>', page.text) == [f'<script nonce=\"{nonce}\">'])\n"
        "print('unsafe' in policies[0])\n"
        "print(re.findall(' (?:style|on[a-z]+)=', pages[0].text))\n"
    )
    assert inside(lab, script) == [
        "__Host-bank=…; Secure; HttpOnly; Path=/; SameSite=Lax",
        *("True", "True", "True", "False", "[]"),
    ]


# Django

DJANGO = """
import os, tempfile
os.environ["DJBANK_DB"] = tempfile.mkdtemp() + "/dj.sqlite3"
os.environ["DJANGO_SETTINGS_MODULE"] = "djbank.settings"
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
call_command("check", fail_level="WARNING", stdout=open(os.devnull, "w"))
call_command("migrate", verbosity=0)
call_command("loaddata", "start", verbosity=0)
"""


@pytest.mark.lab
def test_djangos_bank(lab: Lab) -> None:
    script = DJANGO + (
        "browser = Client(HTTP_HOST='www.example.com', enforce_csrf_checks=False)\n"
        "print(browser.get('/').headers['Location'])\n"
        "print(browser.login(username='brandon', password='atigdng'))\n"
        "print(browser.get('/').content.decode().count('<li'))\n"
        "for dollars, debit in (('0', 'x'), ('-1', 'x'), ('5', 'sam')):\n"
        "    form = dict(credit='liz', dollars=dollars, memo='tea', debit=debit)\n"
        "    print(browser.post('/pay/', form).status_code)\n"
        "page = browser.get('/').content.decode()\n"
        "print(page.count('<li'), 'Payment successful.' in page, 'to liz for: <i>tea' in page)\n"
        "print(browser.post('/').status_code, browser.get('/logout/').status_code)\n"
        "print(browser.post('/logout/').headers['Location'], browser.get('/').status_code)\n"
        "print(browser.get('/admin/').headers['Location'])\n"
    )
    assert inside(lab, script) == [
        "/accounts/login/?next=/",
        *("True", "3", "200", "200", "302", "4 True True"),
        *("405 405", "/ 302", "/admin/login/?next=/admin/"),
    ]


@pytest.mark.lab
def test_djangos_bank_wants_a_token(lab: Lab) -> None:
    script = DJANGO + (
        "browser = Client(HTTP_HOST='www.example.com', enforce_csrf_checks=True)\n"
        "browser.login(username='brandon', password='atigdng')\n"
        "print(browser.post('/pay/', dict(credit='sam', dollars=3, memo='x')).status_code)\n"
    )
    assert inside(lab, script) == ["403"]


# Passkeys and OpenID Connect


PASSKEYS = """
import passkey_device as d, passkey_login as site
site.app.config |= {"NAME": "www.example.com", "ORIGIN": "https://www.example.com"}
browser, device = site.app.test_client(), d.Device("www.example.com")
URL = "https://www.example.com"
def ask(what, name):
    return browser.post(f"/{what}/begin", json={"name": name}, base_url=URL).json
def say(what, answer):
    return browser.post(f"/{what}/finish", json=answer, base_url=URL).json["message"]
def answer(act, question, page=URL):
    return act(d.seen_by_browser(act.__name__, question["challenge"], page))
print(say("register", answer(device.create, ask("register", "brandon"))))
"""


@pytest.mark.lab
def test_a_passkeys_answer_is_good_once_and_for_its_question_and_site(lab: Lab) -> None:
    script = PASSKEYS + (
        "good = answer(device.get, ask('login', 'brandon'))\n"
        "print(say('login', good))\n"
        "print(say('login', good))\n"  # nobody asks any more
        "ask('login', 'brandon')\n"
        "print(say('login', good))\n"  # another question
        "print(say('login', answer(device.get, ask('login', 'brandon'), 'https://kittens.test')))\n"
        "thief = d.Device('www.example.com'); thief.uses = 9\n"
        "print(say('login', answer(thief.get, ask('login', 'brandon'))))\n"
        "other = d.Device('kittens.test'); other.key, other.uses = device.key, 9\n"
        "print(say('login', answer(other.get, ask('login', 'brandon'))))\n"
        "print(ask('register', 'brandon')['message'], ask('login', 'sam')['message'])\n"
    )
    lines = inside(lab, script)
    assert lines[:3] == ["brandon has a passkey", "Welcome, brandon", "Nobody has asked you"]
    assert "challenge" in lines[3]
    assert "origin" in lines[4]
    assert "verify authentication signature" in lines[5]
    assert "RP ID" in lines[6]
    assert lines[7] == "This name is taken Nobody has this name"


@pytest.mark.lab
def test_a_passkey_that_was_copied_is_noticed_by_its_counter(lab: Lab) -> None:
    script = PASSKEYS + (
        "for _ in range(3): said = say('login', answer(device.get, ask('login', 'brandon')))\n"
        "print(said)\n"
        "device.uses = 1\n"
        "print(say('login', answer(device.get, ask('login', 'brandon'))))\n"
    )
    lines = inside(lab, script)
    assert lines[1] == "Welcome, brandon"
    assert "sign count" in lines[2]


OIDC = """
import base64, hashlib
from urllib.parse import parse_qs, urlencode, urlsplit
import oidc_provider as p
p.app.config |= {"ISSUER": "https://mail.example.com", "BACK": "https://b/back", "SECRET": "sesame"}
browser = p.app.test_client()
proof = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
ASK = dict(client_id="bank", redirect_uri="https://b/back", state="s", nonce="n")
ASK["code_challenge"] = proof
def code():
    form = dict(username="brandon", password="atigdng")
    place = browser.post("/authorize?" + urlencode(ASK), data=form).headers["Location"]
    return parse_qs(urlsplit(place).query)["code"][0]
def redeem(code, verifier="verifier", secret="sesame"):
    form = dict(code=code, code_verifier=verifier)
    return browser.post("/token", data=form, auth=("bank", secret))
"""


@pytest.mark.lab
def test_the_provider_redeems_a_code_once_for_who_began_and_has_the_secret(lab: Lab) -> None:
    script = OIDC + (
        "c = code(); print(redeem(c).status_code, redeem(c).status_code)\n"
        "print(redeem(code(), verifier='guess').status_code, redeem('guess').status_code)\n"
        "print(redeem(code(), secret='guess').status_code)\n"
        "print(browser.post('/token', data=dict(code=code())).status_code)\n"
        "from joserfc import jwt; from joserfc.jwk import KeySet\n"
        "keys = KeySet.import_key_set(browser.get('/keys').json)\n"
        "claims = jwt.decode(redeem(code()).json['id_token'], keys, algorithms=['ES256']).claims\n"
        "print({k: claims[k] for k in ('iss', 'aud', 'sub', 'nonce')})\n"
        "print('\"d\"' in browser.get('/keys').text)\n"  # the private half
    )
    assert inside(lab, script) == [
        *("200 400", "400 400", "401", "401"),
        "{'iss': 'https://mail.example.com', 'aud': 'bank', 'sub': 'brandon', 'nonce': 'n'}",
        "False",
    ]


@pytest.mark.lab
def test_the_provider_sends_nobody_to_strangers(lab: Lab) -> None:
    script = OIDC + (
        "for change in ({}, {'redirect_uri': 'https://kittens.test/'}, {'client_id': 'x'}):\n"
        "    print(browser.get('/authorize?' + urlencode(ASK | change)).status_code)\n"
        "wrong = dict(username='brandon', password='x')\n"
        "a = browser.post('/authorize?' + urlencode(ASK), data=wrong)\n"
        "print(a.status_code, 'Location' in a.headers)\n"
    )
    assert inside(lab, script) == ["200", "400", "400", "200 False"]


# News


@pytest.mark.lab
def test_the_stream_wants_a_login_and_takes_any_nonsense_for_nothing_seen(lab: Lab) -> None:
    script = (
        "import asyncio, tempfile, base64, live_balance_sse as s\n"
        "from starlette.testclient import TestClient\n"
        "s.app.state.db = tempfile.mkdtemp() + '/b.db'\n"
        "c = TestClient(s.app)\n"
        "for login in ({}, {'Authorization': 'Basic !!'}, {'Authorization': 'Bearer x'}):\n"
        "    print(c.get('/payments', headers=login).status_code)\n"
        "print(c.get('/payments', auth=('brandon', 'x')).status_code)\n"
        "wrong = {'account': 'liz', 'dollars': -1, 'memo': 'x'}\n"
        "print(c.post('/pay', auth=('sam', 'xyzzy'), json=wrong).text)\n"
        "async def first(last):\n"
        "    async for event in s.stream(s.app.state.db, 'brandon', last):\n"
        "        return event.id\n"
        "print(asyncio.run(first(0)), asyncio.run(first(2)))\n"
    )
    assert inside(lab, script) == [*("401",) * 4, "Dollars must be an integer", "1 3"]


@pytest.mark.lab
def test_what_is_no_payment_is_told_to_who_sent_it(lab: Lab) -> None:
    script = (
        "import asyncio, json, tempfile, live_balance_ws as s\n"
        "path = tempfile.mkdtemp() + '/b.db'\n"
        "good = {'account': 'liz', 'dollars': 5, 'memo': 'tea'}\n"
        "wrong = {**good, 'dollars': True}\n"
        "for message in ('no json', '[]', '{}', json.dumps(wrong), json.dumps(good)):\n"
        "    try: print(s.pay(path, 'sam', message))\n"
        "    except (ValueError, AttributeError) as error: print(type(error).__name__)\n"
        "print(s.balance(path, 'liz'))\n"
    )
    assert inside(lab, script) == [
        *("JSONDecodeError", "AttributeError", "ValueError", "ValueError", "liz"),
        '{"account": "liz", "balance": 205}',
    ]


# Scrapers

SITE = """
import asyncio, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
lock, now, most, asked = threading.Lock(), 0, 0, []
gate = threading.Barrier(2)
class Site(BaseHTTPRequestHandler):
    pages = {{}}
    def log_message(self, *_): pass
    def do_GET(self):
        global now, most
        with lock:
            now += 1; most = max(most, now); asked.append(self.path)
            n = asked.count(self.path)
        status, body = self.pages.get(self.path, lambda n: (404, ""))(n)
        with lock:
            now -= 1
        self.send_response(status)
        self.send_header("Content-Type", "text/html"); self.end_headers()
        self.wfile.write(body.encode())
server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
HOME = f"http://127.0.0.1:{{server.server_port}}/"
Site.pages = {pages}
def run(module, *words):
    import contextlib, io, runpy, sys
    sys.argv = [module, *words]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        runpy.run_path(module, run_name="__main__")
    print(said.getvalue().replace(HOME, "/"), end="")
"""


def site(pages: str) -> str:
    return SITE.format(pages=pages)


@pytest.mark.lab
def test_a_recursive_scraper_stays_at_home_and_goes_nowhere_twice(lab: Lab) -> None:
    pages = (
        "{'/': lambda n: (200, '<a name=x>no link</a><a href=b>b</a><a href=/a#one>a</a>"
        '<a href="/a#two">a</a><a href="http://other.example/">far</a><a href="mailto:x@y">m</a>'
        "<a href=/empty>e</a><a href=/>home</a>'),"
        " '/a': lambda n: (200, '<a href=/>back</a>'), '/empty': lambda n: (200, ' ')}"
    )
    lines = inside(lab, site(pages) + "run('rscrape1.py', HOME)\nprint(asked)\n")
    assert lines == ["GET /", "GET /b", "GET /a", "GET /empty", "['/', '/b', '/a', '/empty']"]


@pytest.mark.lab
@pytest.mark.parametrize(
    ("robots", "reads"),
    [
        ("(404, '')", True),
        ("(403, '')", True),
        ("(500, '')", False),
        ("(200, 'User-agent: *\\nDisallow: /')", False),
        ("(200, 'User-agent: other\\nDisallow: /')", True),
    ],
)
def test_robots_txt_and_what_its_absence_means(lab: Lab, robots: str, reads: bool) -> None:
    pages = f"{{'/robots.txt': lambda n: {robots}, '/': lambda n: (200, 'x')}}"
    lines = inside(lab, site(pages) + "run('rscrape3.py', HOME)\nprint(asked.count('/robots.txt'))")
    assert lines == ["200 /" if reads else "robots.txt forbids /", "1"]


@pytest.mark.lab
def test_a_busy_server_is_asked_again_and_never_by_more_than_two(lab: Lab) -> None:
    pages = (
        "{'/': lambda n: (200, ''.join(f'<a href=/{i}>{i}</a>' for i in range(6))),"
        " **{f'/{i}': lambda n: (time.sleep(0.05), (200, 'x'))[1] for i in range(5)},"
        " '/5': lambda n: (503, '') if n < 3 else (200, 'x')}"
    )
    lines = inside(lab, site(pages) + "run('rscrape3.py', HOME)\nprint(most, asked.count('/5'))")
    assert lines == ["200 /", *(f"200 /{i}" for i in range(5)), "200 /5, try 3", "2 3"]


# Mistakes of the person


@pytest.mark.lab
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("mscrape.py", "http://www.example.com:9/"), "no page: "),
        (("mscrape.py", "http://www.example.com/"), "no page: "),  # no bank is here
        (("rscrape1.py", "http://nobody.example.com/"), "no page: "),
        (("rscrape3.py", "http://www.example.com:9/"), "no page: "),
        (("oidc_walk.py", "http://www.example.com:9/", "x"), "no page: "),
        (("passkey_device.py", "http://www.example.com:9", "x"), "http://www.example.com:9: "),
        (("oidc_login.py", "https://x", *TLS), "CLIENT_SECRET is not in the environment"),
        (("oidc_provider.py", *TLS[:2]), "set CLIENT_SECRET"),
        (("headless.py", "http://www/"), "/usr/bin/chromedriver is missing; it is in Debian's "),
        (("rscrape2.py", "http://www/"), "/usr/bin/chromedriver is missing"),
        (("e2e_attack.py", "http://www/", "http://ftp/"), "/usr/bin/chromedriver is missing"),
    ],
)
def test_a_persons_mistake_ends_in_one_sentence(
    lab: Lab, words: tuple[str, ...], says: str
) -> None:
    program, *rest = words
    done = lab["h1"].run("python3", f"{IN_LAB}/{program}", *rest, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1


# With a browser


@pytest.fixture(scope="module")
def browsers() -> Iterator[Lab]:
    """The chapter's own lab, where h1's browser trusts the lab's authority."""
    trust = (
        'mkdir -p /etc/chromium/policies/managed && printf \'{"CACertificates": ["%s"]}\' '
        '"$(openssl x509 -outform DER -in /usr/local/share/ca-certificates/netplay.crt'
        ' | base64 -w0)"'
        " > /etc/chromium/policies/managed/netplay.json"
    )
    with Lab(chapter(FOLDER).topology(), name="web-browsers") as lab:
        lab["h1"].run("sh", "-c", trust, check=True)
        yield lab


PASSKEY_PAGE = """
from headless import browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.support.wait import WebDriverWait
with browser() as chrome:
    chrome.add_virtual_authenticator(VirtualAuthenticatorOptions(
        protocol="ctap2", transport="internal", has_resident_key=True,
        has_user_verification=True, is_user_verified=True))
    chrome.get("https://www.example.com:5443/")
    chrome.find_element(By.NAME, "name").send_keys("brandon")
    for what in ("register", "login"):
        chrome.find_element(By.CSS_SELECTOR, f"button[value={what}]").click()
        wait = WebDriverWait(chrome, 20)
        said = chrome.find_element(By.TAG_NAME, "output")
        before = globals().get("text", "")
        wait.until(lambda _: said.text not in ("", before))
        print(text := said.text)
"""


@pytest.mark.lab
@pytest.mark.slow
def test_a_real_browser_logs_in_with_a_passkey(browsers: Lab) -> None:
    argv = ("python3", f"{IN_LAB}/passkey_login.py", "--host", "", *TLS)
    with browsers["www"].start(*argv):
        browsers["www"].wait_listening(5443)
        assert inside(browsers, PASSKEY_PAGE) == ["brandon has a passkey", "Welcome, brandon"]


@pytest.mark.lab
@pytest.mark.slow
def test_what_is_no_bank_cannot_be_attacked(browsers: Lab) -> None:
    words = ("http://www.example.com/site/machines.html", "http://ftp.example.com:8000/")
    done = browsers["h1"].run("python3", f"{IN_LAB}/e2e_attack.py", *words, timeout=90)
    assert done.stderr == f"this is not the bank's first page: {words[0]}\n"
    assert (done.stdout, done.returncode) == ("", 1)


@pytest.mark.lab
@pytest.mark.slow
def test_an_attack_that_does_otherwise_than_expected_is_status_1(browsers: Lab) -> None:
    bank, attacker = "http://www.example.com:5000/", "http://ftp.example.com:8000/"
    argv = ("python3", f"{IN_LAB}/app_insecure.py", "--host", "", "--db", "/tmp/status.db")
    pages = ("python3", "-m", "http.server", "8000", "-d", IN_LAB)
    with browsers["www"].start(*argv), browsers["ftp"].start(*pages):
        browsers["www"].wait_listening(5000)
        browsers["ftp"].wait_listening(8000)
        tried = ("python3", f"{IN_LAB}/e2e_attack.py", bank, attacker, "--only", "forged_form")
        for expected, status in (("works", 0), ("fails", 1)):
            done = browsers["h1"].run(*tried, "--expect", expected, timeout=90)
            assert (done.stdout, done.returncode) == ("forged form      works\n", status)
