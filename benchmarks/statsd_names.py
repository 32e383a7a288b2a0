"""What a `stat_name_handler` costs each metric: ours and Airflow's own, in an Airflow's Python.

PYTHONPATH=exporter/statsd_names .airflow/3.3.2/bin/python benchmarks/statsd_names.py
"""

from __future__ import annotations

import timeit
from functools import partial
from importlib import import_module

from windsock_statsd_names import clean

NAMES = {
    "plain": "ti.finish.etl_daily_sales.load.copy.success",
    "tags": "ti.finish,dag_id=etl_daily_sales,task_id=load.copy,state=success",
    "umlauts": "ti.finish,dag_id=umsätze_täglich,task_id=load.copy,state=success",
    "250 letters": f"dagrun.dependency-check,dag_id={'x' * 250},run_type=scheduled",
}
CALLS, RUNS = 5_000, 60


def main() -> None:
    """Print nanoseconds per call, the fastest of several runs, for each kind of name."""
    module = "airflow._shared.observability.metrics.validators"
    default = import_module(module).get_current_handler_stat_name_func(None, True)  # noqa: FBT003
    print("| name | windsock_statsd_names.clean | Airflow's own |\n|---|---|---|")
    for title, name in NAMES.items():
        cells = []
        for handler in (clean, default):
            try:
                handler(name)
            except Exception as error:  # noqa: BLE001 (the default handler refuses by one)
                cells.append(type(error).__name__)
                continue
            runs = timeit.repeat(partial(handler, name), number=CALLS, repeat=RUNS)
            cells.append(f"{min(runs) / CALLS * 1e9:.0f} ns")
        print(f"| {title} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
