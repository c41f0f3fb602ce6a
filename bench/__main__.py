"""`python -m bench [NAME …]` with the options of `--help`: print the rows of a table."""

import argparse
import importlib
from datetime import date
from pathlib import Path

FIGURES = ("lists", "board", "gaps", "history", "search", "imports", "scale", "walk", "matching", "segments", "ranking")


def main() -> None:
    """Measure the named figures, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="NAME", help=f"{', '.join(FIGURES)}; all without any")
    parser.add_argument("--companies", type=int, default=1_000_000, help="rows of the data set (built once)")
    parser.add_argument("--requests", type=int, default=200, help="measured requests per page")
    parser.add_argument("--page", default="", help="only pages whose title holds this text")
    parser.add_argument("--file", type=Path, help="the list that imports, scale and walk read; else not measured")
    parser.add_argument("--scale", type=Path, help="a list ten times as long, which scale compares with --file")
    parser.add_argument("--pictures", type=Path, help="the folder for pictures of walk")
    parser.add_argument("--shared", type=Path, help="the folder of real files that matching and segments read")
    parser.add_argument("--data", type=Path, default=Path("data/bench"), help="folder of the data sets")
    arguments = parser.parse_args()
    for name in arguments.figures or FIGURES:
        print(f"\n## {name} ({date.today().isoformat()})\n", flush=True)  # noqa: DTZ011 -- the day where it was run
        importlib.import_module(f"bench.{name}").run(arguments)


if __name__ == "__main__":
    main()
