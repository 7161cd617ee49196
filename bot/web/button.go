package web

import (
	"strings"

	"digiwijzer/flows"
)

// button is one button or link. Value is what its form submits; with Href it is a link.
type button struct {
	Text     string
	Value    string
	Href     string
	External bool // a link to another site
	Chosen   bool
	Hint     string // examples of what the option means; may be empty
	Icon     string // its name; may be empty
	Ends     bool   // what the conversation holds is deleted
}

// addButton adds a button of the engine by its role; columns is the length of its row.
func (l localizer) addButton(v *replyView, b flows.Button, columns int) {
	own := button{Text: l.phrase(b.Label), Chosen: b.Chosen}
	if b.Full != nil {
		own.Text = l.phrase(*b.Full)
	}
	if b.Hint != nil {
		own.Hint = l.phrase(*b.Hint)
	}
	if b.Question == sectorQuestion {
		own.Icon = "sector-" + b.Option
	}
	switch {
	case b.URL != "":
		own.Href, own.External = b.URL, true
	case b.Action == flows.DoPlaces:
		own.Href = "/vraag/" + placeQuestion + "?alle=1"
	case infoPath(b.Action) != "":
		own.Href = infoPath(b.Action)
	case b.Action == flows.DoMenu, b.Action == flows.DoLanguage, b.Action == flows.DoPrivacy:
		return // part of the header and footer of every page
	case b.Action == flows.DoFollowUp:
		return // this channel cannot push
	default:
		own.Value = encode(b)
		own.Ends = b.Action == flows.DoErased || b.Action == flows.DoRestart
	}
	if b.Question != "" && b.Action == "" {
		v.Asks = b.Question
	}
	switch b.Role {
	case flows.RoleOption:
		v.Options = append(v.Options, own)
		v.TwoColumns = v.TwoColumns || columns > 1
		v.Explained = v.Explained || own.Hint != ""
	case flows.RoleDontKnow:
		v.DontKnow = append(v.DontKnow, own)
	case flows.RoleBack:
		v.Back = append(v.Back, own)
	case flows.RoleLink:
		v.Links = append(v.Links, own)
	case flows.RolePrimary, flows.RoleDanger:
		v.Primary = append(v.Primary, own)
	default:
		v.Menu = append(v.Menu, own)
	}
}

// encode returns the form value of a button: a.<question>.<option> for an answer,
// d.<action>.<question>.<option> for an action. Ids contain no dots.
func encode(b flows.Button) string {
	if b.Action != "" {
		return strings.Join([]string{"d", b.Action, b.Question, b.Option}, ".")
	}
	return strings.Join([]string{"a", b.Question, b.Option}, ".")
}

// decode parses the form value of a button. A malformed value gives flows.Unrecognized.
func decode(value string) flows.Input {
	parts := strings.Split(value, ".")
	switch {
	case len(parts) == 3 && parts[0] == "a":
		return flows.Input{Kind: flows.Answer, Question: parts[1], Option: parts[2]}
	case len(parts) == 4 && parts[0] == "d":
		return flows.Input{Kind: flows.Action, Action: parts[1], Question: parts[2], Option: parts[3]}
	}
	return flows.Input{Kind: flows.Unrecognized}
}
