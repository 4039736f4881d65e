"""Both benchmarks, one after the other: what `make bench` runs. docs/benchmarks.md says how to read them."""

import sys

from benchmarks import first_release, one_more_day

if __name__ == "__main__":
    code = first_release.main(sys.argv[1:])
    one_more_day.main([])
    sys.exit(code)
