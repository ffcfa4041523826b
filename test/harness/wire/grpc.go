package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// GRPC is a proxy in front of a gRPC server that passes every call on, without knowing
// its messages. Calls do not wait for each other: each can be held or
// delayed alone. Its methods are safe for concurrent use.
type GRPC struct {
	// Addr is where clients connect, as host:port.
	Addr string

	traps  traps
	server *grpc.Server
	target *grpc.ClientConn
	delay  atomic.Int64
	calls  atomic.Int64
}

// NewGRPC starts a proxy on a free port of 127.0.0.1 in front of target, which need
// not be there yet.
func NewGRPC(target string) (*GRPC, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("grpc proxy: %w", err)
	}
	p := &GRPC{Addr: l.Addr().String()}
	p.traps.closed = make(chan struct{})
	p.target, err = grpc.NewClient(target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{})),
		// The proxy must not be what keeps a server that is back from being found.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 1, MaxDelay: 10 * time.Millisecond},
			MinConnectTimeout: time.Second,
		}))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("grpc proxy: %w", err), l.Close())
	}
	p.server = grpc.NewServer(grpc.ForceServerCodecV2(rawCodec{}), grpc.UnknownServiceHandler(p.handle))
	go func() { _ = p.server.Serve(l) }() // ends with Close
	return p, nil
}

// Arm sets a trap for the next count calls whose full method ends in method, as in
// "DeductStock". A call that is cut fails with UNAVAILABLE, as on a broken connection.
func (p *GRPC) Arm(when When, count int, method string) *Trap {
	return p.traps.arm(when, count, func(point any) bool {
		full, ok := point.(string)
		return ok && strings.HasSuffix(full, "/"+method)
	})
}

// Delay makes every call wait for d before it is passed on.
func (p *GRPC) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Calls is how many calls have arrived.
func (p *GRPC) Calls() int64 { return p.calls.Load() }

// Close ends the proxy and all calls through it.
func (p *GRPC) Close() {
	close(p.traps.closed)
	p.server.Stop()
	_ = p.target.Close()
}

// handle passes one call on, of whatever kind.
func (p *GRPC) handle(_ any, client grpc.ServerStream) error {
	p.calls.Add(1)
	ctx, cancel := context.WithCancel(client.Context())
	defer cancel()
	method, _ := grpc.MethodFromServerStream(client)
	if !p.wait(ctx) || !p.pass(ctx, Before, method) {
		return broken(ctx)
	}
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = metadata.NewOutgoingContext(ctx, md)
	}
	server, err := p.target.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	// Ends with the call: either side's end cancels ctx.
	go func() {
		for {
			var request frame
			if client.RecvMsg(&request) != nil {
				_ = server.CloseSend() // the client is done or gone, which ctx tells
				return
			}
			if server.SendMsg(&request) != nil {
				return // the status comes with the answer
			}
		}
	}()
	for first := true; ; first = false {
		var answer frame
		err := server.RecvMsg(&answer)
		if first {
			if !p.pass(ctx, After, method) {
				return broken(ctx)
			}
			if header, headerErr := server.Header(); headerErr == nil && err == nil {
				if err := client.SendHeader(withoutReserved(header)); err != nil {
					return err
				}
			}
		}
		if err != nil {
			client.SetTrailer(server.Trailer())
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := client.SendMsg(&answer); err != nil {
			return err
		}
	}
}

// broken is the error of a call that does not go on.
func broken(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	return status.Error(codes.Unavailable, "the connection broke")
}

func (p *GRPC) pass(ctx context.Context, when When, method string) bool {
	t := p.traps.find(when, method)
	return t == nil || p.traps.hold(t, ctx.Done())
}

// wait lets the configured delay pass, and reports whether the call still lasts.
func (p *GRPC) wait(ctx context.Context) bool {
	d := time.Duration(p.delay.Load())
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-p.traps.closed:
	}
	return false
}

// withoutReserved drops what the server side sets itself.
func withoutReserved(md metadata.MD) metadata.MD {
	md = md.Copy()
	delete(md, "content-type")
	return md
}

// frame is a message that nobody decodes.
type frame struct{ bytes []byte }

type rawCodec struct{}

var _ encoding.CodecV2 = rawCodec{}

// Name makes the content type application/grpc+proto, which servers know.
func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	f, ok := v.(*frame)
	if !ok {
		return nil, fmt.Errorf("%T is no frame", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(f.bytes)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	f, ok := v.(*frame)
	if !ok {
		return io.ErrUnexpectedEOF
	}
	f.bytes = data.Materialize()
	return nil
}
