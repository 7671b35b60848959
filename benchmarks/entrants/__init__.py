"""One program for each entrant: `python -m benchmarks.entrants.NAME WORK_FOLDER RESULT_FILE`."""
