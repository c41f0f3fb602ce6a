"""Take the pictures of README's tour: starts the application with its samples on a throw-away folder and walks through.

make tour        writes docs/tour/*.png
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "tour"
DESKTOP, PHONE = (1440, 900), (390, 844)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
#: What every account of the walk changes its one-time password to; the installation is thrown away afterwards.
CHOSEN = "Yilu-Kanjian-2026"

#: picture: (account, size, where to go: a path, or a path and the names of links to follow)
PICTURES: dict[str, tuple[str, tuple[int, int], tuple[str, ...]]] = {
    "1-my-day": ("officer1", DESKTOP, ("/",)),
    "2-shenzhen-list": ("officer1", DESKTOP, ("/lists", "深圳优质激光企业名单")),
    "3-company": ("officer1", DESKTOP, ("/search?q=slxh", "示例星火晶体科技有限公司")),
    "4-visit": ("officer1", PHONE, ("/interactions/new",)),
    "5-leader": ("lead", PHONE, ("/leader",)),
    "6-board": ("manager1", DESKTOP, ("/pipeline?route=all",)),
    "7-project": ("officer1", DESKTOP, ("/pipeline?route=all", "示例曙河光纤器件迁建")),
    "8-gaps": ("manager1", DESKTOP, ("/chains/demo-laser",)),
    "9-import": ("officer1", DESKTOP, ("/imports",)),
}
#: The list that arrives in the last picture: a known company, new ones, one twice, and two rows with mistakes.
ARRIVED = """企业名称,统一社会信用代码,所在地,主营产品,联系人,联系电话
示例星火晶体科技有限公司,,湖北武汉,激光晶体,示例刘经理,13800000011
示例新岸光学有限公司,,苏州市,激光镜头,示例唐工,0512-66660001
示例远澜泵浦有限公司,91440300MA5EXAMPLE,深圳市,泵浦源,,
示例北屿激光设备有限公司,,东莞,激光切割机,示例罗总,1.38E+10
示例新岸光学有限公司,,苏州市,激光镜头,,
"""


@contextlib.contextmanager
def installation() -> Iterator[tuple[str, dict[str, str]]]:
    """A running installation with both samples: its address, and the one-time password of each account."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"CRM_DATA": folder, "CRM_PORT": str(port), "CRM_ENV": "development"}
        command = [sys.executable, "-m", "crm.supervisor"]
        parent = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield f"http://127.0.0.1:{port}", accounts(parent)
        finally:
            parent.send_signal(signal.SIGINT)
            parent.wait(30)


def accounts(parent: subprocess.Popen[str]) -> dict[str, str]:
    """Read what the parent says until it tells how to stop it: an account and its password a line."""
    found: dict[str, str] = {}
    for line in parent.stdout or ():
        if "Ctrl-C" in line:
            break
        if len(words := line.split("\t")) > 1:
            found[words[0]] = words[1]
    return found


def signed_in(browser: Browser, address: str, name: str, password: str, size: tuple[int, int]) -> Page:
    """A page of a size in which an account is signed in, its one-time password changed if that is still due."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN").new_page()
    for secret in (CHOSEN, password):
        page.goto(f"{address}/sign-in")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(secret)
        page.get_by_label("密码").press("Enter")
        page.wait_for_load_state()
        if "/sign-in" not in page.url:
            break
    if page.url.endswith("/password"):
        fields = page.locator("main input[type=password]")
        for i, secret in enumerate((password, CHOSEN, CHOSEN)):
            fields.nth(i).fill(secret)
        fields.last.press("Enter")
        page.wait_for_load_state()
    return page


def take(page: Page, address: str, picture: str, way: tuple[str, ...]) -> None:
    """Follow the way and write the picture."""
    path, *links = way
    page.goto(address + path)
    for name in links:
        page.get_by_role("main").get_by_role("link", name=re.compile(re.escape(name))).first.click()
        page.wait_for_load_state()
    if path == "/imports":
        upload(page)
    page.wait_for_timeout(500)  # charts draw themselves
    page.screenshot(path=OUT / f"{picture}.png")


def upload(page: Page) -> None:
    """Bring the list that arrived as far as the result of its check."""
    file = FilePayload(name="示例部门转来名单.csv", mimeType="text/csv", buffer=ARRIVED.encode())
    page.set_input_files("input[type=file]", file)
    for step in ("上传", "检查"):
        page.get_by_role("main").get_by_role("button", name=step, exact=True).click()
    page.get_by_role("button", name="写入").wait_for()


def main() -> None:
    """Take all pictures."""
    OUT.mkdir(parents=True, exist_ok=True)
    with installation() as (address, passwords), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for picture, (name, size, way) in PICTURES.items():
            page = signed_in(browser, address, name, passwords[name], size)
            take(page, address, picture, way)
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
