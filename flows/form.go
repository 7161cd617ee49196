package flows

import "digiwijzer/referral"

// form holds the phrases of one question that are the same in every turn.
type form struct {
	query    *Query
	text     Phrase
	team     Phrase
	hint     *Phrase
	topic    Phrase
	options  []option
	dontKnow *option
	spelled  bool // the options are written out because some labels are shorter
}

// option is one option with its phrases.
type option struct {
	value  string
	full   Phrase
	hint   *Phrase // examples of what the option means; may be nil
	label  Phrase
	done   Phrase // as an answer given: "Branche: Horeca en verblijf"
	hidden bool   // has a hide_if
}

func newForm(query *Query, languages []string, words func(lang, id string) string) *form {
	exists := func(id string) bool { return words != nil && words(languages[0], id) != "" }
	f := &form{query: query, text: Say("question." + query.ID + ".text"), topic: Say("topic." + query.ID)}
	f.team = f.text
	if query.Team {
		f.team = Say("question." + query.ID + ".team")
	}
	if hint := "question." + query.ID + ".hint"; exists(hint) {
		p := Say(hint)
		f.hint = &p
	}
	for _, o := range query.Options {
		full := Say("option." + query.ID + "." + o.Value)
		label := full
		if short := "label." + query.ID + "." + o.Value; exists(short) {
			label = Say(short)
			f.spelled = true
		}
		var hint *Phrase
		if id := "hint." + query.ID + "." + o.Value; exists(id) {
			hint = new(Say(id))
		}
		f.options = append(f.options, option{value: o.Value, full: full, label: label, hint: hint,
			done: Say("chat.answer", "Topic", f.topic, "Answer", full), hidden: len(o.HideIf) > 0})
	}
	if query.DontKnow {
		p := Say("chat.dont_know")
		f.dontKnow = &option{value: referral.DontKnow, full: p, label: p,
			done: Say("chat.answer", "Topic", f.topic, "Answer", p)}
	}
	return f
}

// option returns the option with the value, or nil.
func (f *form) option(value string) *option {
	if value == referral.DontKnow {
		return f.dontKnow
	}
	for i := range f.options {
		if f.options[i].value == value {
			return &f.options[i]
		}
	}
	return nil
}

// answerPhrase returns an answer given: "Branche: Horeca en verblijf".
func (t *turn) answerPhrase(query *Query, value string) Phrase {
	f := t.forms[query.ID]
	if query.OptionsFrom == fromMunicipalities {
		return t.placePhrase(f, value)
	}
	if o := f.option(value); o != nil {
		return o.done
	}
	return Say("chat.answer", "Topic", f.topic, "Answer", value)
}

func (t *turn) placePhrase(f *form, code string) Phrase {
	place := Say("option.municipality." + referral.Outside)
	if m, ok := t.Catalogue.Region().Municipality(code, t.in.Today); ok {
		place = Name(m.Name)
	}
	if partner, ok := t.Partners[t.s.Partner]; ok && t.s.Place {
		return Say("chat.answer_via", "Topic", f.topic, "Answer", place, "Partner", partner.Name)
	}
	return Say("chat.answer", "Topic", f.topic, "Answer", place)
}
