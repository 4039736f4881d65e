"""All benchmarks, one after the other: what `make bench` runs. docs/benchmarks.md says how to read them."""

import sys

from benchmarks import csv_path, first_release, one_more_day

if __name__ == "__main__":
    code = first_release.main(sys.argv[1:])
    csv_path.main([])
    one_more_day.main([])
    sys.exit(code)
