// Sends two rounds of metrics of every kind with OpenTelemetry's own exporter, as the standard variables say.
package main

import (
	"context"
	"log"
	"os"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	view := func(name string, aggregation sdk.Aggregation) sdk.View {
		return sdk.NewView(sdk.Instrument{Name: name}, sdk.Stream{Aggregation: aggregation})
	}
	provider := sdk.NewMeterProvider(
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", os.Getenv("CLIENT_NAME")))),
		sdk.WithReader(sdk.NewPeriodicReader(must(otlpmetrichttp.New(ctx)), sdk.WithInterval(time.Hour))),
		sdk.WithView(
			view("client.duration", sdk.AggregationExplicitBucketHistogram{Boundaries: []float64{1, 5, 10}}),
			view("client.size", sdk.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}),
		),
	)
	meter := provider.Meter("client", metric.WithInstrumentationVersion("1.2.3"))
	requests := must(meter.Int64Counter("client.requests", metric.WithUnit("{request}"), metric.WithDescription("Requests.")))
	big := must(meter.Int64Counter("client.big", metric.WithUnit("By")))
	cost := must(meter.Float64Counter("client.cost", metric.WithUnit("USD")))
	queue := must(meter.Int64UpDownCounter("client.queue", metric.WithUnit("{item}")))
	temperature := must(meter.Float64Gauge("client.temperature", metric.WithUnit("Cel")))
	var observed atomic.Int64
	observe := func(_ context.Context, observer metric.Int64Observer) error {
		observer.Observe(observed.Load())
		return nil
	}
	must(meter.Int64ObservableGauge("client.observed", metric.WithInt64Callback(observe)))
	duration := must(meter.Float64Histogram("client.duration", metric.WithUnit("s")))
	size := must(meter.Int64Histogram("client.size", metric.WithUnit("By")))
	ofA := metric.WithAttributes(
		attribute.String("path", "/a"), attribute.Bool("ok", true), attribute.Int("code", 200), attribute.StringSlice("list", []string{"a", "b"}),
	)
	ofB := metric.WithAttributes(
		attribute.String("path", "/b"), attribute.Bool("ok", false), attribute.Int("code", 500), attribute.Float64("ratio", 0.5),
	)
	flush := func() {
		if err := provider.ForceFlush(ctx); err != nil {
			log.Fatal(err)
		}
	}

	observed.Store(42)
	requests.Add(ctx, 3, ofA)
	big.Add(ctx, 9007199254740993)
	cost.Add(ctx, 0.5)
	queue.Add(ctx, 5)
	temperature.Record(ctx, 21.5)
	for _, seconds := range []float64{0.5, 3, 3, 20} {
		duration.Record(ctx, seconds)
	}
	for _, bytes := range []int64{1, 2, 4} {
		size.Record(ctx, bytes)
	}
	flush()

	observed.Store(43)
	requests.Add(ctx, 7, ofA)
	requests.Add(ctx, 4, ofB)
	big.Add(ctx, 2)
	cost.Add(ctx, 0.25)
	queue.Add(ctx, -2)
	temperature.Record(ctx, -3.25)
	duration.Record(ctx, 7)
	size.Record(ctx, 0)
	size.Record(ctx, 1000)
	flush()
}
