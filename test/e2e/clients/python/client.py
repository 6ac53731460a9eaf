"""Sends two rounds of metrics of every kind with OpenTelemetry's own exporter, as the standard variables say."""

import os

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import (
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
    View,
)
from opentelemetry.sdk.resources import Resource

observed = 42
provider = MeterProvider(
    resource=Resource({"service.name": os.environ["CLIENT_NAME"]}),
    metric_readers=[
        PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=float("inf"))
    ],
    views=[
        View(instrument_name="client.duration", aggregation=ExplicitBucketHistogramAggregation([1, 5, 10])),
        View(instrument_name="client.size", aggregation=ExponentialBucketHistogramAggregation()),
    ],
    shutdown_on_exit=False,
)
meter = provider.get_meter("client", "1.2.3")
requests = meter.create_counter("client.requests", "{request}", "Requests.")
big = meter.create_counter("client.big", "By")
cost = meter.create_counter("client.cost", "USD")
queue = meter.create_up_down_counter("client.queue", "{item}")
temperature = meter.create_gauge("client.temperature", "Cel")
meter.create_observable_gauge("client.observed", [lambda _: [Observation(observed)]])
duration = meter.create_histogram("client.duration", "s")
size = meter.create_histogram("client.size", "By")
of_a = {"path": "/a", "ok": True, "code": 200, "list": ["a", "b"]}
of_b = {"path": "/b", "ok": False, "code": 500, "ratio": 0.5}


def flush():
    if not provider.force_flush():
        raise SystemExit("the metrics were not taken")


requests.add(3, of_a)
big.add(9007199254740993)
cost.add(0.5)
queue.add(5)
temperature.set(21.5)
for seconds in (0.5, 3, 3, 20):
    duration.record(seconds)
for bytes_ in (1, 2, 4):
    size.record(bytes_)
flush()

observed = 43
requests.add(7, of_a)
requests.add(4, of_b)
big.add(2)
cost.add(0.25)
queue.add(-2)
temperature.set(-3.25)
duration.record(7)
size.record(0)
size.record(1000)
flush()
