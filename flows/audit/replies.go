package audit

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"digiwijzer/flows"
)

// checkTurn checks the messages of a turn. A turn without any button is a dead end.
func (r *renderer) checkTurn(turn flows.Turn, where string) {
	lang := turn.Session.Lang
	deadEnd := true
	said := sentences{}
	for i := range turn.Replies {
		reply := &turn.Replies[i]
		deadEnd = deadEnd && len(reply.Keys) == 0
		r.rendered++
		length := r.checkBlocks(reply, lang, where, said)
		limit, kind := r.limits.Message, "message.long"
		if reply.Slot == flows.Picture {
			limit, kind = r.limits.Caption, "caption.long"
		}
		if length > limit {
			r.fault(kind, location{id: where, lang: lang}, "N", length, "Max", limit)
		}
		for _, row := range reply.Keys {
			r.checkRow(row, lang, where)
		}
	}
	if deadEnd {
		r.fault("message.dead_end", location{id: where, lang: lang})
	}
}

// checkBlocks checks the text of a message and returns an upper bound of its length, in
// UTF-16 units as Telegram counts.
func (r *renderer) checkBlocks(reply *flows.Reply, lang, where string, said sentences) (length int) {
	const separator = 2 + 4 // blank line, number or mark
	for _, block := range reply.Blocks {
		text, ok := r.render(block.Text, lang, where)
		if ok && strings.TrimSpace(text) == "" {
			r.fault("text.empty", textAt(block.Text.ID, lang))
		}
		if reply.Slot == flows.Picture || reply.Slot == flows.Advice {
			r.checkRepeats(block, text, lang, said)
		}
		length += units(text) + separator
	}
	return length
}

func units(text string) (n int) {
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// argumentInError is the name of an argument that a text has and the program does not give.
var argumentInError = regexp.MustCompile(`(?:no argument|no entry for key) "?(\w+)"?`)

// render renders a phrase and records the texts it uses; false for a faulty one.
func (r *renderer) render(p flows.Phrase, lang, where string) (string, bool) {
	r.used.addPhrase(p)
	text, err := r.Texts.Render(lang, p)
	if err != nil {
		if name := argumentInError.FindStringSubmatch(err.Error()); name != nil {
			r.fault("text.argument", textAt(p.ID, lang), "Name", "{{."+name[1]+"}}")
		} else {
			r.fault("text.unrendered", textAt(p.ID, lang), "Where", where, "Error", err.Error())
		}
		return "", false
	}
	if strings.Contains(text, "{{") || strings.Contains(text, "}}") || strings.Contains(text, "<no value>") {
		r.fault("text.braces", textAt(p.ID, lang))
	}
	return text, true
}

// maxCopied is the longest text that a button copies, in UTF-16 units.
// https://core.telegram.org/bots/api#copytextbutton
const maxCopied = 256

// checkRow checks the labels of one row of buttons.
func (r *renderer) checkRow(row []flows.Button, lang, where string) {
	if len(row) == 0 {
		r.fault("label.empty_row", location{id: where, lang: lang})
		return
	}
	limit := r.limits.Label[min(len(row), len(r.limits.Label))-1]
	if len(row) > len(r.limits.Label) {
		r.fault("label.crowded", textAt(row[0].Label.ID, lang), "N", len(row), "Max", len(r.limits.Label))
	}
	for i := range row {
		if copied := row[i].Copy; copied != nil {
			if text, _ := r.render(*copied, lang, where); units(text) > maxCopied {
				r.fault("message.long", textAt(copied.ID, lang), "N", units(text), "Max", maxCopied)
			}
		}
		label, ok := r.render(row[i].Label, lang, where)
		if !ok {
			continue
		}
		at := textAt(row[i].Label.ID, lang)
		if at.id == "" {
			at = location{file: "referral", id: label, lang: lang}
		}
		switch n := len([]rune(label)); {
		case !strings.ContainsFunc(label, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
			r.fault("label.wordless", at, "Label", label)
		case !strings.ContainsFunc(label, unicode.IsLetter):
			r.fault("label.number", at, "Label", label)
		case n > limit:
			r.fault("label.long", at, "Label", label, "N", n, "Max", limit, "Row", strconv.Itoa(len(row)))
		}
	}
}

// textAt returns the location of a text.
func textAt(id, lang string) location { return location{file: fileOf(id, lang), id: id, lang: lang} }

// fileNames are the names of the embedded files that differ from the first part of the ids in them.
var fileNames = map[string]string{
	"question": "questions", "option": "questions", "label": "questions", "topic": "questions",
	"words": "chat", "source": "share", "reason": "rules", "note": "rules", "tip": "rules", "quadrant": "rules",
	"initiative": "initiatives", "action": "actions", "list": "common", "language": "common",
}

// fileOf returns the embedded file of a text. In a content folder it may be elsewhere.
func fileOf(id, lang string) string {
	first, _, _ := strings.Cut(id, ".")
	name, ok := fileNames[first]
	if !ok {
		name = first
	}
	return "locales/" + name + "." + lang + ".toml"
}
