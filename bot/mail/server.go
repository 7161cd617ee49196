package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"digiwijzer/bot/secret"
)

// The ports of mail submission: with TLS from the first byte (RFC 8314, section 3.3) and with
// STARTTLS (RFC 6409, section 3.1).
const (
	portTLS      = 465
	portSTARTTLS = 587
)

// sendTimeout bounds every exchange with the server.
const sendTimeout = 20 * time.Second

// Server is a mail server with TLS, as returned by ParseServer.
type Server struct {
	host     string
	port     int
	implicit bool // TLS from the first byte; otherwise STARTTLS, which is mandatory
	user     string
	password secret.Value
	// Roots are the trusted authorities for the server's certificate; nil: those of the machine.
	Roots *x509.CertPool
}

// ErrServer is the error for an address that is not that of a mail server with TLS. It contains nothing of the
// address, which may have a password in it.
var ErrServer = errors.New("want smtps://user:password@host:465 or smtp://user:password@host:587")

// ParseServer parses an address: smtps:// for TLS from the first byte, smtp:// for mandatory STARTTLS. User and
// password may be left out, for a server that accepts mail from this machine.
func ParseServer(address secret.Value) (Server, error) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return Server{}, ErrServer
	}
	s := Server{host: u.Hostname()}
	switch u.Scheme {
	case "smtps":
		s.port, s.implicit = portTLS, true
	case "smtp":
		s.port = portSTARTTLS
	default:
		return Server{}, ErrServer
	}
	if text := u.Port(); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil || port == 0 {
			return Server{}, ErrServer
		}
		s.port = int(port)
	}
	password, _ := u.User.Password()
	s.user, s.password = u.User.Username(), secret.New(password)
	if (s.user == "") != s.password.Empty() {
		return Server{}, ErrServer
	}
	return s, nil
}

// String returns the server without user and password.
func (s Server) String() string { return s.host + ":" + strconv.Itoa(s.port) }

// connection is a connection to a server that accepts mail.
type connection struct {
	*gomail.Client
	raw  net.Conn
	stop func() bool // stops waiting for the end of the context
}

// Close ends the connection.
func (c *connection) Close() error {
	err := c.Client.Close()
	c.stop()
	return err
}

// dial connects, encrypts and signs in. When ctx ends the connection is closed, since the client waits up to
// sendTimeout for every answer.
func (s Server) dial(ctx context.Context) (*connection, error) {
	c := &connection{}
	config := &tls.Config{ServerName: s.host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	connect := func(dialing context.Context, network, address string) (net.Conn, error) {
		var dialer net.Dialer
		raw, err := dialer.DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		c.raw, c.stop = raw, context.AfterFunc(ctx, func() { _ = raw.Close() })
		if !s.implicit {
			return raw, nil
		}
		encrypted := tls.Client(raw, config)
		return encrypted, encrypted.HandshakeContext(dialing)
	}
	options := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(sendTimeout), gomail.WithTLSConfig(config), gomail.WithDialContextFunc(connect)}
	if s.implicit {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic)) // connect has encrypted it
	} else {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.password.Reveal()))
	}
	host := s.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	var err error
	if c.Client, err = gomail.NewClient(host, options...); err != nil {
		return nil, err
	}
	if err := c.DialWithContext(ctx); err != nil {
		if c.raw != nil { // the client leaves it open
			c.stop()
			_ = c.raw.Close()
		}
		return nil, fmt.Errorf("mail server %s: %w", s, err)
	}
	return c, nil
}

// refusal is the answer of a server that rejects a mail for an address.
type refusal struct {
	code  string // "550 5.1.1": without the server's text, which repeats the address
	final bool   // a retry is useless
}

func (r refusal) Error() string { return "the mail server answered " + r.code }

// send sends one message. The error is a refusal if the server rejects this message or its recipient; any other is
// about the server or the connection.
func send(client *connection, m *gomail.Msg) error {
	err := client.Send(m)
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Reason == gomail.ErrSMTPReset {
		return nil // the message was accepted before
	}
	code := failed.ErrorCode()
	if code == 0 || failed.Reason == gomail.ErrSMTPMailFrom || failed.Reason == gomail.ErrConnCheck {
		return errors.New(failed.Reason.String() + status(code)) // without recipients
	}
	text := strconv.Itoa(code)
	if enhanced := failed.EnhancedStatusCode(); enhanced != "" {
		text += " " + enhanced
	}
	return refusal{text, code >= 500}
}

func status(code int) string {
	if code == 0 {
		return ""
	}
	return " (" + strconv.Itoa(code) + ")"
}

// ErrAddress is the error for a text that is not one mail address.
var ErrAddress = errors.New("not a mail address")

// maxAddress is the maximum length of an address (RFC 5321, section 4.5.3.1.3).
const maxAddress = 254

// ParseAddress parses an address of a person, such as name@example.org. A display name, more than one address, a
// comment, a control character or a host without a dot is refused.
func ParseAddress(text string) (string, error) {
	text = strings.TrimSpace(text)
	parsed, err := netmail.ParseAddress(text)
	if err != nil || len(text) > maxAddress || parsed.Name != "" || parsed.Address != text || !plain(text) {
		return "", ErrAddress
	}
	at := strings.LastIndexByte(text, '@')
	if !hostForm.MatchString(text[at+1:]) {
		return "", ErrAddress
	}
	return text[:at] + strings.ToLower(text[at:]), nil
}

// hostForm is a host name of at least two parts, as domains are registered.
var hostForm = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z0-9]$`)

// plain reports whether a text has nothing but visible ASCII characters without a special meaning in mail: servers
// need not accept others (RFC 6531).
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>(),;:\"`, r) })
}

// ParseSender parses the address mail comes from, with or without a name:
// Digiwijzer <digiwijzer@example.org>.
func ParseSender(text string) (netmail.Address, error) {
	parsed, err := netmail.ParseAddress(text)
	if err != nil || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return netmail.Address{}, ErrAddress
	}
	if parsed.Address, err = ParseAddress(parsed.Address); err != nil {
		return netmail.Address{}, err
	}
	return *parsed, nil
}
