"""What only Airflow 3.3 has: jobs that are found again after a crash, and tasks that wait for a person."""

from __future__ import annotations

from datetime import timedelta

from recording_parts import VERSION, BaseOperator, dag_of

if VERSION >= (3, 3):
    from airflow.providers.standard.operators.hitl import ApprovalOperator
    from airflow.sdk.bases.resumablejobmixin import ResumableJobMixin

    class Remote(ResumableJobMixin, BaseOperator):
        """A job elsewhere; `found` is how the second try finds it."""

        def __init__(self, *, found: str, **more: object) -> None:
            super().__init__(**more)
            self.found = found

        def execute(self, context: object) -> object:
            return self.execute_resumable(context)

        def submit_job(self, context: object) -> str:
            return "job-1"

        def get_job_status(self, external_id: object, context: object) -> str:
            return self.found

        def is_job_active(self, status: str) -> bool:
            return status == "active"

        def is_job_succeeded(self, status: str) -> bool:
            return status == "succeeded"

        def poll_until_complete(self, external_id: object, context: object) -> None:
            if context["ti"].try_number < 2:
                raise RuntimeError("the first try fails on purpose")

        def get_job_result(self, external_id: object, context: object) -> None:
            return None

    with dag_of("resumed"):
        for found in ("active", "succeeded", "failed"):
            Remote(task_id=found, found=found, retries=1)

    with dag_of("approval"):
        ApprovalOperator(
            task_id="ask", subject="Go on?", defaults="Approve", response_timeout=timedelta(seconds=25)
        )
