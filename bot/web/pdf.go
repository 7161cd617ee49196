package web

import (
	"bytes"
	"net/http"
	"strconv"

	"digiwijzer/bot/draw"
	"digiwijzer/bot/paper"
)

// toTakeAway returns the advice of the visitor's own conversation for a file, or answers the request and returns
// false. On a shared device there is none: the next person would find it among the downloads.
func (s *site) toTakeAway(w http.ResponseWriter, r *http.Request) (keepBody, bool) {
	v := s.visitor(r)
	if v.kiosk.on {
		s.notFound(w, r)
		return keepBody{}, false
	}
	return s.kept(w, r, v)
}

// pdf sends the advice as a PDF. It is generated on request and not stored.
func (s *site) pdf(w http.ResponseWriter, r *http.Request) {
	kept, ok := s.toTakeAway(w, r)
	if !ok {
		return
	}
	l := localizer{s.opts.Texts(), kept.session.Lang}
	var b bytes.Buffer
	if err := s.onPaper(l, kept).PDF(&b, s.opts.Clock.Now()); err != nil {
		s.busy(w, r, err)
		return
	}
	sendFile(w, "application/pdf", "digiwijzer-advies.pdf", b.Bytes())
}

// sendFile sends a file to keep.
func sendFile(w http.ResponseWriter, mediaType, name string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the client may have disconnected
}

// onPaper returns the words of an advice on paper.
func (s *site) onPaper(l localizer, kept keepBody) paper.Advice {
	a := paper.Advice{
		Lang: l.lang, Heading: l.T("web.result.yours"), Date: kept.Date, Name: kept.Place.Title,
		Wish: kept.Advice.Wish, Doing: kept.Advice.ActionsTitle, How: l.T("web.actions.how"),
		HelpTitle: kept.Advice.Title, TopicsTitle: l.T("web.topics.title"), AnswersTitle: kept.Answers.Title,
		Foot:   s.ownerLine(l),
		PageOf: func(n, of int) string { return l.T("web.keep.page", "N", n, "Of", of) },
	}
	if kept.Who != "" {
		a.Heading += ": " + kept.Who
	}
	for _, i := range kept.Place.Items {
		a.Say = append(a.Say, i.Text)
	}
	for _, bar := range kept.Scores {
		n, _ := strconv.Atoi(bar.Value)
		a.Scores = append(a.Scores, paper.Score{Label: bar.Label, N: n})
	}
	if len(kept.Scores) > 0 {
		a.Picture = draw.Quadrant(*kept.Picture).PaperScene(l.texts, l.lang)
	}
	for _, action := range kept.Advice.Actions {
		a.Actions = append(a.Actions, paper.Action{Title: action.Title, Terms: action.Duration + ", " + action.Cost, How: action.How, Source: action.Source, URL: action.URL})
	}
	for _, i := range kept.Advice.Items {
		if i.Step {
			a.Help = append(a.Help, i.onPaper())
		}
	}
	for _, t := range kept.Place.Topics {
		a.Topics = append(a.Topics, paper.Pair{Term: t.Name, Text: t.Word})
	}
	if code := kept.Advice.Code; code != "" {
		a.Code = &paper.Code{Title: l.T("web.code.yours"), Text: l.T("web.code.paper"), Code: code, Address: s.codeAddress("/a", code)}
	}
	for _, given := range kept.Answers.Done {
		a.Answers = append(a.Answers, paper.Pair{Term: given.Topic, Text: given.Given})
	}
	return a
}

// onPaper returns a step for paper: its number separate and large, its address in full.
func (i item) onPaper() paper.Help {
	h := paper.Help{Name: i.Text, Pitch: i.Pitch, URL: i.URL, Phone: i.phone()}
	if h.Phone != "" {
		h.Dial = string(telephone(h.Phone))
	}
	for _, b := range i.Body {
		if !isPhone(b) { // it is printed separately
			h.Lines = append(h.Lines, b.Text)
		}
	}
	return h
}

// ownerLine returns who is behind the site, in one line.
func (s *site) ownerLine(l localizer) string {
	o := s.opts.Owner
	if o.Name == "" {
		return l.T("web.owner.none")
	}
	line := l.T("web.owner.of") + " " + o.Name + "."
	switch {
	case o.Phone != "":
		line += " " + l.T("web.owner.questions") + " " + o.Phone
	case o.Email != "":
		line += " " + l.T("web.owner.questions") + " " + o.Email
	}
	if s.opts.PublicURL != "" {
		line += " " + s.opts.PublicURL
	}
	return line
}
