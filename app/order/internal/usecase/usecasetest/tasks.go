package usecasetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runTasks(t *testing.T, open func(t *testing.T) Ports) {
	claim := func(t *testing.T, p Ports, token string, lease time.Duration) []domain.Claim {
		t.Helper()
		claims, err := p.Tasks.Claim(t.Context(), usecase.Lane{Kind: domain.TaskDeduct}, token, 100, lease)
		if err != nil {
			t.Fatal(err)
		}
		return claims
	}
	// eventually claims until there is something, or fails after half a minute.
	eventually := func(t *testing.T, p Ports, token string, lease time.Duration) domain.Claim {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
			if claims := claim(t, p, token, lease); len(claims) == 1 {
				return claims[0]
			}
		}
		t.Fatal("the task never became due")
		return domain.Claim{}
	}
	t.Run("a task is its maker's alone, and then anybody's", func(t *testing.T) {
		p := open(t)
		number := place(t, p).Number()
		pay(t, p, number, "maker")
		if claims := claim(t, p, "relay", time.Minute); len(claims) != 0 {
			t.Fatalf("claimed from under its maker: %+v", claims)
		}
		before := time.Now()
		c := eventually(t, p, "relay", time.Minute)
		if c.Ref != number || c.Token != "relay" || c.Kind != domain.TaskDeduct || c.Attempt != 0 {
			t.Fatalf("claim %+v", c)
		}
		if c.Until.Before(before.Add(time.Minute)) || c.Age < domain.ClaimedFor {
			t.Fatalf("until %s, age %s", c.Until, c.Age)
		}
	})
	t.Run("an unclaimed task is due at once, to one of many", func(t *testing.T) {
		p := open(t)
		const tasks = 30
		for range tasks {
			pay(t, p, place(t, p).Number(), "")
		}
		var mutex sync.Mutex
		seen := map[string]string{}
		parallel(t, 8, func(int) error {
			token := id("token")
			claims, err := p.Tasks.Claim(t.Context(), usecase.Lane{Kind: domain.TaskDeduct}, token, 20, time.Minute)
			mutex.Lock()
			defer mutex.Unlock()
			for _, c := range claims {
				if other, twice := seen[c.Ref]; twice {
					t.Errorf("task %s claimed by %s and %s", c.Ref, other, token)
				}
				seen[c.Ref] = token
			}
			return err
		})
		for _, c := range claim(t, p, id("token"), time.Minute) {
			seen[c.Ref] = c.Token
		}
		if len(seen) != tasks {
			t.Fatalf("%d of %d tasks claimed", len(seen), tasks)
		}
	})
	t.Run("a limit is kept, and kinds are apart", func(t *testing.T) {
		p := open(t)
		for range 3 {
			pay(t, p, place(t, p).Number(), "")
		}
		claims, err := p.Tasks.Claim(t.Context(), usecase.Lane{Kind: domain.TaskDeduct}, "token", 2, time.Minute)
		if err != nil || len(claims) != 2 {
			t.Fatalf("claims %+v, %v", claims, err)
		}
		claims, err = p.Tasks.Claim(t.Context(), usecase.Lane{Kind: domain.TaskRefund}, "token", 2, time.Minute)
		if err != nil || len(claims) != 0 {
			t.Fatalf("claims of another kind %+v, %v", claims, err)
		}
	})
	t.Run("a claim that ran out is another's, and its first holder finishes nothing", func(t *testing.T) {
		p := open(t)
		pay(t, p, place(t, p).Number(), "")
		slow := eventually(t, p, "slow", time.Millisecond)
		eventually(t, p, "next", time.Minute)
		end := domain.TaskEnd{Claim: slow, State: domain.TaskDead, Reason: "late"}
		if err := p.Tasks.End(t.Context(), end); !errors.Is(err, usecase.ErrLeaseLost) {
			t.Fatalf("end: %v", err)
		}
		if err := p.Tasks.Postpone(t.Context(), slow, 0, "late"); !errors.Is(err, usecase.ErrLeaseLost) {
			t.Fatalf("postpone: %v", err)
		}
		if err := p.Tasks.Return(t.Context(), slow); !errors.Is(err, usecase.ErrLeaseLost) {
			t.Fatalf("return: %v", err)
		}
	})
	t.Run("a postponed task comes back with its attempt counted", func(t *testing.T) {
		p := open(t)
		pay(t, p, place(t, p).Number(), "")
		if err := p.Tasks.Postpone(t.Context(), eventually(t, p, "a", time.Minute), time.Hour, "product is away"); err != nil {
			t.Fatal(err)
		}
		if claims := claim(t, p, "b", time.Minute); len(claims) != 0 {
			t.Fatalf("claimed during its pause: %+v", claims)
		}
		pay(t, p, place(t, p).Number(), "")
		if err := p.Tasks.Postpone(t.Context(), eventually(t, p, "c", time.Minute), 0, "again"); err != nil {
			t.Fatal(err)
		}
		if c := eventually(t, p, "d", time.Minute); c.Attempt != 1 {
			t.Fatalf("claim %+v", c)
		}
	})
	t.Run("a task that is given back unbegun is due at once, and no attempt is counted", func(t *testing.T) {
		p := open(t)
		pay(t, p, place(t, p).Number(), "")
		c := eventually(t, p, "a", time.Minute)
		if err := p.Tasks.Return(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for what, again := range map[string]error{
			"returned":  p.Tasks.Return(t.Context(), c),
			"postponed": p.Tasks.Postpone(t.Context(), c, time.Hour, "late"),
			"ended":     p.Tasks.End(t.Context(), domain.TaskEnd{Claim: c, State: domain.TaskDone}),
		} {
			if !errors.Is(again, usecase.ErrLeaseLost) {
				t.Errorf("%s by who gave it back: %v", what, again)
			}
		}
		claims := claim(t, p, "b", time.Minute)
		if len(claims) != 1 || claims[0].Ref != c.Ref || claims[0].Attempt != 0 {
			t.Fatalf("claims %+v", claims)
		}
	})
	t.Run("unfinished tasks are counted with the age of the oldest", func(t *testing.T) {
		p := open(t)
		for range 3 {
			pay(t, p, place(t, p).Number(), "")
		}
		claims, err := p.Tasks.Claim(t.Context(), usecase.Lane{Kind: domain.TaskDeduct}, "token", 2, time.Minute)
		if err != nil || len(claims) != 2 {
			t.Fatalf("claims %+v, %v", claims, err)
		}
		for i, state := range []domain.TaskState{domain.TaskDone, domain.TaskDead} {
			if err := p.Tasks.End(t.Context(), domain.TaskEnd{Claim: claims[i], State: state}); err != nil {
				t.Fatal(err)
			}
		}
		unfinished, err := p.Tasks.Unfinished(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counts := map[domain.TaskState]int64{}
		for _, u := range unfinished {
			if u.Kind != domain.TaskDeduct || u.Oldest < 0 || u.Oldest > time.Minute {
				t.Errorf("unfinished %+v", u)
			}
			counts[u.State] += u.Tasks
		}
		if len(unfinished) != 2 || counts[domain.TaskPending] != 1 || counts[domain.TaskDead] != 1 {
			t.Errorf("unfinished %+v", unfinished)
		}
	})
	t.Run("an ended task never comes back", func(t *testing.T) {
		p := open(t)
		for _, state := range []domain.TaskState{domain.TaskDone, domain.TaskDead} {
			pay(t, p, place(t, p).Number(), "")
			c := eventually(t, p, id("token"), time.Millisecond)
			end := domain.TaskEnd{Claim: c, State: state, Reason: "because"}
			if err := p.Tasks.End(t.Context(), end); err != nil {
				t.Fatal(err)
			}
			if err := p.Tasks.End(t.Context(), end); !errors.Is(err, usecase.ErrLeaseLost) {
				t.Errorf("%s: ended twice: %v", state, err)
			}
		}
		if claims := claim(t, p, "token", time.Minute); len(claims) != 0 {
			t.Fatalf("claims %+v", claims)
		}
	})
}
