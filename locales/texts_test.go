package locales

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The rules of style that every text must follow.

const (
	longestMessage = 4096 // Telegram's limit for one message
	longestOption  = 36
	longestLabel   = 26 // what a phone shows of a button
	longestWords   = 25 // words in a sentence
)

// spoken are the texts an entrepreneur reads in a conversation, by their first word.
var spoken = []string{"question", "option", "label", "topic", "because", "reason", "note", "tip",
	"initiative", "quadrant", "picture", "chat", "talk"}

// jargon is what a baker need not know; patterns of whole words, lower case.
var jargon = regexp.MustCompile(`\b(cloud|crm|erp|mfa|2fa|saas|tool(s|ing)?|implement\w*|optimalis\w*|faciliteren|` +
	`stakeholders?|awareness|compliance|patchen|readiness|digitaliseringstransitie|traject(en)?|middels|` +
	`teneinde|dient te|conform|desalniettemin|derhalve)\b`)

// formal is the formal address; U-TECH is a name.
var formal = regexp.MustCompile(`(?i)\b(u|uw|uzelf)([^-\w]|$)`)

var action = regexp.MustCompile(`\{\{.*?\}\}`)

var sentenceEnd = regexp.MustCompile(`[.!?:;]+(\s+|$)`)

func embeddedTexts(t *testing.T) *Texts {
	t.Helper()
	texts, err := Load(Embedded())
	require.NoError(t, err)
	return texts
}

// each visits every form of every text of a language, with X for what is filled in.
func (t *Texts) each(lang string, visit func(id, text string)) {
	for _, id := range t.IDs(lang) {
		for _, form := range t.Source(lang, id) {
			visit(id, action.ReplaceAllString(form, "X"))
		}
	}
}

func isSpoken(id string) bool {
	first, _, _ := strings.Cut(id, ".")
	for _, s := range spoken {
		if s == first {
			return true
		}
	}
	return false
}

func TestEveryTextIsThereInEveryLanguage(t *testing.T) {
	texts := embeddedTexts(t)
	assert.Equal(t, []string{"nl", "en"}, texts.Languages())
	for _, fault := range texts.Faults() {
		t.Error(fault)
	}
}

func TestEveryTextCanBeRendered(t *testing.T) {
	texts := embeddedTexts(t)
	for _, lang := range texts.Languages() {
		for _, id := range texts.IDs(lang) {
			args := map[string]any{}
			for _, name := range texts.by[lang].texts[id].placeholders() {
				args[name] = 1
			}
			words, err := texts.render(lang, id, args)
			assert.NoError(t, err)
			assert.NotContains(t, words, "{{", "%s (%s)", id, lang)
		}
	}
}

func TestLengths(t *testing.T) {
	texts := embeddedTexts(t)
	for _, lang := range texts.Languages() {
		texts.each(lang, func(id, text string) {
			n := utf8.RuneCountInString(text)
			assert.LessOrEqual(t, n, longestMessage, "%s (%s)", id, lang)
			switch kind, rest, _ := strings.Cut(id, "."); kind {
			case "label":
				assert.LessOrEqual(t, n, longestLabel, "%s (%s)", id, lang)
				assert.True(t, texts.Has(lang, "option."+rest), "%s (%s) has no option", id, lang)
			case "option":
				assert.LessOrEqual(t, n, longestOption, "%s (%s)", id, lang)
				assert.True(t, n <= longestLabel || texts.Has(lang, "label."+rest), "%s (%s) needs a label: %d characters", id, lang, n)
			case "topic":
				assert.LessOrEqual(t, len(strings.Fields(text)), 4, "%s (%s)", id, lang)
			}
		})
	}
}

func TestSentencesAreShort(t *testing.T) {
	texts := embeddedTexts(t)
	for _, lang := range texts.Languages() {
		texts.each(lang, func(id, text string) {
			if !isSpoken(id) {
				return
			}
			for _, sentence := range sentenceEnd.Split(text, -1) {
				assert.LessOrEqual(t, len(strings.Fields(sentence)), longestWords, "%s (%s): %s", id, lang, sentence)
			}
		})
	}
}

func TestQuestionsAreWhole(t *testing.T) {
	texts := embeddedTexts(t)
	asked := 0
	for _, id := range texts.IDs("nl") {
		question, ok := strings.CutPrefix(id, "question.")
		if !ok {
			continue
		}
		question, part, _ := strings.Cut(question, ".")
		assert.Contains(t, []string{"text", "hint", "team"}, part, id)
		if part == "text" {
			asked++
			assert.True(t, texts.Has("nl", "topic."+question), "topic.%s", question)
		}
		for _, lang := range texts.Languages() {
			words := texts.Text(lang, id)
			assert.Equal(t, part != "hint", strings.HasSuffix(words, "?"), "%s (%s): %s", id, lang, words)
		}
	}
	assert.Equal(t, 24, asked)
}

func TestReasonsJoinIntoOneSentence(t *testing.T) {
	texts := embeddedTexts(t)
	for _, lang := range texts.Languages() {
		seen := map[string]string{}
		texts.each(lang, func(id, text string) {
			if !strings.HasPrefix(id, "because.") {
				return
			}
			first, _ := utf8.DecodeRuneInString(text)
			assert.True(t, unicode.IsLower(first), "%s (%s) must begin in lower case", id, lang)
			assert.False(t, strings.ContainsAny(text, ".,;:!?"), "%s (%s): %s", id, lang, text)
			assert.Empty(t, seen[text], "%s (%s) says the same", id, lang)
			seen[text] = id
		})
		assert.NotEmpty(t, seen)
	}
}

func TestInitiativesAreToldTheSameWay(t *testing.T) {
	texts := embeddedTexts(t)
	for _, lang := range texts.Languages() {
		texts.each(lang, func(id, text string) {
			rest, ok := strings.CutPrefix(id, "initiative.")
			if !ok {
				return
			}
			name, part, _ := strings.Cut(rest, ".")
			switch part {
			case "pitch":
				assert.True(t, texts.Has(lang, "initiative."+name+".about"), "%s.about (%s)", name, lang)
				assert.False(t, strings.HasSuffix(text, "."), "%s (%s) is no sentence", id, lang)
			case "about", "next", "cost":
				first, _ := utf8.DecodeRuneInString(text)
				assert.True(t, unicode.IsUpper(first) && strings.HasSuffix(text, "."), "%s (%s) is a sentence", id, lang)
			default:
				t.Errorf("%s (%s): unknown part", id, lang)
			}
		})
	}
}

func TestTone(t *testing.T) {
	texts := embeddedTexts(t)
	for _, lang := range texts.Languages() {
		texts.each(lang, func(id, text string) {
			assert.LessOrEqual(t, strings.Count(text, "!"), 1, "%s (%s) shouts", id, lang)
			assert.False(t, strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") || strings.Contains(text, "  "), "%s (%s): spaces", id, lang)
			if !strings.HasPrefix(id, "option.satisfaction.") {
				assert.False(t, strings.ContainsFunc(text, isEmoji), "%s (%s): an emoji: %s", id, lang, text)
			}
			if lang == "nl" && !strings.HasPrefix(id, "words.") {
				assert.Empty(t, formal.FindString(text), "%s: je, not u: %s", id, text)
			}
			if lang == "nl" && isSpoken(id) {
				assert.Empty(t, jargon.FindString(strings.ToLower(text)), "%s: jargon: %s", id, text)
			}
		})
	}
}

// isEmoji reports whether a character is a picture. Plain signs such as ✓ and ↩ are not.
func isEmoji(r rune) bool { return r >= 0x1F000 || r >= 0x2600 && r <= 0x26FF }
