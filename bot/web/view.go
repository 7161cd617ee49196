package web

import (
	"slices"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

// words puts phrases and texts into one language.
type words struct {
	texts *locales.Texts
	lang  string
}

// T gives a text of the site in the page's language.
func (w words) T(id string, pairs ...any) string { return w.texts.Text(w.lang, id, pairs...) }

// say puts a phrase of the conversation into words. Where a browser needs other words
// than a chat ("typ /help"), they stand under web.<id>.
func (w words) say(p flows.Phrase) string {
	if own := "web." + p.ID; p.ID != "" && w.texts.Has(locales.Default, own) {
		p.ID = own
	}
	text, err := w.texts.Render(w.lang, p)
	if err != nil {
		return "[" + p.ID + "]" // as Texts.Text does: the page stays usable and the gap is seen
	}
	return text
}

// block is one paragraph, ready for a template.
type block struct {
	Style  flows.Style
	Text   string
	Number int
	URL    string
}

// key is one button or link. Value is what a form sends; with Href it is a link.
type key struct {
	Text   string
	Value  string
	Href   string
	Away   bool // leads to another site
	Chosen bool
}

// reply is one reply of the engine, sorted by what a page does with it.
type reply struct {
	Slot     flows.Slot
	Notices  []string
	Part     string
	Number   int // of the part; 0: none
	Done     []answer
	Title    string
	Question string
	Hints    []string
	Items    []item

	Options  []key
	Two      bool // the options stand in two columns where there is room
	DontKnow []key
	Back     []key
	Menu     []key
	Links    []key
	Primary  []key

	Asks    string // the question whose options these are
	Typed   bool   // an answer may be typed
	Picture *flows.QuadrantPicture
}

// answer is an answer given; Change re-opens its question.
type answer struct {
	Text   string
	Topic  string
	Given  string
	Change key
}

// item is a paragraph or a step, in the order of the reply.
type item struct {
	block
	Step  bool
	Top   bool    // of a step: nothing but the page's own heading stands above it
	Pitch string  // of a step: what it is, in a few words
	Body  []block // of a step: what is said of it
	Link  *key    // of a step: where it leads
}

// reply sorts a reply of the engine.
func (w words) reply(r flows.Reply) reply {
	v := reply{Slot: r.Slot, Picture: r.Picture}
	for _, b := range r.Blocks {
		w.addBlock(&v, b)
	}
	for _, row := range r.Keys {
		for _, b := range row {
			w.addKey(&v, b, len(row))
		}
	}
	v.Typed = v.Asks == placeQuestion && len(v.Options) > 0
	v.linkSteps()
	return v
}

// linkSteps moves the links that belong to a step from the foot of the reply to the step.
func (v *reply) linkSteps() {
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

// placeQuestion is the one question whose answer is easier typed than looked for.
const placeQuestion = "municipality"

func (w words) addBlock(v *reply, b flows.Block) {
	text := w.say(b.Text)
	switch b.Style {
	case flows.Notice:
		v.Notices = append(v.Notices, text)
	case flows.Part:
		v.Part, v.Number = text, partNumber(b.Text)
		// What came before the part is the welcome, which the landing page says in its own way.
		v.Items, v.Hints = nil, nil
	case flows.Done:
		v.Done = append(v.Done, w.answer(b.Text))
	case flows.Question:
		v.Question = text
	case flows.Hint:
		v.Hints = append(v.Hints, text)
	case flows.Option: // every button has its full words here
	case flows.StepName:
		next := item{block: block{Style: b.Style, Text: text, Number: b.Number, URL: b.URL}, Step: true}
		name, named := b.Text.Args["Name"].(string)
		if pitch, ok := b.Text.Args["Pitch"].(flows.Phrase); ok && named && b.Text.ID == "chat.step" {
			next.Text, next.Pitch = name, w.say(pitch)
		}
		v.Items = append(v.Items, next)
	default:
		w.addItem(v, block{Style: b.Style, Text: text})
	}
}

// addItem puts a paragraph in its place: what is said of a step belongs to that step.
func (w words) addItem(v *reply, b block) {
	last := len(v.Items) - 1
	switch {
	case b.Style == flows.Title && v.Title == "" && last < 0:
		v.Title = b.Text
	case (b.Style == flows.Why || b.Style == flows.Next || b.Style == flows.Caveat) && last >= 0 && v.Items[last].Step:
		v.Items[last].Body = append(v.Items[last].Body, b)
	default:
		v.Items = append(v.Items, item{block: b})
	}
}

// partNumber takes the number out of "Deel 2 van 4", for the bar beside it.
func partNumber(p flows.Phrase) int {
	part, _ := p.Args["Part"].(string)
	if len(part) != 1 || part[0] < '1' || part[0] > '9' {
		return 0
	}
	return int(part[0] - '0')
}

// raise lifts the steps a level, on a page that has no heading between them and its own.
func (v *reply) raise() {
	for i := range v.Items {
		v.Items[i].Top = true
	}
}

func (w words) addKey(v *reply, b flows.Button, columns int) {
	k := key{Text: w.say(b.Label), Chosen: b.Chosen}
	if b.Full != nil {
		k.Text = w.say(*b.Full)
	}
	switch {
	case b.URL != "":
		k.Href, k.Away = b.URL, true
	case hrefOf(b) != "":
		k.Href = hrefOf(b)
	case b.Action == flows.DoMenu, b.Action == flows.DoLanguage, b.Action == flows.DoPrivacy:
		return // every page has these at its top and foot
	case b.Action == flows.DoFollowUp:
		return // a browser cannot be written to
	default:
		k.Value = encode(b)
	}
	if b.Question != "" && b.Action == "" {
		v.Asks = b.Question
	}
	switch b.Role {
	case flows.RoleOption:
		v.Options = append(v.Options, k)
		v.Two = v.Two || columns > 1
	case flows.RoleDontKnow:
		v.DontKnow = append(v.DontKnow, k)
	case flows.RoleBack:
		v.Back = append(v.Back, k)
	case flows.RoleLink:
		v.Links = append(v.Links, k)
	case flows.RolePrimary:
		v.Primary = append(v.Primary, k)
	default:
		v.Menu = append(v.Menu, k)
	}
}

// asides are the pages beside the conversation. They change nothing, so they have
// an address of their own.
var asides = map[string]string{
	"/antwoorden":    flows.DoAnswers,
	"/waarom":        flows.DoWhy,
	"/meer":          flows.DoMore,
	"/hulp":          flows.DoHelp,
	"/mijn-gegevens": flows.DoMyData,
	"/wissen":        flows.DoErase,
	"/alarm":         flows.DoAlarm,
}

// hrefOf is the address of a button that only shows something; empty for one that
// does something.
func hrefOf(b flows.Button) string {
	if b.Action == flows.DoPlaces {
		return "/vraag/" + placeQuestion + "?alle=1"
	}
	for path, action := range asides {
		if b.Action == action {
			return path
		}
	}
	return ""
}

// encode writes what a button does into the value that its form sends. Ids hold no dots.
func encode(b flows.Button) string {
	if b.Action != "" {
		return strings.Join([]string{"d", b.Action, b.Question, b.Option}, ".")
	}
	return strings.Join([]string{"a", b.Question, b.Option}, ".")
}

// decode reads the value of a button. Whatever we cannot have made is Strange.
func decode(value string) flows.Input {
	parts := strings.Split(value, ".")
	switch {
	case len(parts) == 3 && parts[0] == "a":
		return flows.Input{Kind: flows.Answer, Question: parts[1], Option: parts[2]}
	case len(parts) == 4 && parts[0] == "d":
		return flows.Input{Kind: flows.Action, Action: parts[1], Question: parts[2], Option: parts[3]}
	}
	return flows.Input{Kind: flows.Strange}
}
