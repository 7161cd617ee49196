// Package share makes what partners need to hand out the check: links, QR codes, posters
// and texts. It also signs and shows the page of a partner's own figures.
package share

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Place is where people can reach the check. At least one of its fields is set.
type Place struct {
	Bot       string // username of the bot, without @
	PublicURL string // address of the site, without a slash at the end
}

var botForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,31}$`)

// check returns what is wrong with a place.
func (p Place) check() error {
	if p.Bot == "" && p.PublicURL == "" {
		return fmt.Errorf("neither the bot's name nor the address of the site is known: there is nothing to link to")
	}
	if p.Bot != "" && !botForm.MatchString(p.Bot) {
		return fmt.Errorf("%q is not the username of a bot", p.Bot)
	}
	if p.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(p.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("%q is not a web address", p.PublicURL)
	}
	return nil
}

// Telegram returns the link that opens the bot; empty without a bot.
func (p Place) Telegram(parameter string) string {
	if p.Bot == "" {
		return ""
	}
	return "https://t.me/" + p.Bot + "?start=" + parameter
}

// Web returns the address of the page where one chooses browser or Telegram; empty
// without a site.
func (p Place) Web(parameter string) string {
	if p.PublicURL == "" {
		return ""
	}
	return p.PublicURL + "/p/" + parameter
}

// Main returns the link to hand out: the site's if there is one, because some Telegram
// clients drop the parameter and many people have no Telegram.
func (p Place) Main(parameter string) string {
	if p.PublicURL != "" {
		return p.Web(parameter)
	}
	return p.Telegram(parameter)
}

// Embed returns the line of HTML for a partner's own site.
func (p Place) Embed(parameter, title string) string {
	if p.PublicURL == "" {
		return fmt.Sprintf(`<a href=%q>%s</a>`, p.Telegram(parameter), escape(title))
	}
	return fmt.Sprintf(`<iframe src=%q title=%q width="100%%" height="800" style="border:0;max-width:44rem" loading="lazy" `+
		`sandbox="allow-forms allow-popups allow-popups-to-escape-sandbox allow-scripts allow-same-origin"></iframe>`,
		p.PublicURL+"/embed/"+parameter, escape(title))
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace

// inWords returns a link as people type it: without the scheme.
func inWords(link string) string {
	return strings.TrimPrefix(strings.TrimPrefix(link, "https://"), "http://")
}
