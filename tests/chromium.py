"""Chromium without a window; not tests themselves."""

import json
import shutil
import subprocess
from html.parser import HTMLParser

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")


def chromium(page, folder, *arguments):
    """Run it on a page; gives what it prints, and every address that it asked a network for."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, "no Chromium: apt-get install chromium-headless-shell, as .ci/run does"
    log = folder / "network.json"
    command = [
        found, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}",
        *arguments, page.absolute().as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    entries = json.loads(log.read_text())["events"]
    return done.stdout, {e["params"]["url"] for e in entries if "url" in e.get("params", {})}


class Elements(HTMLParser):
    """Every element of a page: its name and attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]

    def values(self, attribute):
        return [a[attribute] for _, a in self.found if a.get(attribute) is not None]
