#!/usr/bin/env python3
"""A real browser without a window, for programs: Debian's chromium, steered by selenium.

    python3 headless.py http://www.example.com/

prints the title of a page, and how many elements it has once its scripts have run.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

DRIVER = "/usr/bin/chromedriver"
# Root may only run chromium without its sandbox: on your own computer, do not be root.
FLAGS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage")


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A new browser, with no cookies and no history; it ends with the block."""
    if not Path(DRIVER).exists():
        sys.exit(f"{DRIVER} is missing; it is in Debian's package chromium-driver")
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    # Without a Service, selenium would look for a driver on the Internet.
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield driver
    except WebDriverException as error:
        sys.exit(f"the browser says: {(error.msg or type(error).__name__).splitlines()[0]}")
    finally:
        driver.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Look at a page with a browser.")
    parser.add_argument("url", help="the page")
    url = parser.parse_args().url
    with suppress(KeyboardInterrupt), browser() as chrome:
        chrome.get(url)
        print(chrome.title, len(chrome.find_elements(By.CSS_SELECTOR, "*")))
