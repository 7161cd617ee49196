package signin

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"digiwijzer/bot/staff/people"
	"digiwijzer/bot/web/frame"
	"digiwijzer/store/staffdb"
)

// errNoHost is the error if passkeys cannot work: browsers support them on https and on localhost only.
var errNoHost = errors.New("passkeys need https or localhost")

// errCopied is the error for a passkey whose counter went back: a copy of it exists.
var errCopied = errors.New("somebody seems to have a copy of the passkey")

// party returns the relying party for passkeys: the host of the public address, or localhost. User verification by a
// finger, a face or a code is required.
func (s *SignIn) party(r *http.Request) (*webauthn.WebAuthn, error) {
	origin, err := s.ownOrigin(r)
	if err != nil {
		return nil, err
	}
	return webauthn.New(&webauthn.Config{
		RPID:          origin.Hostname(),
		RPDisplayName: "Digiwijzer",
		RPOrigins:     []string{origin.String()},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
		AttestationPreference: protocol.PreferNoAttestation,
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyAge},
			Registration: webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyAge},
		},
	})
}

// ownOrigin returns the origin of the site. Without a public address only this machine can
// reach it, as localhost.
func (s *SignIn) ownOrigin(r *http.Request) (*url.URL, error) {
	if s.opts.PublicURL != "" {
		u, err := url.Parse(s.opts.PublicURL)
		if err != nil || !SafeSite(s.opts.PublicURL) {
			return nil, errors.Join(errNoHost, err)
		}
		return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if host != "localhost" {
		return nil, errNoHost
	}
	return &url.URL{Scheme: "http", Host: r.Host}, nil
}

// holder is an account in the form of the WebAuthn library.
type holder struct {
	people.Keyholder
	credentials []webauthn.Credential
}

var _ webauthn.User = holder{}

func newHolder(k people.Keyholder) (holder, error) {
	h := holder{Keyholder: k}
	for _, key := range k.Keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(key.Credential), &c); err != nil {
			return h, err
		}
		h.credentials = append(h.credentials, c)
	}
	return h, nil
}

func (h holder) WebAuthnID() []byte                         { return h.Handle }
func (h holder) WebAuthnName() string                       { return h.Name }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// reply is what the script receives.
type reply struct {
	Options any    `json:"options,omitempty"` // for navigator.credentials
	Name    string `json:"name,omitempty"`    // of who is invited
	Next    string `json:"next,omitempty"`    // the address to go to
	Error   string `json:"error,omitempty"`   // in the language of the page
}

func (s *SignIn) reply(w http.ResponseWriter, status int, answer reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client may have disconnected
}

// refuse answers a failed step: a user error with a line on what to do, and a storage error as such.
func (s *SignIn) refuse(w http.ResponseWriter, r *http.Request, err error) {
	words, status, id := s.opts.Frame.Words(r), http.StatusForbidden, "signin.bad.passkey"
	var answer *protocol.Error
	switch {
	case errors.Is(err, errNoHost):
		status, id = http.StatusBadRequest, "signin.bad.host"
	case errors.Is(err, errCeremony), errors.Is(err, people.ErrSpent):
		id = "signin.bad.late"
	case errors.Is(err, people.ErrNoInvitation):
		id = "signin.bad.invitation"
	case errors.Is(err, errCopied):
		id = "signin.bad.copied"
	case errors.As(err, &answer), errors.Is(err, people.ErrNoPerson), errors.Is(err, staffdb.ErrNoAccount):
	default:
		s.opts.Log.Error("sign-in failed", "error", err)
		s.reply(w, http.StatusServiceUnavailable, reply{Error: words.T("signin.bad.busy")})
		return
	}
	if !s.mayTry(w, r, "sign-in refused") {
		status, id = http.StatusTooManyRequests, "signin.bad.often"
	}
	s.reply(w, status, reply{Error: words.T(id)})
}

// register begins the registration of a passkey and returns what the browser needs.
func (s *SignIn) register(w http.ResponseWriter, r *http.Request, kind string, k people.Keyholder, c ceremony) (any, error) {
	party, err := s.party(r)
	if err != nil {
		return nil, err
	}
	h, err := newHolder(k)
	if err != nil {
		return nil, err
	}
	options, data, err := party.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, err
	}
	if c.WebAuth, err = json.Marshal(data); err != nil {
		return nil, err
	}
	return options.Response, s.begin(w, kind, c)
}

// registered verifies the passkey that a browser created.
func (s *SignIn) registered(r *http.Request, k people.Keyholder, c ceremony) (a people.Answer, err error) {
	party, data, err := s.answered(r, c)
	if err != nil {
		return a, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBody(r.Body)
	if err != nil {
		return a, err
	}
	h, err := newHolder(k)
	if err != nil {
		return a, err
	}
	credential, err := party.CreateCredential(h, data, parsed)
	if err != nil {
		return a, err
	}
	return s.answer(r, c, data, credential)
}

// answered returns the challenge of a ceremony.
func (s *SignIn) answered(r *http.Request, c ceremony) (party *webauthn.WebAuthn, data webauthn.SessionData, err error) {
	if party, err = s.party(r); err != nil {
		return nil, data, err
	}
	return party, data, json.Unmarshal(c.WebAuth, &data)
}

func (s *SignIn) answer(r *http.Request, c ceremony, data webauthn.SessionData, credential *webauthn.Credential) (people.Answer, error) {
	stored, err := json.Marshal(credential)
	device := deviceOf(r)
	return people.Answer{Challenge: []byte(data.Challenge), Expires: c.Expires, Device: device,
		Key: staffdb.Passkey{ID: credential.ID, Name: device, Credential: string(stored)}}, err
}

// signInView is the sign-in page.
type signInView struct {
	frame.Words
	Next     string // the query of the forms
	Provider bool
	Down     bool // the provider cannot be reached
	Token    bool // a shared token exists too
	Problem  string
}

func (s *SignIn) signInPage(w http.ResponseWriter, r *http.Request) {
	s.showSignIn(w, r, http.StatusOK, "")
}

// showSignIn shows the sign-in page; problem is the id of a text, or empty.
func (s *SignIn) showSignIn(w http.ResponseWriter, r *http.Request, status int, problem string) {
	words := s.opts.Frame.Words(r)
	view := signInView{Words: words, Next: nextQuery(r, words), Provider: s.opts.Provider != nil, Token: s.opts.Shared != nil, Problem: problem}
	s.page(w, r, status, "signin", view, words.T("signin.title"))
}

// nextQuery returns the query string that keeps language and destination.
func nextQuery(r *http.Request, words frame.Words) string {
	query := url.Values{}
	if to := r.URL.Query().Get("naar"); to != "" && len(to) <= maxNext {
		query.Set("naar", to)
	}
	if words.Query != "" {
		query.Set("lang", words.Lang)
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

// beginSignIn requests any passkey of ours: nobody types a name, so the response reveals no accounts.
func (s *SignIn) beginSignIn(w http.ResponseWriter, r *http.Request) {
	options, err := func() (any, error) {
		party, err := s.party(r)
		if err != nil {
			return nil, err
		}
		options, data, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, err
		}
		c := ceremony{Next: r.URL.Query().Get("naar")}
		if len(c.Next) > maxNext {
			c.Next = ""
		}
		if c.WebAuth, err = json.Marshal(data); err != nil {
			return nil, err
		}
		return options.Response, s.begin(w, entering, c)
	}()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.reply(w, http.StatusOK, reply{Options: options})
}

func (s *SignIn) finishSignIn(w http.ResponseWriter, r *http.Request) {
	next, err := s.signInWithPasskey(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.reply(w, http.StatusOK, reply{Next: next})
}

func (s *SignIn) signInWithPasskey(w http.ResponseWriter, r *http.Request) (next string, err error) {
	c, err := s.under(r, entering)
	if err != nil {
		return "", err
	}
	party, data, err := s.answered(r, c)
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(r.Body)
	if err != nil {
		return "", err
	}
	user, credential, err := party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		k, err := s.opts.People.Keyholder(r.Context(), "", handle)
		if err != nil {
			return nil, err
		}
		return newHolder(k)
	}, data, parsed)
	if err != nil {
		return "", err
	}
	id := user.(holder).Account.ID
	if credential.Authenticator.CloneWarning {
		return "", errors.Join(errCopied, s.opts.People.Copied(r.Context(), id))
	}
	a, err := s.answer(r, c, data, credential)
	if err != nil {
		return "", err
	}
	token, p, err := s.opts.People.SignIn(r.Context(), id, a)
	if err != nil {
		return "", err
	}
	return s.next(c.Next, p, s.opts.Frame.Words(r)), s.enter(w, r, token)
}

func (s *SignIn) invitePage(w http.ResponseWriter, r *http.Request) {
	words := s.opts.Frame.Words(r)
	s.page(w, r, http.StatusOK, "invite", words, words.T("signin.invite.title"))
}

// maxToken is longer than any token.
const maxToken = 64

func (s *SignIn) beginInvite(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxToken))
	token := string(body)
	var k people.Keyholder
	if err == nil {
		k, err = s.opts.People.Invitee(r.Context(), token)
	}
	var options any
	if err == nil {
		options, err = s.register(w, r, accepting, k, ceremony{Invite: token})
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.reply(w, http.StatusOK, reply{Options: options, Name: k.Name})
}

func (s *SignIn) finishInvite(w http.ResponseWriter, r *http.Request) {
	session, err := func() (string, error) {
		c, err := s.under(r, accepting)
		if err != nil {
			return "", err
		}
		k, err := s.opts.People.Invitee(r.Context(), c.Invite)
		if err != nil {
			return "", err
		}
		a, err := s.registered(r, k, c)
		if err != nil {
			return "", err
		}
		return s.opts.People.Accept(r.Context(), c.Invite, a)
	}()
	if err == nil {
		err = s.enter(w, r, session)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.reply(w, http.StatusOK, reply{Next: accountPath + s.opts.Frame.Words(r).Query})
}
