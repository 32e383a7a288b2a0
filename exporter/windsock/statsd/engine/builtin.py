"""The families that statsd_exporter has before the first line: about itself, Go and its process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from windsock.statsd.engine.numbers import format_float
from windsock.statsd.engine.tally import Tally

_GO_GAUGES = (
    "gc_gogc_percent gc_gomemlimit_bytes goroutines info sched_gomaxprocs_threads threads"
    " memstats_alloc_bytes memstats_buck_hash_sys_bytes memstats_gc_sys_bytes memstats_heap_alloc_bytes"
    " memstats_heap_idle_bytes memstats_heap_inuse_bytes memstats_heap_objects"
    " memstats_heap_released_bytes memstats_heap_sys_bytes memstats_last_gc_time_seconds"
    " memstats_mcache_inuse_bytes memstats_mcache_sys_bytes memstats_mspan_inuse_bytes"
    " memstats_mspan_sys_bytes memstats_next_gc_bytes memstats_other_sys_bytes"
    " memstats_stack_inuse_bytes memstats_stack_sys_bytes memstats_sys_bytes"
)
_GO_COUNTERS = "memstats_alloc_bytes_total memstats_frees_total memstats_mallocs_total"
_PROCESS_GAUGES = (
    "max_fds open_fds resident_memory_bytes start_time_seconds virtual_memory_bytes virtual_memory_max_bytes"
)
_PROCESS_COUNTERS = "cpu_seconds_total network_receive_bytes_total network_transmit_bytes_total"
_SCALARS = {
    "event_queue_flushed_total": "Batches of events handed on.",
    "events_unmapped_total": "Events that no rule took.",
    "lines_total": "Lines received.",
    "samples_total": "Samples received.",
    "tag_errors_total": "Tags that could not be read.",
    "tags_total": "Samples with tags.",
    "tcp_connection_errors_total": "Errors of TCP connections.",
    "tcp_connections_total": "TCP connections.",
    "tcp_too_long_lines_total": "Lines over TCP that were too long.",
    "udp_packet_drops_total": "UDP packets that were dropped.",
    "udp_packets_total": "UDP packets received.",
    "unixgram_packets_total": "Packets received over a Unix socket.",
}
# These appear with their first label.
_VECTORS = {
    "config_reloads_total": "Reloads of the mapping by outcome.",
    "events_actions_total": "Events with a rule by action.",
    "events_conflict_total": "Events whose family has another type.",
    "events_error_total": "Events that were refused by reason.",
    "events_total": "Events that became part of a series.",
    "sample_errors_total": "Samples that were refused by reason.",
}
_PREFIX = "statsd_exporter_"
_CACHE = "statsd_metric_mapper_cache_"
BUILTIN: Mapping[str, str] = {
    **{f"go_{name}": "gauge" for name in _GO_GAUGES.split()},
    **{f"go_{name}": "counter" for name in _GO_COUNTERS.split()},
    "go_gc_duration_seconds": "summary",
    **{f"process_{name}": "gauge" for name in _PROCESS_GAUGES.split()},
    **{f"process_{name}": "counter" for name in _PROCESS_COUNTERS.split()},
    "promhttp_metric_handler_requests_in_flight": "gauge",
    "promhttp_metric_handler_requests_total": "counter",
    **{_PREFIX + name: "counter" for name in (*_SCALARS, *_VECTORS)},
    f"{_PREFIX}build_info": "gauge",
    f"{_PREFIX}loaded_mappings": "gauge",
    f"{_PREFIX}metrics_total": "gauge",
    f"{_CACHE}gets_total": "counter",
    f"{_CACHE}hits_total": "counter",
    f"{_CACHE}length": "gauge",
}


def own_families(tally: Tally, known: int) -> Iterator[tuple[str, list[str]]]:
    """Each family of its own that the tally feeds, as lines of the text format.

    What listeners count (packets, connections) and what Go and the process show is not here.
    """
    scalars = {
        "events_unmapped_total": tally.unmapped,
        "lines_total": tally.lines,
        "samples_total": tally.samples,
        "tag_errors_total": tally.tag_errors,
        "tags_total": tally.tags,
    }
    for name, value in scalars.items():
        yield _family(_PREFIX + name, _SCALARS[name], {"": value})
    for name, label, counts in (
        ("config_reloads_total", "outcome", tally.reloads),
        ("events_actions_total", "action", tally.actions),
        ("events_error_total", "reason", tally.errors),
        ("events_total", "type", tally.events),
        ("sample_errors_total", "reason", tally.sample_errors),
    ):
        if counts:
            labelled = {f'{{{label}="{key}"}}': count for key, count in counts.items()}
            yield _family(_PREFIX + name, _VECTORS[name], labelled)
    if tally.conflicts:
        pairs = {
            f'{{metric_name="{name}",type="{kind}"}}': count
            for (kind, name), count in tally.conflicts.items()
        }
        yield _family(f"{_PREFIX}events_conflict_total", _VECTORS["events_conflict_total"], pairs)
    if tally.vectors:
        vectors = {f'{{type="{of}"}}': count for of, count in tally.vectors.items()}
        yield _family(f"{_PREFIX}metrics_total", "Sets of label names by type.", vectors)
    yield _family(f"{_PREFIX}loaded_mappings", "Rules of the mapping.", {"": tally.loaded})
    yield _family(f"{_CACHE}gets_total", "Names looked up.", {"": tally.gets})
    yield _family(f"{_CACHE}hits_total", "Names looked up that were known.", {"": tally.hits})
    yield _family(f"{_CACHE}length", "Names known.", {"": known})


def listener_families(counts: Mapping[str, float]) -> Iterator[tuple[str, list[str]]]:
    """Families about sockets, by their names without `statsd_exporter_`."""
    for name, value in counts.items():
        yield _family(_PREFIX + name, _SCALARS[name], {"": value})


def _family(name: str, text: str, values: Mapping[str, float]) -> tuple[str, list[str]]:
    rows = [f"{name}{labels} {format_float(value)}\n" for labels, value in sorted(values.items())]
    return name, [f"# HELP {name} {text}\n", f"# TYPE {name} {BUILTIN[name]}\n", *rows]
