package pgtest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Proxy stands between a program, or a standby, and a server. It knows just enough of the
// protocol to see a COMMIT that succeeded
// (https://www.postgresql.org/docs/15/protocol-message-formats.html).
type Proxy struct {
	Address  string // of the database through it
	folder   string // with its socket
	listener net.Listener
	server   string // socket

	mu   sync.Mutex
	cut  int // how many replies to COMMIT are still to be cut off
	cuts int // how many were
	open map[net.Conn]bool
	lost chan struct{} // closed when the network is there again; nil: it is there
}

// NewProxy returns a proxy in front of a database, until the test has ended.
func NewProxy(t testing.TB, address string) *Proxy {
	t.Helper()
	c, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	folder, err := os.MkdirTemp("", "dwproxy")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(folder, 0o755)) // the account of a standby is another
	p := &Proxy{folder: folder, server: filepath.Join(c.Host, ".s.PGSQL.5432"), open: map[net.Conn]bool{}}
	p.listener, err = net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	require.NoError(t, err)
	p.Address = "postgres:///" + c.Database + "?" + url.Values{"host": {folder}, "user": {c.User}}.Encode()
	require.NoError(t, os.Chmod(filepath.Join(folder, ".s.PGSQL.5432"), 0o777))
	go p.accept()
	t.Cleanup(func() {
		_ = p.listener.Close()
		p.Heal()
		p.Break()
		_ = os.RemoveAll(folder)
	})
	return p
}

// CutCommits loses the next replies to COMMIT, each with its connection.
func (p *Proxy) CutCommits(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = n
}

// Cuts returns how many replies were lost.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// Break closes every connection.
func (p *Proxy) Break() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
}

// Partition keeps back everything that is sent, in both directions, until Heal. As in a network
// that fails, nobody is told: connections stay open, new ones get no answer, and what was sent
// arrives late.
func (p *Proxy) Partition() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost == nil {
		p.lost = make(chan struct{})
	}
}

// Heal ends a partition.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost != nil {
		close(p.lost)
		p.lost = nil
	}
}

// pass returns when the network is there.
func (p *Proxy) pass() {
	p.mu.Lock()
	lost := p.lost
	p.mu.Unlock()
	if lost != nil {
		<-lost
	}
}

// passing writes when the network is there.
type passing struct {
	io.Writer
	p *Proxy
}

func (w passing) Write(b []byte) (int, error) {
	w.p.pass()
	return w.Writer.Write(b)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(client)
	}
}

func (p *Proxy) serve(client net.Conn) {
	p.pass()
	server, err := net.Dial("unix", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.open[client], p.open[server] = true, true
	p.mu.Unlock()
	go func() {
		_, _ = io.Copy(passing{server, p}, client)
		p.pass()
		_ = server.Close()
	}()
	_ = p.answers(client, server)
	_ = client.Close()
	_ = server.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, client)
	delete(p.open, server)
}

// errCut ends a connection whose COMMIT was acknowledged.
var errCut = errors.New("cut")

// answers forwards what the server sends, message by message.
func (p *Proxy) answers(client io.Writer, server io.Reader) error {
	head := make([]byte, 5) // type and length, which counts itself
	for {
		if _, err := io.ReadFull(server, head); err != nil {
			return err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return err
		}
		if head[0] == 'C' && string(body) == "COMMIT\x00" && p.takeCut() {
			return errCut
		}
		p.pass()
		if _, err := client.Write(append(head[:5:5], body...)); err != nil {
			return err
		}
	}
}

func (p *Proxy) takeCut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut == 0 {
		return false
	}
	p.cut--
	p.cuts++
	return true
}
