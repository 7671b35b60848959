"""Flower's simulation on Ray, one process for each core; its clients train by `arithmetic`."""

from flwr.app import ArrayRecord, ConfigRecord
from flwr.serverapp import ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

from benchmarks.entrants import contract
from benchmarks.entrants.flower_client import app as client_app

work = contract.work()
server_app = ServerApp()


@server_app.main()
def main(grid, context):
    result = FedAvg(fraction_evaluate=0.0).start(
        grid=grid,
        initial_arrays=ArrayRecord(work.initial),
        num_rounds=len(work.cohorts),
        train_config=ConfigRecord(
            {"folder": str(work.folder), "clients": len(set(work.cohorts[0]))}
        ),
        # Called before the first round and after each: only to look at the clock.
        evaluate_fn=lambda server_round, arrays: work.mark(),
    )
    work.answer(result.arrays.to_numpy_ndarrays(), "flwr", "ray", "tensorflow-cpu")


run_simulation(
    server_app,
    client_app,
    num_supernodes=len(work.cohorts[0]),
    backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0.0}},
)
