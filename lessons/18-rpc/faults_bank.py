"""A bank whose answer gets lost: the money moves, and nobody hears of it until they ask again.

bank.pay("purse", "key", 10) moves ten; with a key that it has seen before, nothing.
"""

import threading
from collections import Counter, defaultdict


class Bank:
    def __init__(self) -> None:
        self.news = threading.Condition()
        self.paid: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self.calls: Counter[str] = Counter()

    def pay(self, purse: str, key: str, cents: int) -> int:
        """Pay, and return what this purse has paid in all."""
        with self.news:
            self.paid[purse].setdefault(key, cents)  # a known key is a call that is repeated
            self.calls[purse] += 1
            self.news.notify_all()
            if self.calls[purse] == 1:  # "lost": this answer comes when the next call has
                self.news.wait_for(lambda: self.calls[purse] > 1, timeout=60)
            return sum(self.paid[purse].values())
