"""A list of 100,000 companies from drop to undo in Chromium, on a running installation with its web server and worker.

Prints how long a person waits for each page and each job, how large the preview is, and what the progress said; with
`--pictures FOLDER` it also takes a picture of each step. The file is that of imports.
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ACCOUNT, PASSWORD = "bench", "Yilu-Kanjian-2026"
#: No job of 100,000 rows takes longer, in milliseconds.
PATIENCE = 600_000
#: What the browser shows of a job while it runs is read so often (s).
LOOK_EVERY = 1.0


def run(arguments: argparse.Namespace) -> None:
    """Walk and print. Needs `--file`."""
    if arguments.file is None:
        print("no --file: made by tools/make_companies.py 100000 OUT.xlsx --valid")
        return
    with installation() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
        Walk(page, address, arguments.pictures).whole(arguments.file)
        browser.close()


@contextmanager
def installation() -> Iterator[str]:
    """The address of a running installation without samples, where ACCOUNT is an assistant's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"CRM_DATA": folder, "CRM_PORT": str(port), "CRM_ENV": "production"}
        environment["CRM_SECRET_KEY"] = "b" * 8 + "ench-only" * 4
        command = [sys.executable, "-m", "crm.supervisor"]
        parent = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            for line in parent.stdout or ():
                if "Ctrl-C" in line:
                    break
            add = [sys.executable, "-m", "flask", "user", "add", ACCOUNT, "--role", "manager", "--office", "示例招商局"]
            subprocess.run([*add, "--password-stdin"], cwd=ROOT, env=environment, input=PASSWORD, text=True, check=True)
            yield f"http://127.0.0.1:{port}"
        finally:
            parent.send_signal(signal.SIGINT)
            parent.wait(60)


class Walk:
    """One person at her desk."""

    def __init__(self, page: Page, address: str, pictures: Path | None) -> None:
        self.page, self.address, self.pictures = page, address, pictures

    def whole(self, file: Path) -> None:
        """From signing in to a list that is as empty as before."""
        page = self.page
        page.goto(f"{self.address}/sign-in")
        page.get_by_label("用户名").fill(ACCOUNT)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_label("密码").press("Enter")
        page.wait_for_url(f"{self.address}/")
        print("| step | s | what the page said meanwhile |\n|---|---|---|")
        page.goto(f"{self.address}/imports")
        page.get_by_label("表格文件").set_input_files(file)
        self.pressed("upload", page.get_by_role("button", name="上传"), "确认每一列的含义")
        self.job("check", page.get_by_role("button", name="检查", exact=True), "这是检查结果")
        self.opened("preview")
        self.job("write", page.get_by_role("button", name=re.compile("^写入|^只写入")), "已写入，用时", leaves=True)
        self.opened("result")
        self.opened("list of companies", "/companies")
        page.go_back()
        page.get_by_role("button", name="撤销这次导入").click()
        self.job("undo", page.get_by_role("dialog").get_by_role("button", name="确定"), "撤销。")
        self.opened("list of companies, empty again", "/companies")

    def pressed(self, step: str, button: Locator, said: str) -> None:
        """A press, until the next page says so."""
        started = time.perf_counter()
        button.click()
        expect(self.page.get_by_text(said).first).to_be_visible(timeout=PATIENCE)
        self.note(step, time.perf_counter() - started)

    def job(self, step: str, button: Locator, said: str, *, leaves: bool = False) -> None:
        """A press that starts a job: its progress is read until the page says that it is done; `leaves` goes away and
        comes back in between."""
        started, words = time.perf_counter(), []
        button.click()
        progress = self.page.locator("#import-progress")
        expect(progress).to_be_visible(timeout=PATIENCE)
        address = self.page.url
        while progress.count():
            words.append(" ".join(progress.first.inner_text().split()) if progress.count() else "")
            if len(words) == 5:
                self.picture(f"{step}-progress")
                if leaves:
                    self.page.goto(f"{self.address}/companies")
                    self.page.goto(address)
            time.sleep(LOOK_EVERY)
        expect(self.page.get_by_text(said).first).to_be_visible(timeout=PATIENCE)
        told = list(dict.fromkeys(filter(None, words)))
        self.note(step, time.perf_counter() - started, told[len(told) // 2] if told else "")

    def opened(self, step: str, path: str = "") -> None:
        """A page, opened anew: how long the server takes to its first byte and the browser to its last picture."""
        self.page.goto(self.address + path if path else self.page.url)
        timing = "(() => { const t = performance.getEntriesByType('navigation')[0];"
        timing += " return [t.responseStart - t.requestStart, t.loadEventEnd, t.decodedBodySize] })()"
        first, loaded, size = self.page.evaluate(timing)
        self.note(step, loaded / 1000, f"first byte {first:.0f} ms, {size / 1024:.0f} kB")

    def note(self, step: str, seconds: float, said: str = "") -> None:
        """A row of the table, and a picture."""
        print(f"| {step} | {seconds:.1f} | {said} |", flush=True)
        self.picture(step)

    def picture(self, name: str) -> None:
        """A picture of the page as it is, where pictures are wanted."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name.replace(' ', '-')}.png")
