"""Many lives, one after the other: `python -m tests.simulator --seeds 0..9999`."""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from tests.simulator.world import run


def main() -> int:
    """Print the failing seeds; a seed alone lives its life again."""
    parser = argparse.ArgumentParser(prog="tests.simulator", description=__doc__)
    parser.add_argument("--seeds", default="0..999", help="one seed, or first..last")
    parser.add_argument("--keep-going", action="store_true", help="do not stop at a failure")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("..")
    seeds = range(int(first), int(last or first) + 1)

    began, failed, commits, posts = time.perf_counter(), 0, 0, 0
    for seed in seeds:
        try:
            world = run(seed)
        except Exception as error:  # noqa: BLE001 - each kind is a finding
            failed += 1
            print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
            if len(seeds) == 1:
                traceback.print_exc()
            if not options.keep_going:
                break
        else:
            commits += world.books.commits
            posts += world.provider.posts
    seconds = time.perf_counter() - began
    print(
        f"{len(seeds)} lives, {failed} failed, {commits} commits, {posts} submits, "
        f"{len(seeds) / seconds:.0f} lives/s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
