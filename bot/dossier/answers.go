package dossier

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
)

// AnswersFile is the file in which people fill in what the program cannot know. A new run reads it and keeps its content.
const AnswersFile = "in-te-vullen.toml"

//go:embed vragen.toml
var questionsText string

// Question is something that a person must fill in.
type Question struct {
	ID      string   // stable: "besluit.datum"
	Ask     string   `toml:"vraag"`
	Why     string   `toml:"uitleg"`
	Who     string   `toml:"wie"`
	Form    string   `toml:"vorm"`  // tekst, alinea, datum, maand, adres, email, keuze; empty: tekst
	Options []string `toml:"keuze"` // of vorm "keuze"
	Env     string   `toml:"instelling"`
	Example string   `toml:"voorbeeld"`
}

// Questions lists them in the order of the file.
func Questions() []Question { return questions() }

var questions = sync.OnceValue(func() []Question {
	groups := map[string]map[string]Question{}
	meta, err := toml.Decode(questionsText, &groups)
	if err != nil {
		panic("dossier: vragen.toml: " + err.Error()) // embedded, and read by the tests
	}
	var all []Question
	for _, key := range meta.Keys() {
		if len(key) == 2 {
			q := groups[key[0]][key[1]]
			q.ID = key.String()
			all = append(all, q)
		}
	}
	return all
})

// Answers are what people filled in, by the id of the question. Empty: not filled in.
type Answers map[string]string

// ReadAnswers reads a file in the form of AnswersFile. The error joins every fault: a question that does not exist, and an answer
// that does not have the form of its question.
func ReadAnswers(text []byte) (Answers, error) {
	var groups map[string]map[string]string
	if err := toml.Unmarshal(text, &groups); err != nil {
		return nil, err
	}
	byID := map[string]Question{}
	for _, q := range Questions() {
		byID[q.ID] = q
	}
	answers, faults := Answers{}, map[string]error{}
	for group, values := range groups {
		for name, value := range values {
			id := group + "." + name
			q, known := byID[id]
			value = strings.TrimSpace(value)
			switch {
			case !known:
				faults[id] = errors.New("deze vraag bestaat niet")
			case value == "":
			default:
				if err := q.check(value); err != nil {
					faults[id] = err
				}
				answers[id] = value
			}
		}
	}
	var all []error
	for _, id := range slices.Sorted(maps.Keys(faults)) {
		all = append(all, fmt.Errorf("%s: %w", id, faults[id]))
	}
	return answers, errors.Join(all...)
}

var (
	monthForm = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`)
	// postponed matches placeholders that people write when they do not know yet: these are not answers.
	postponed = regexp.MustCompile(`(?i)^(\?+|\.+|-+|x+|todo|tbd|n\.?t\.?b\.?|nog in te vullen|volgt|later|onbekend)$`)
)

// check returns what is wrong with an answer.
func (q Question) check(value string) error {
	if postponed.MatchString(value) || openMark.MatchString(value) || strings.Contains(value, "IN TE VULLEN") {
		return errors.New("dit is nog geen antwoord; laat het leeg")
	}
	if q.Form != "alinea" && strings.ContainsAny(value, "\n|") {
		return errors.New("het antwoord past op één regel, zonder |")
	}
	if strings.Contains(value, "|") {
		return errors.New("een antwoord heeft geen |")
	}
	switch q.Form {
	case "datum":
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return fmt.Errorf("%q is geen datum als 2026-11-28", value)
		}
	case "maand":
		if !monthForm.MatchString(value) {
			return fmt.Errorf("%q is geen maand als 2026-11", value)
		}
	case "adres":
		if u, err := url.Parse(value); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("%q is geen adres dat met https:// begint", value)
		}
	case "email":
		if a, err := mail.ParseAddress(value); err != nil || a.Address != value {
			return fmt.Errorf("%q is geen e-mailadres", value)
		}
	case "keuze":
		if !slices.Contains(q.Options, value) {
			return fmt.Errorf("%q is geen van: %s", value, strings.Join(q.Options, ", "))
		}
	}
	return nil
}

// Template returns the file to fill in, with every question, who can answer it, and the existing answers. Answers that come from
// settings are marked.
func (a Answers) Template(given Answers) []byte {
	var b bytes.Buffer
	b.WriteString(`# Wat alleen een mens kan invullen. Vul tussen de aanhalingstekens het antwoord in, bewaar dit bestand
# en geef hetzelfde commando opnieuw: wat hier staat, blijft staan. Leeg betekent: nog niet ingevuld.
# Een langere tekst mag tussen drie aanhalingstekens: """ ... """
`)
	group := ""
	for _, q := range Questions() {
		g, name, _ := strings.Cut(q.ID, ".")
		if g != group {
			group = g
			fmt.Fprintf(&b, "\n[%s]\n", g)
		}
		fmt.Fprintf(&b, "\n# %s\n", q.Ask)
		for _, line := range []struct{ label, text string }{
			{"", q.Why}, {"Wie: ", q.Who}, {"Keuze: ", strings.Join(q.Options, ", ")}, {"Bijvoorbeeld: ", q.Example}, {"Ook in te stellen met ", q.Env}, {"Ingesteld: ", given[q.ID]},
		} {
			if line.text != "" {
				fmt.Fprintf(&b, "# %s%s\n", line.label, line.text)
			}
		}
		fmt.Fprintf(&b, "%s = %s\n", name, quoted(a[q.ID]))
	}
	return b.Bytes()
}

// quoted writes a string as TOML.
func quoted(text string) string {
	if strings.Contains(text, "\n") && !strings.Contains(text, `"""`) && !strings.Contains(text, `\`) {
		return "\"\"\"\n" + text + "\"\"\""
	}
	return strconv.Quote(text)
}
