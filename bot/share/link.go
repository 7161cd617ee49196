package share

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Place is where people can reach the check. At least one of the two is set.
type Place struct {
	Bot       string // username of the bot, without @
	PublicURL string // address of the site, without a slash at the end
}

// Longest is how many characters Telegram takes in the parameter of a start link
// (https://core.telegram.org/bots/features#deep-linking).
const Longest = 64

var (
	parameterForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	languageForm  = regexp.MustCompile(`^[a-z]{2}$`)
	botForm       = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,31}$`)
)

// Parameter is what a start link carries: "kvk-utrecht", "kvk-utrecht_GM0355_en".
// municipality and lang may be empty.
func Parameter(code, municipality, lang string) (string, error) {
	parts := []string{code}
	if municipality != "" {
		if !municipalityCode.MatchString(municipality) {
			return "", fmt.Errorf("%q is not a GM code such as GM0344", municipality)
		}
		parts = append(parts, municipality)
	}
	if lang != "" {
		if !languageForm.MatchString(lang) {
			return "", fmt.Errorf("%q is not a language such as nl", lang)
		}
		parts = append(parts, lang)
	}
	parameter := strings.Join(parts, "_")
	if !partnerCode.MatchString(code) || !parameterForm.MatchString(parameter) {
		return "", fmt.Errorf("%q cannot go into a link: at most %d of a-z, 0-9 and hyphens", parameter, Longest)
	}
	return parameter, nil
}

// check tells what is wrong with a place.
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

// Telegram is the link that opens the bot; empty where there is no bot.
func (p Place) Telegram(parameter string) string {
	if p.Bot == "" {
		return ""
	}
	return "https://t.me/" + p.Bot + "?start=" + parameter
}

// Web is the page where one chooses browser or Telegram; empty where there is no site.
func (p Place) Web(parameter string) string {
	if p.PublicURL == "" {
		return ""
	}
	return p.PublicURL + "/p/" + parameter
}

// Main is the link to hand out: the site where there is one, because clients of
// Telegram lose the parameter and many people have no Telegram.
func (p Place) Main(parameter string) string {
	if p.PublicURL != "" {
		return p.Web(parameter)
	}
	return p.Telegram(parameter)
}

// Embed is the line of HTML for a partner's own site.
func (p Place) Embed(parameter, title string) string {
	if p.PublicURL == "" {
		return fmt.Sprintf(`<a href=%q>%s</a>`, p.Telegram(parameter), escape(title))
	}
	return fmt.Sprintf(`<iframe src=%q title=%q width="100%%" height="640" style="border:0;max-width:44rem" loading="lazy" `+
		`sandbox="allow-forms allow-popups allow-popups-to-escape-sandbox allow-scripts allow-same-origin"></iframe>`,
		p.PublicURL+"/embed/"+parameter, escape(title))
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace

// inWords is a link as one types it: without what a browser adds by itself.
func inWords(link string) string {
	return strings.TrimPrefix(strings.TrimPrefix(link, "https://"), "http://")
}
