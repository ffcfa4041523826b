package signals

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// countWithin is how long counting tasks may take when somebody asks for metrics.
const countWithin = 2 * time.Second

// WatchTasks adds two gauges that are counted when the metrics are read: how many
// tasks are not done, and how old the oldest is, by kind, lane and state. Dead ones
// must be none; old pending ones mean that something is stuck.
func WatchTasks(meter metric.Meter, tasks usecase.Tasks) error {
	count, err := meter.Int64ObservableGauge("stockonce.tasks.unfinished",
		metric.WithDescription("tasks that are not done, by kind, lane and state"))
	if err != nil {
		return fmt.Errorf("tasks gauge: %w", err)
	}
	age, err := meter.Float64ObservableGauge("stockonce.tasks.oldest", metric.WithUnit("s"),
		metric.WithDescription("age of the oldest task that is not done, by kind, lane and state"))
	if err != nil {
		return fmt.Errorf("age gauge: %w", err)
	}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		ctx, cancel := context.WithTimeout(ctx, countWithin)
		defer cancel()
		unfinished, err := tasks.Unfinished(ctx)
		if err != nil {
			// A database that is away has its own alarm; the other metrics must still be read.
			return nil
		}
		for _, u := range unfinished {
			by := metric.WithAttributes(attribute.String("kind", string(u.Kind)),
				attribute.String("lane", u.Name), attribute.String("state", string(u.State)))
			o.ObserveInt64(count, u.Tasks, by)
			o.ObserveFloat64(age, u.Oldest.Seconds(), by)
		}
		return nil
	}, count, age)
	if err != nil {
		return fmt.Errorf("watch tasks: %w", err)
	}
	return nil
}
