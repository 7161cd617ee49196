package audit

import (
	_ "embed"
	"fmt"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// walkTXT is the walk of the embedded content, for checks of content that differs from it in
// texts only. A test compares it with a walk, and writes it with -update.
//
// The first line names the questions. Every other line is a business: a for an advice or p
// for a picture, ! for what it reported itself and i for an incident, and its answers.
//
//go:embed walk.txt
var walkTXT string

const noAnswer = "-"

// embeddedWalk returns the walk of the embedded content.
func embeddedWalk() *walk {
	w := &walk{done: true}
	head, lines, _ := strings.Cut(walkTXT, "\n")
	questions := strings.Fields(head)
	for line := range strings.Lines(lines) {
		fields := strings.Fields(line)
		if len(fields) != len(questions)+1 {
			continue
		}
		s := sample{Answers: referral.Answers{}, Alarmed: strings.Contains(fields[0], "!"), Incident: strings.Contains(fields[0], "i")}
		for i, value := range fields[1:] {
			if value != noAnswer {
				s.Answers[questions[i]] = value
			}
		}
		if strings.HasPrefix(fields[0], "a") {
			w.Advices = append(w.Advices, s)
		} else {
			w.Pictures = append(w.Pictures, s)
		}
	}
	return w
}

// encode returns a walk in the form of walk.txt, with one picture of each kind.
func (k *walk) encode(q *flows.Questionnaire) string {
	var b strings.Builder
	var questions []string
	for _, query := range q.Questions {
		if query.Part > 0 {
			questions = append(questions, query.ID)
		}
	}
	fmt.Fprintln(&b, strings.Join(questions, " "))
	line := func(mark string, s *sample) {
		if s.Alarmed {
			mark += "!"
		}
		if s.Incident {
			mark += "i"
		}
		b.WriteString(mark)
		for _, id := range questions {
			value := s.Answers[id]
			if value == "" {
				value = noAnswer
			}
			b.WriteString(" " + value)
		}
		b.WriteString("\n")
	}
	for i := range k.Advices {
		line("a", &k.Advices[i])
	}
	seen := map[string]bool{}
	for i := range k.Pictures {
		if s := &k.Pictures[i]; !seen[s.alike] {
			seen[s.alike] = true
			line("p", s)
		}
	}
	return b.String()
}
