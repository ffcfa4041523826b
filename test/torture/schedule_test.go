package main

import (
	"slices"
	"testing"
	"time"
)

func TestTheSameSeedMakesTheSameChaosAndTheSameCustomers(t *testing.T) {
	const length = 2 * time.Minute
	if !slices.Equal(newSchedule(7, length, true), newSchedule(7, length, true)) {
		t.Error("two schedules of one seed differ")
	}
	if slices.Equal(newSchedule(7, length, true), newSchedule(8, length, true)) {
		t.Error("the schedules of two seeds are the same")
	}
	same := func(a, b plan) bool {
		return slices.Equal(a.lines, b.lines) && a.deed == b.deed && a.provider == b.provider && a.wait == b.wait && a.at == b.at
	}
	if !slices.EqualFunc(newPlans(7, length, 20), newPlans(7, length, 20), same) {
		t.Error("two crowds of customers of one seed differ")
	}
	if slices.EqualFunc(newPlans(7, length, 20), newPlans(8, length, 20), same) {
		t.Error("the customers of two seeds are the same")
	}
	if !slices.Equal(newDeliveries(7, length), newDeliveries(7, length)) {
		t.Error("two sets of deliveries of one seed differ")
	}
}

func TestAVictimHasOneThingHappenAtATimeAndAllEndsInTime(t *testing.T) {
	const length = 10 * time.Minute
	free := map[string]time.Duration{}
	for _, a := range newSchedule(3, length, true) {
		if a.at < free[a.victim] {
			t.Errorf("%s: %s at %s, and it is busy until %s", a.victim, a.kind, a.at, free[a.victim])
		}
		free[a.victim] = a.at + a.lasts
		if free[a.victim] > length {
			t.Errorf("%s: %s lasts until %s", a.victim, a.kind, free[a.victim])
		}
	}
}

func TestTwoMinutesHaveEveryKindOfChaosAndEveryKindOfCustomer(t *testing.T) {
	for seed := range uint64(20) {
		missing := map[string]bool{}
		for _, kind := range blows {
			missing[kind] = true
		}
		for _, d := range deeds {
			missing[string(d.deed)] = true
		}
		missing["a replica of order stands still past its lease"] = true
		missing["replies are dropped past a lease"] = true
		for _, a := range newSchedule(seed, 2*time.Minute, true) {
			delete(missing, a.kind)
			if a.lasts > lease && a.kind == stopped && slices.Contains(orders, a.victim) {
				delete(missing, "a replica of order stands still past its lease")
			}
			if a.lasts > lease && a.kind == muted {
				delete(missing, "replies are dropped past a lease")
			}
		}
		for _, p := range newPlans(seed, 2*time.Minute, 25) {
			delete(missing, string(p.deed))
		}
		if len(missing) > 0 {
			t.Errorf("seed %d has none of %v", seed, missing)
		}
	}
}

func TestNoClockIsSetWhereNoneCanBe(t *testing.T) {
	for _, a := range newSchedule(1, 10*time.Minute, false) {
		if a.kind == jumped {
			t.Fatalf("%+v", a)
		}
	}
}
