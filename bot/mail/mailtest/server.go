// Package mailtest is a local mail server with TLS, for tests.
package mailtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// Server is a local mail server.
type Server struct {
	mu      sync.Mutex
	taken   []Taken
	answers map[string]*smtp.SMTPError // to RCPT, by recipient
	failing bool                       // MAIL is answered with a fault of the server
	stalled chan struct{}              // closed when a mail arrives that is never answered; nil: all are
	over    chan struct{}              // closed at the end of the test

	address string
	roots   *x509.CertPool
}

// Taken is a mail that the server accepted.
type Taken struct {
	From, To string
	Data     []byte // with the line ends of this machine
}

// The ways in which a server encrypts. The first two are schemes of addresses.
const (
	Implicit = "smtps" // from the first byte
	StartTLS = "smtp"
	None     = "none"
)

// user and password are the credentials that a server accepts.
const user, password = "digiwijzer", "s3cret-word"

// New starts a server that encrypts as tlsMode says, and ends with the test.
func New(t testing.TB, tlsMode string) *Server {
	t.Helper()
	s := &Server{answers: map[string]*smtp.SMTPError{}, roots: x509.NewCertPool(), over: make(chan struct{})}
	backend := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	backend.Domain, backend.AllowInsecureAuth = "mail.example.org", true
	backend.ErrorLog = discard{}
	certificate := s.certificate(t)
	if tlsMode != None {
		backend.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.address = listener.Addr().String()
	if tlsMode == Implicit {
		listener = tls.NewListener(listener, backend.TLSConfig)
	}
	done := make(chan error, 1)
	go func() { done <- backend.Serve(listener) }()
	t.Cleanup(func() {
		close(s.over)
		require.NoError(t, backend.Close())
		<-done
	})
	return s
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// certificate makes one for 127.0.0.1, which roots trust.
func (s *Server) certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	s.roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// URL returns the address of the server as a setting names it, with this scheme.
func (s *Server) URL(scheme string) string {
	return fmt.Sprintf("%s://%s:%s@%s", scheme, user, password, s.address)
}

// Roots returns the authority that signed the certificate of the server.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// Mails returns the mails accepted so far, and removes them.
func (s *Server) Mails() []Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.taken)
	s.taken = nil
	return all
}

// Answer makes the server reject a recipient; with code 0 it accepts mail again.
func (s *Server) Answer(recipient string, code int, enhanced [3]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.answers, recipient); code != 0 {
		s.answers[recipient] = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode(enhanced), Message: "no " + recipient}
	}
}

// Fail makes the server answer every mail with a server error, or accept mail again.
func (s *Server) Fail(failing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = failing
}

// Stall makes the server never answer the content of the next mail. The channel is closed when that has arrived.
func (s *Server) Stall() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = make(chan struct{})
	return s.stalled
}

type session struct {
	server *Server
	mail   Taken
	known  bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, word string) error {
		if s.known = name == user && word == password; !s.known {
			return errors.New("wrong password")
		}
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if !s.known {
		return smtp.ErrAuthRequired
	}
	if s.server.failing {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "going down"}
	}
	s.mail.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if refused := s.server.answers[to]; refused != nil {
		return refused
	}
	s.mail.To = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.mail.Data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if stalled := s.server.stalled; stalled != nil {
		s.server.stalled = nil
		close(stalled)
		s.server.mu.Unlock()
		<-s.server.over
		s.server.mu.Lock()
		return smtp.ErrServerClosed
	}
	s.server.taken = append(s.server.taken, s.mail)
	return err
}

func (s *session) Reset()        { s.mail = Taken{} }
func (s *session) Logout() error { return nil }
