#!/bin/sh
# Makes sure that the tests find Debian's Chromium and a font with Chinese characters.
set -eu

missing=""
[ -x /usr/bin/chromium ] || missing="$missing chromium"
fc-list :lang=zh-cn 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk"
[ -n "$missing" ] || exit 0

install="apt-get install --yes --no-install-recommends$missing"
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  apt-get update
  exec $install
fi
echo "浏览器测试还缺少：$missing。请运行：sudo $install" >&2
exit 1
