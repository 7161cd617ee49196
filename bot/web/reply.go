package web

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

const (
	// placeQuestion is the question with too many options to scan: its answer may also be typed.
	placeQuestion = "municipality"
	// sectorQuestion is the one whose options have icons.
	sectorQuestion = "sector"
)

// localizer renders texts and phrases in one language.
type localizer struct {
	texts *locales.Texts
	lang  string
}

// T returns a text of the site. Templates call it by this short name.
func (l localizer) T(id string, pairs ...any) string { return l.texts.Text(l.lang, id, pairs...) }

// phrase renders a phrase of the conversation. A text web.<id>, where there is one,
// replaces wording that only fits a chat ("type /help").
func (l localizer) phrase(p flows.Phrase) string {
	if own := "web." + p.ID; p.ID != "" && l.texts.Has(locales.Default, own) {
		p.ID = own
	}
	text, err := l.texts.Render(l.lang, p)
	if err != nil {
		return "[" + p.ID + "]" // as Texts.Text does: the page stays usable and the missing text is visible
	}
	return text
}

// block is one paragraph.
type block struct {
	Style  flows.Style
	Text   string
	Number int
	URL    string
}

// replyView is one reply of the engine, grouped by its place on the page.
type replyView struct {
	Slot     flows.Slot
	Notices  []string
	Done     []answer
	Title    string
	Question string
	Hints    []string
	Items    []item

	Options    []button
	TwoColumns bool // the options fit two columns on a wide screen
	Explained  bool // the options have examples, which replace the hint of the question
	DontKnow   []button
	Back       []button
	Menu       []button
	Links      []button
	Primary    []button

	At, Of  int      // which question this is, and of how many; 0: not one of them
	Asks    string   // id of the question whose options these are
	Typed   bool     // an answer may be typed
	Places  []string // what may be typed
	Picture *flows.QuadrantPicture

	Topics       []topicView
	Own          string // the own impression compared with the result
	Wish         string
	WishParts    markedText // Wish, with what the person wants marked
	Lead         []item     // the items above the actions
	Obstacle     string     // an answer to what holds the person back
	ActionsTitle string
	Actions      []actionView
	Beside       string       // the heading of the benchmark
	Benchmark    []figureView // figures of other businesses
	Code         string       // the advice code; may be empty
	CodeNote     string       // what it contains
}

// figureView is a published figure with its source.
type figureView struct{ Text, Source, URL string }

// topicView is how far the business is on one topic, in words.
type topicView struct {
	flows.TopicLevel
	Name, Word string
}

// actionView is something to do oneself.
type actionView struct {
	Number         int
	Title, How     string
	Duration, Cost string
	Source         string
	URL            string // of the source
}

// answer is an answer given; Change re-opens its question.
type answer struct {
	Text   string
	Topic  string
	Given  string
	Change button
}

// item is a paragraph or a step, in the order of the reply.
type item struct {
	block
	Step     bool
	TopLevel bool    // of a step: its heading is directly below the page's own
	Pitch    string  // of a step: a description in a few words
	Body     []block // of a step: reason, next action and caveats
	Link     *button // of a step
}

// reply groups the blocks and buttons of a reply.
func (l localizer) reply(r flows.Reply) replyView {
	v := replyView{Slot: r.Slot, Picture: r.Picture, Topics: l.topics(r), At: r.At, Of: r.Of}
	for _, b := range r.Blocks {
		l.addBlock(&v, b)
	}
	for _, row := range r.Keys {
		for _, b := range row {
			l.addButton(&v, b, len(row))
		}
	}
	v.Typed = v.Asks == placeQuestion
	v.linkSteps()
	return v
}

// Guess reports whether the page asks "Bedoel je Zeist?".
func (v replyView) Guess() bool { return v.Typed && len(v.Options) == 0 }

// Percent returns how far the check is, for the progress bar.
func (v replyView) Percent() int { return v.Answered() * 100 / max(v.Of, 1) }

// Answered returns how many questions have been answered, for the progress bar.
func (v replyView) Answered() int { return max(v.At-1, 0) }

// linkSteps moves the link of each step from the end of the reply to the step.
func (v *replyView) linkSteps() {
	for i := range v.Items {
		for j, link := range v.Links {
			if v.Items[i].Step && v.Items[i].Link == nil && link.Href == v.Items[i].URL {
				v.Items[i].Link = &link
				v.Links = slices.Delete(v.Links, j, j+1)
				break
			}
		}
	}
}

func (l localizer) addBlock(v *replyView, b flows.Block) {
	text := l.phrase(b.Text)
	switch b.Style {
	case flows.Notice:
		v.Notices = append(v.Notices, text)
	case flows.Part:
		// The blocks before it are the welcome, for which the landing page has its own texts.
		v.Items, v.Hints = nil, nil
	case flows.Done:
		v.Done = append(v.Done, l.answer(b.Text))
	case flows.Question:
		v.Question = text
	case flows.Hint:
		v.Hints = append(v.Hints, text)
	case flows.Option: // the buttons show the full text
	case flows.StepName:
		next := item{block: block{Style: b.Style, Text: text, Number: b.Number, URL: b.URL}, Step: true}
		name, named := b.Text.Args["Name"].(string)
		if pitch, ok := b.Text.Args["Pitch"].(flows.Phrase); ok && named && b.Text.ID == "result.step" {
			next.Text, next.Pitch = name, upperFirst(l.phrase(pitch))
		}
		v.Items = append(v.Items, next)
	case flows.Group: // see checkBody
	case flows.Levels: // drawn from Reply.Topics
	case flows.Own:
		v.Own = text
	case flows.Wish:
		v.Wish = text
		v.WishParts = l.marked(text, "web.wish."+strings.TrimPrefix(b.Text.ID, "result.wish."))
	case flows.Obstacle:
		v.Obstacle = text
	case flows.Code:
		v.Code, _ = b.Text.Args["Name"].(string)
	case flows.CodeNote:
		v.CodeNote = text
	case flows.Benchmark:
		v.addFigure(text)
	case flows.BenchmarkSource:
		last := &v.Benchmark[len(v.Benchmark)-1]
		last.Source, last.URL = text, b.URL
	case flows.Actions:
		v.ActionsTitle = text
		v.leadIn()
	case flows.ActionName:
		v.Actions = append(v.Actions, actionView{Number: b.Number, Title: text})
	case flows.ActionTerms, flows.ActionHow, flows.ActionSource:
		l.addToAction(&v.Actions[len(v.Actions)-1], b, text)
	default:
		v.addItem(block{Style: b.Style, Text: text, URL: b.URL})
	}
}

// markedText is a sentence in three, of which the middle is marked.
type markedText struct{ Before, Marked, After string }

// marked marks a part of a sentence; id is the text of the part.
func (l localizer) marked(sentence, id string) markedText {
	part := ""
	if l.texts.Has(l.lang, id) {
		part = l.T(id)
	}
	before, after, found := strings.Cut(sentence, part)
	if part == "" || !found {
		return markedText{Before: sentence}
	}
	return markedText{before, part, after}
}

// leadIn moves the items above the actions to Lead, with its heading.
func (v *replyView) leadIn() {
	if v.Title != "" {
		v.Lead = append(v.Lead, item{block: block{Style: flows.Title, Text: v.Title}})
	}
	v.Lead, v.Items, v.Title = append(v.Lead, v.Items...), nil, ""
}

// addFigure adds a figure; its heading was the previous item.
func (v *replyView) addFigure(text string) {
	if last := len(v.Items) - 1; len(v.Benchmark) == 0 && last >= 0 && v.Items[last].Style == flows.Title {
		v.Beside, v.Items = v.Items[last].Text, v.Items[:last]
	}
	v.Benchmark = append(v.Benchmark, figureView{Text: text})
}

// upperFirst returns a text with its first letter as a capital.
func upperFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// stepStyles are the styles of the paragraphs of a step.
var stepStyles = []flows.Style{flows.Why, flows.Next, flows.Ask, flows.Call, flows.Trust}

// addItem adds a paragraph, to the last step if it belongs to one.
func (v *replyView) addItem(b block) {
	last := len(v.Items) - 1
	switch {
	case b.Style == flows.Title && v.Title == "" && last < 0:
		v.Title = b.Text
	case slices.Contains(stepStyles, b.Style) && last >= 0 && v.Items[last].Step:
		v.Items[last].Body = append(v.Items[last].Body, b)
	default:
		v.Items = append(v.Items, item{block: b})
	}
}

// promoteSteps raises the headings of the steps one level, for a page without headings
// between its own and theirs.
func (v *replyView) promoteSteps() {
	for i := range v.Items {
		v.Items[i].TopLevel = true
	}
}
