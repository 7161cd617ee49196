package audit

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed limits.toml
var limitsTOML string

// Limits are the limits of texts; limits.toml documents each.
type Limits struct {
	Message      int      `toml:"message"`
	Caption      int      `toml:"caption"`
	Label        []int    `toml:"label"`
	Owned        []string `toml:"owned"`
	Professional []string `toml:"professional"`
	Same         []string `toml:"same"`
	SamePrefixes []string `toml:"same_prefixes"`
	SameWords    int      `toml:"same_words"`
	Plain        Plain    `toml:"plain"`
}

// Plain are the limits of plain language in Dutch texts.
type Plain struct {
	SentenceWords int      `toml:"sentence_words"`
	AverageWords  float64  `toml:"average_words"`
	QuestionWords int      `toml:"question_words"`
	Emoji         int      `toml:"emoji"`
	Exclamations  int      `toml:"exclamations"`
	ReadingEase   float64  `toml:"reading_ease"`
	ReadingFrom   int      `toml:"reading_from"`
	Jargon        []string `toml:"jargon"`
	Formal        []string `toml:"formal"`
}

// parseLimits decodes limits in the form of limits.toml. Unknown keys are errors.
func parseLimits(text string) (*Limits, error) {
	l := &Limits{}
	meta, err := toml.Decode(text, l)
	if err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("limits: unknown key %q", unknown[0].String())
	}
	if l.Message < 1 || l.Caption < 1 || len(l.Label) == 0 {
		return nil, fmt.Errorf("limits: message, caption and label must be given")
	}
	return l, nil
}

// embeddedLimits returns the limits built into the program; a test parses them.
func embeddedLimits() *Limits {
	l, err := parseLimits(limitsTOML)
	if err != nil {
		panic("the limits embedded in the program: " + err.Error())
	}
	return l
}

func anyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
