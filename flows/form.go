package flows

import "digiwijzer/referral"

// form is what is fixed about asking one question: made once per engine, so that a
// turn only copies it.
type form struct {
	query    *Query
	text     Phrase
	team     Phrase
	hint     *Phrase
	topic    Phrase
	options  []option
	dontKnow *option
	spelled  bool // the options are written out, because some labels are shorter
}

// option is one option with its words.
type option struct {
	value  string
	full   Phrase
	label  Phrase
	hidden bool // has a hide_if
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
		f.options = append(f.options, option{value: o.Value, full: full, label: label, hidden: len(o.HideIf) > 0})
	}
	if query.DontKnow {
		p := Say("chat.dont_know")
		f.dontKnow = &option{value: referral.DontKnow, full: p, label: p}
	}
	return f
}

// answerPhrase is an answer in words, for overviews.
func (t *turn) answerPhrase(query *Query, value string) Phrase {
	if query.OptionsFrom == fromMunicipalities {
		if value == referral.Outside {
			return Say("option.municipality." + referral.Outside)
		}
		if m, ok := t.Catalogue.Region().Municipality(value, t.in.Today); ok {
			return Name(m.Name)
		}
		return Name(value)
	}
	f := t.forms[query.ID]
	if value == referral.DontKnow && f.dontKnow != nil {
		return f.dontKnow.full
	}
	for i := range f.options {
		if f.options[i].value == value {
			return f.options[i].full
		}
	}
	return Name(value)
}

// doneLine is one answer given: "Sector: horeca".
func (t *turn) doneLine(query *Query, value string) Phrase {
	answer := t.answerPhrase(query, value)
	if query.ID == idMunicipality && t.s.Place {
		if partner, ok := t.Partners[t.s.Partner]; ok {
			return Say("chat.answer_via", "Topic", t.forms[query.ID].topic, "Answer", answer, "Partner", partner.Name)
		}
	}
	return Say("chat.answer", "Topic", t.forms[query.ID].topic, "Answer", answer)
}
