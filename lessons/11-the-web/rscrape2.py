#!/usr/bin/env python3
"""The recursive scraper again, with a browser: it runs scripts, and submits forms.

    python3 rscrape2.py http://www.example.com:8001/

It prints a line for each visit, and for each form.
"""

import argparse
from collections.abc import Iterator
from contextlib import suppress

from headless import browser
from rscrape1 import Item, crawl, links_in, normal
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import (
    invisibility_of_element_located,
    url_changes,
)
from selenium.webdriver.support.wait import WebDriverWait

BUSY = (By.CSS_SELECTOR, "[aria-busy=true]")  # WAI-ARIA: its content is being changed
# POST may order a sofa; what a GET does must be safe (RFC 9110 §9.2.1).
FORM = "form:not([method=post i])"


class Visitor:
    """Visits items with one browser."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome, self.wait = chrome, WebDriverWait(chrome, 10)

    def __call__(self, item: Item) -> Iterator[Item]:
        action, url = item
        self.chrome.get(url)
        if action == "submit_form":
            self.chrome.find_element(By.CSS_SELECTOR, FORM).submit()
            self.wait.until(url_changes(url))
        # Until the scripts have brought what they promise: a condition, not "two seconds".
        self.wait.until(invisibility_of_element_located(BUSY))
        yield from links_in(self.chrome.page_source, self.chrome.current_url)
        if action == "GET" and self.chrome.find_elements(By.CSS_SELECTOR, FORM):
            yield "submit_form", url


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Visit a site with a browser.")
    parser.add_argument("url", help="where to begin")
    start = normal(parser.parse_args().url)
    with suppress(KeyboardInterrupt), browser() as chrome:
        crawl(start, Visitor(chrome))
