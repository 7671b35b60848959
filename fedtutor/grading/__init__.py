"""Hands out the lessons and grades the notebooks that come back.

    grade           turns a folder of notebooks into a table of grades and pages of feedback
    grader          grades one notebook, with nbgrader
    submissions     finds out who handed in what
    learner_names   reads learners' names from the names of files and folders
    notebook_files  reads what was handed in, whatever the file turns out to be
    results         the table, the pages, and the grades that can be reused
    course          lays out a course for nbgrader
    autograde       the steps that fedtutor adds to nbgrader, above all safe execution
    handed_in       takes only known files from what is handed in to an nbgrader course
    page            the page of feedback, laid out by page.html.j2
    clean           removes from a notebook what a browser must not run or load
    markup          turns text that can't be trusted into HTML
    judge           asks the learner's process for answers and checks them
    sandbox         runs a notebook where it can't do any harm
    package_copy    the course's package without what answers a lesson
    mounts          which folders a notebook can read
    syscalls        what its processes may not ask the kernel for
    usage           how much memory and how many threads they use
    run_notebook    the program that runs a notebook inside the sandbox
    plain_text      makes names and notes safe for a terminal, a table and a file's name
    safe_files      writes files so that nothing is lost on a full disk
    scratch         temporary folders that don't stay behind
    cells           the metadata that nbgrader needs in the exercises' cells

Lesson: none; docs/instructors.md describes how to use it.
"""
