package wire_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness/wire"
)

// echo is a server that counts the bytes it gets and sends them back with its name.
func echo(t *testing.T, name string) (addr string, got *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got = &atomic.Int64{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				buffer := make([]byte, 1024)
				for {
					n, err := c.Read(buffer)
					if err != nil {
						return
					}
					got.Add(int64(n))
					_, _ = c.Write([]byte(name + string(buffer[:n])))
				}
			}()
		}
	}()
	return l.Addr().String(), got
}

func through(t *testing.T, targets ...string) *wire.TCP {
	t.Helper()
	p, err := wire.NewTCP(targets...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func dial(t *testing.T, p *wire.TCP) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends text and returns what comes back within d.
func ask(c net.Conn, text string, d time.Duration) (string, error) {
	if _, err := c.Write([]byte(text)); err != nil {
		return "", err
	}
	_ = c.SetReadDeadline(time.Now().Add(d))
	buffer := make([]byte, 1024)
	n, err := c.Read(buffer)
	return string(buffer[:n]), err
}

func TestConnectionsAreSpreadOverTheServersThatAreThere(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	a, _ := echo(t, "a:")
	b, _ := echo(t, "b:")
	p := through(t, a, gone.Addr().String(), b)
	heard := map[string]bool{}
	for range 6 {
		answer, err := ask(dial(t, p), "x", 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		heard[answer] = true
	}
	if !heard["a:x"] || !heard["b:x"] {
		t.Errorf("heard %v", heard)
	}
}

func TestAMutedServerWorksAndNobodyHearsOfIt(t *testing.T) {
	addr, got := echo(t, "")
	p := through(t, addr)
	c := dial(t, p)
	if answer, err := ask(c, "one", 5*time.Second); err != nil || answer != "one" {
		t.Fatal(answer, err)
	}
	p.Mute(true)
	if answer, err := ask(c, "two", 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(answer, err)
	}
	if got.Load() != 6 {
		t.Errorf("the server got %d bytes", got.Load())
	}
	p.Mute(false)
	if answer, err := ask(c, "three", 5*time.Second); err == nil {
		t.Errorf("a stream with a hole goes on: %q", answer)
	}
	if answer, err := ask(dial(t, p), "four", 5*time.Second); err != nil || answer != "four" {
		t.Error(answer, err)
	}
}

func TestCutConnectionsAreGoneAndNewOnesWork(t *testing.T) {
	addr, _ := echo(t, "")
	p := through(t, addr)
	c := dial(t, p)
	if _, err := ask(c, "one", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	p.Cut()
	if answer, err := ask(c, "two", 5*time.Second); err == nil {
		t.Errorf("a cut connection answers %q", answer)
	}
	p.Refuse(true)
	if answer, err := ask(dial(t, p), "three", 5*time.Second); err == nil {
		t.Errorf("a refused connection answers %q", answer)
	}
	p.Refuse(false)
	if answer, err := ask(dial(t, p), "four", 5*time.Second); err != nil || answer != "four" {
		t.Error(answer, err)
	}
}

func TestADelayHoldsWhatIsSent(t *testing.T) {
	addr, _ := echo(t, "")
	p := through(t, addr)
	c := dial(t, p)
	p.Delay(50 * time.Millisecond)
	begin := time.Now()
	answer, err := ask(c, strings.Repeat("x", 10), 5*time.Second)
	if took := time.Since(begin); err != nil || len(answer) != 10 || took < 50*time.Millisecond {
		t.Error(answer, err, took)
	}
}
