"""nbgrader's settings on a learner's machine, for its Validate button. `make setup` installs them.

A course that an instructor lays out has its own settings (fedtutor/grading/course.py).
"""

c = get_config()  # noqa: F821

# By default, a cell is stopped after 30 seconds. On a busy machine, loading TensorFlow takes longer.
c.Execute.timeout = 600
