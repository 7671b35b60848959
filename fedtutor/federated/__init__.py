"""Federated learning with TFF: a Keras model becomes a process, and a process becomes a run.

The lessons write the loop over the rounds out in full. From lesson 05 on they call it from here.

process      a Keras model as a TFF process, and the state it starts from
rounds       the loop over the rounds
history      what a run leaves behind
saving       the checkpoints of a run
evaluation   how good the model is, and when that is measured
"""

from fedtutor.clients import ClientDatasets as ClientDatasets
from fedtutor.clients import as_floats as as_floats
from fedtutor.federated.evaluation import Evaluator as Evaluator
from fedtutor.federated.history import History as History
from fedtutor.federated.history import Run as Run
from fedtutor.federated.process import fed_avg as fed_avg
from fedtutor.federated.process import start_from as start_from
from fedtutor.federated.process import tff_model as tff_model
from fedtutor.federated.rounds import last_run as last_run
from fedtutor.federated.rounds import run_rounds as run_rounds
from fedtutor.federated.rounds import sample_cohort as sample_cohort
from fedtutor.progress import Progress as Progress
