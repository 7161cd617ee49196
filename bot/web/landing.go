package web

// exampleActions are the actions that the landing page shows as an example of a result.
var exampleActions = []string{"receipts_same_day", "bank_feed", "twofa_mail"}

// questionCount returns how many questions the check has at most.
func (s *site) questionCount() (n int) {
	for _, q := range s.opts.Guide().Questions {
		if q.Part > 0 {
			n++
		}
	}
	return n
}

// example returns what the landing page shows of a result.
func (l localizer) example() (actions []actionView) {
	for _, id := range exampleActions {
		if title := "action." + id + ".title"; l.texts.Has(l.texts.Languages()[0], title) {
			actions = append(actions, actionView{Number: len(actions) + 1, Title: withoutStop(l.T(title))})
		}
	}
	return actions
}

// withoutStop returns a title without its full stop, for a list.
func withoutStop(title string) string {
	if n := len(title) - 1; n > 0 && title[n] == '.' {
		return title[:n]
	}
	return title
}
