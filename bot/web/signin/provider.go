package signin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"digiwijzer/bot/secret"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/staff/people"
)

// Bounds of calls to a provider.
const (
	providerTimeout = 10 * time.Second
	providerPause   = 5 * time.Second // between attempts to reach one that is down
)

// algorithms are the accepted signatures: asymmetric ones, so that knowing the client's secret is not enough to sign
// in as another, and never none.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// The errors of a sign-in at a provider.
var (
	errDown    = errors.New("the provider cannot be reached")
	errRefused = errors.New("the provider or its token was refused")
	errNoRole  = errors.New("none of the person's groups has a role here")
)

// RoleRules map groups at a provider to roles here.
type RoleRules struct {
	Claim string // the claim that lists the groups; a dot leads into an object
	Roles map[string][]staff.Role
}

// ParseRoleRules parses "groups:a=editor,b=admin". ok is false for another format or an unknown role.
func ParseRoleRules(text string) (rules RoleRules, ok bool) {
	claim, list, found := strings.Cut(text, ":")
	rules = RoleRules{Claim: strings.TrimSpace(claim), Roles: map[string][]staff.Role{}}
	if !found || rules.Claim == "" {
		return rules, false
	}
	for pair := range strings.SplitSeq(list, ",") {
		at := strings.LastIndex(pair, "=")
		if at < 0 {
			return rules, false
		}
		group, role := strings.TrimSpace(pair[:at]), staff.Role(strings.TrimSpace(pair[at+1:]))
		if group == "" || !role.Valid() {
			return rules, false
		}
		rules.Roles[group] = append(rules.Roles[group], role)
	}
	return rules, true
}

// roles returns the roles of a person with these claims; found is false if the claim is missing.
func (rules RoleRules) roles(claims map[string]any) (roles []staff.Role, found bool) {
	value, found := claims[rules.Claim]
	if !found {
		value, found = inside(claims, rules.Claim)
	}
	var groups []string
	switch value := value.(type) {
	case string:
		groups = []string{value}
	case []any:
		for _, one := range value {
			if group, ok := one.(string); ok {
				groups = append(groups, group)
			}
		}
	}
	for _, role := range staff.Roles() {
		if slices.ContainsFunc(groups, func(group string) bool { return slices.Contains(rules.Roles[group], role) }) {
			roles = append(roles, role)
		}
	}
	return roles, found
}

// inside follows a path with dots into objects.
func inside(claims map[string]any, path string) (any, bool) {
	name, rest, deeper := strings.Cut(path, ".")
	value, found := claims[name]
	if !deeper || !found {
		return value, found && !deeper
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	return inside(object, rest)
}

// ProviderOptions configure a provider.
type ProviderOptions struct {
	Issuer   string
	ClientID string
	Secret   secret.Value // empty: a public client, which PKCE protects
	Rules    RoleRules
	Clock    people.Clock
	Client   *http.Client // nil: one with a time limit
}

// Provider is an organisation's own sign-in, by OpenID Connect. It is discovered when first needed, and again as long
// as it cannot be reached.
type Provider struct {
	options ProviderOptions

	mu    sync.Mutex
	known *known
	tried time.Time
}

// known is the discovered configuration of a provider.
type known struct {
	*oidc.Provider
	EndSession string `json:"end_session_endpoint"`
}

// NewProvider returns a provider.
func NewProvider(o ProviderOptions) *Provider {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: providerTimeout}
	}
	return &Provider{options: o}
}

// SafeIssuer reports whether an issuer is reached by https, or on this machine.
func SafeIssuer(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// SafeSite reports whether passkeys work at the address of a site.
func SafeSite(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Hostname() == "localhost")
}

// Reach discovers the provider.
func (p *Provider) Reach(ctx context.Context) error {
	_, err := p.reach(ctx)
	return err
}

func (p *Provider) reach(ctx context.Context) (*known, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.options.Clock.Now()
	if p.known != nil {
		return p.known, nil
	}
	if now.Sub(p.tried) < providerPause {
		return nil, errDown
	}
	p.tried = now
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.options.Client), p.options.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDown, err)
	}
	k := &known{}
	if err := found.Claims(k); err != nil {
		return nil, fmt.Errorf("%w: %w", errDown, err)
	}
	k.Provider = found
	p.known = k
	return k, nil
}

func (p *Provider) oauth(k *known, callback string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.options.ClientID, ClientSecret: p.options.Secret.Reveal(), Endpoint: k.Endpoint(),
		RedirectURL: callback, Scopes: []string{oidc.ScopeOpenID, "profile", "groups"}}
}

// askedScopes leaves out scopes that a provider does not know: some reject those.
func (k *known) askedScopes(wanted []string) []string {
	var says struct {
		Scopes []string `json:"scopes_supported"`
	}
	if k.Claims(&says) != nil || len(says.Scopes) == 0 {
		return wanted[:2]
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(scope string) bool {
		return scope != oidc.ScopeOpenID && !slices.Contains(says.Scopes, scope)
	})
}

// visit returns the address at the provider where a person signs in.
func (p *Provider) visit(ctx context.Context, callback string, c ceremony) (string, error) {
	k, err := p.reach(ctx)
	if err != nil {
		return "", err
	}
	config := p.oauth(k, callback)
	config.Scopes = k.askedScopes(config.Scopes)
	return config.AuthCodeURL(c.State, oidc.Nonce(c.Nonce), oauth2.S256ChallengeOption(c.Proof)), nil
}

// redeem exchanges a code for the identity of the person.
func (p *Provider) redeem(ctx context.Context, callback, code string, c ceremony) (who people.External, err error) {
	k, err := p.reach(ctx)
	if err != nil {
		return who, err
	}
	ctx = oidc.ClientContext(ctx, p.options.Client)
	token, err := p.oauth(k, callback).Exchange(ctx, code, oauth2.VerifierOption(c.Proof))
	if err != nil {
		var refused *oauth2.RetrieveError
		if !errors.As(err, &refused) || refused.Response != nil && refused.Response.StatusCode >= http.StatusInternalServerError {
			return who, fmt.Errorf("%w: %w", errDown, err)
		}
		return who, fmt.Errorf("%w: %w", errRefused, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := k.VerifierContext(ctx, &oidc.Config{ClientID: p.options.ClientID, SupportedSigningAlgs: algorithms, Now: p.options.Clock.Now}).Verify(ctx, raw)
	if err != nil {
		return who, fmt.Errorf("%w: %w", errRefused, err)
	}
	if id.Nonce != c.Nonce {
		return who, fmt.Errorf("%w: another nonce", errRefused)
	}
	return p.who(ctx, k, token, id, raw)
}

// who reads the claims; if the groups are not in the token itself, they are requested from the provider.
func (p *Provider) who(ctx context.Context, k *known, token *oauth2.Token, id *oidc.IDToken, raw string) (who people.External, err error) {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return who, fmt.Errorf("%w: %w", errRefused, err)
	}
	roles, found := p.options.Rules.roles(claims)
	if !found && k.UserInfoEndpoint() != "" {
		info, err := k.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return who, fmt.Errorf("%w: %w", errDown, err)
		}
		if info.Subject != id.Subject {
			return who, fmt.Errorf("%w: user info of another person", errRefused)
		}
		if err := info.Claims(&claims); err != nil {
			return who, fmt.Errorf("%w: %w", errRefused, err)
		}
		roles, _ = p.options.Rules.roles(claims)
	}
	if len(roles) == 0 {
		return who, errNoRole
	}
	who = people.External{Issuer: id.Issuer, Subject: id.Subject, Roles: roles, Hint: raw}
	for _, claim := range []string{"name", "preferred_username"} {
		if name, ok := claims[claim].(string); ok && name != "" && who.Name == "" {
			who.Name = name
		}
	}
	return who, nil
}

// farewell returns the address at the provider that signs a person out there; empty if there is none.
func (p *Provider) farewell(ctx context.Context, hint, back string) string {
	k, err := p.reach(ctx)
	if err != nil || k.EndSession == "" {
		return ""
	}
	u, err := url.Parse(k.EndSession)
	if err != nil {
		return ""
	}
	query := u.Query()
	query.Set("client_id", p.options.ClientID)
	query.Set("post_logout_redirect_uri", back)
	if hint != "" {
		query.Set("id_token_hint", hint)
	}
	u.RawQuery = query.Encode()
	return u.String()
}
