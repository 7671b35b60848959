"""Handing lessons out, and grading what comes back.

    grade       a folder of notebooks becomes a table of grades and pages of feedback
    submissions who handed in what
    results     the table, the pages, and what need not be graded again
    course      lays out a course for nbgrader
    autograde   the step of nbgrader's that executes a notebook, safely and judged from outside
    judge       asks the learner's process for answers, and tells right from wrong
    sandbox     runs a notebook where it can do no harm
    inside      the program in there
    cells       what the exercises' cells carry for nbgrader

Lesson: none; docs/instructors.md tells how it is used.
"""
