"""nbgrader's settings where learners work, for its Validate button; `make setup` installs it for Jupyter.

A course that an instructor lays out has settings of its own (fedtutor/grading/course.py).
"""

c = get_config()  # noqa: F821

# A cell has 30 seconds otherwise, and on a busy machine TensorFlow loads for longer.
c.Execute.timeout = 600
