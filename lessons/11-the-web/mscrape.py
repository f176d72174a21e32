#!/usr/bin/env python3
"""Manual scraping: log in to the bank as brandon, and add up what he has paid.

    python3 mscrape.py http://www.example.com:5000/

httpx2 fetches the page (with -s a browser), and BeautifulSoup reads it (with -l lxml).
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urljoin

import httpx2
import lxml.html
from bs4 import BeautifulSoup

USER, PASSWORD = "brandon", "atigdng"


def fetched(url: str) -> tuple[str, str]:
    """Where we are after logging in, and the page, by plain HTTP."""
    with httpx2.Client(follow_redirects=True) as client:  # the client keeps the cookie
        form = {"username": USER, "password": PASSWORD}
        page = client.post(urljoin(url, "/login"), data=form).raise_for_status()
        return str(page.url), page.text


def browsed(url: str) -> tuple[str, str]:
    """The same as a person would do it."""
    from headless import browser
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.expected_conditions import staleness_of
    from selenium.webdriver.support.wait import WebDriverWait

    with browser() as chrome:
        chrome.get(url)
        for name, text in (("username", USER), ("password", PASSWORD)):
            chrome.find_element(By.NAME, name).send_keys(text)
        button = chrome.find_element(By.CSS_SELECTOR, "button")
        button.click()
        # Until the next page is there. While the old one goes, chromedriver may complain.
        WebDriverWait(chrome, 20, 0.1, [WebDriverException]).until(staleness_of(button))
        return chrome.current_url, chrome.page_source


def with_soup(page: str) -> Iterator[tuple[str, str]]:
    for item in BeautifulSoup(page, "lxml").select("li.to"):
        yield item.b.text, item.i.text


def with_lxml(page: str) -> Iterator[tuple[str, str]]:
    for item in lxml.html.fromstring(page).cssselect("li.to"):
        yield item.find("b").text_content(), item.find("i").text_content()


def main(args: argparse.Namespace) -> None:
    place, page = (browsed if args.s else fetched)(args.url)
    if place != urljoin(args.url, "/"):
        sys.exit(f"the login has not worked: it leads to {place}")
    total = 0
    for dollars, memo in (with_lxml if args.l else with_soup)(page):
        total += int(dollars.strip("$"))
        print(f"{dollars:>12}  {memo}")
    print("-" * 12 + f"  {'-' * 24}\n{f'${total}':>12}  Total payments made")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Add up brandon's payments.")
    parser.add_argument("url", help="the bank's first page")
    parser.add_argument("-l", action="store_true", help="read the page with lxml")
    parser.add_argument("-s", action="store_true", help="fetch it with a real browser (selenium)")
    with suppress(KeyboardInterrupt):
        try:
            main(parser.parse_args())
        except httpx2.HTTPError as error:
            sys.exit(f"no page: {str(error).splitlines()[0]}")
