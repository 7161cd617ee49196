package telegramtest

import (
	"context"
	"net"
	"net/http"
	"time"
)

// pipeServer serves HTTP over pipes in memory.
type pipeServer struct {
	http  *http.Server
	conns chan net.Conn
	done  chan struct{}
	ended chan struct{}
}

func newPipeServer(handler http.Handler, base func(net.Listener) context.Context, idle time.Duration) *pipeServer {
	p := &pipeServer{http: &http.Server{Handler: handler, BaseContext: base}, conns: make(chan net.Conn), done: make(chan struct{}), ended: make(chan struct{})}
	p.http.IdleTimeout = max(idle, 0)
	p.http.SetKeepAlivesEnabled(idle >= 0)
	go func() {
		defer close(p.ended)
		_ = p.http.Serve(p) // ends with Close
	}()
	return p
}

func (p *pipeServer) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipeServer) close() {
	close(p.done)
	_ = p.http.Close()
	<-p.ended
}

// Accept implements net.Listener.
func (p *pipeServer) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close does nothing: close ends the server.
func (p *pipeServer) Close() error { return nil }

// Addr implements net.Listener.
func (p *pipeServer) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
