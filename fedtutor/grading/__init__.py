"""Hands out the lessons and grades the notebooks that come back.

    grade         turns a folder of notebooks into a table of grades and pages of feedback
    submissions   finds out who handed in what
    results       the table, the pages, and the grades that can be reused
    course        lays out a course for nbgrader
    autograde     the steps that fedtutor adds to nbgrader, above all safe execution
    page          the page of feedback
    clean         removes from a notebook what a browser must not run or load
    markup        turns text that can't be trusted into HTML
    judge         asks the learner's process for answers and checks them
    sandbox       runs a notebook where it can't do any harm
    run_notebook  the program that runs a notebook inside the sandbox
    cells         the metadata that nbgrader needs in the exercises' cells

Lesson: none; docs/instructors.md describes how to use it.
"""
