package referral

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxTyped is the length in bytes of the longest typed text that is matched.
const maxTyped = 120

// place is a name that people may type.
type place struct {
	title string // as it is written
	words string // folded, with single spaces
	name  []rune // folded, without spaces
	sound []rune // by sound
	code  string // empty: outside the region
}

func newPlace(name, code string) place {
	words := Fold(name)
	joined := strings.ReplaceAll(words, " ", "")
	return place{title: name, words: words, name: []rune(joined), sound: []rune(sound(joined)), code: code}
}

// Match recognises a typed place on a day: the name of a municipality, village or former
// municipality, exact, with typing errors or among other words; or a postcode. Texts over 120 bytes
// and invalid UTF-8 are never recognised.
func (r *Region) Match(text string, on Date) PlaceMatch {
	if len(text) > maxTyped || !utf8.ValidString(text) {
		return PlaceMatch{}
	}
	words := strings.TrimPrefix(Fold(text), "gemeente ")
	if words == "" {
		return PlaceMatch{}
	}
	if p := r.exact(words); p != nil {
		return r.found(p, PlaceExact, on)
	}
	if codes := r.maybe[strings.ReplaceAll(words, " ", "")]; codes != nil {
		return r.confirm(codes, on)
	}
	if form := postcodeForm.FindStringSubmatch(words); form != nil {
		return r.postcode(form[1], on)
	}
	if p := r.contained(words); p != nil {
		return r.found(p, PlaceGuess, on)
	}
	if p := r.nearest(words); p != nil && p.code != "" {
		return r.found(p, PlaceGuess, on)
	}
	return PlaceMatch{}
}

func (r *Region) found(p *place, kind PlaceKind, on Date) PlaceMatch {
	if p.code == "" {
		return PlaceMatch{Kind: PlaceOutside}
	}
	m, ok := r.Municipality(p.code, on)
	if !ok {
		return PlaceMatch{}
	}
	return PlaceMatch{Kind: kind, Municipality: m, Place: p.title}
}

// confirm returns the guess for a name of places in these municipalities, and possibly elsewhere.
func (r *Region) confirm(codes []string, on Date) PlaceMatch {
	match := PlaceMatch{}
	for _, code := range codes {
		switch m := r.municipality(code, on); {
		case m == nil:
		case match.Kind == PlaceNone:
			match = PlaceMatch{Kind: PlaceGuess, Municipality: *m}
		case m.Code != match.Municipality.Code:
			match.Other = m
		}
	}
	return match
}

// postcodeForm is a folded Dutch postcode, with or without its letters.
var postcodeForm = regexp.MustCompile(`^([1-9]\d{3}) ?(?:[a-z]{2})?$`)

// postcode returns the guess for the four digits of a postcode: the borders of postcodes
// and municipalities differ in places.
func (r *Region) postcode(digits string, on Date) PlaceMatch {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return PlaceMatch{}
	}
	for _, p := range r.postcodes {
		if p.from <= n && n <= p.to {
			return r.confirm([]string{p.code}, on)
		}
	}
	return PlaceMatch{Kind: PlacePostcode}
}

func (r *Region) exact(words string) *place {
	joined := strings.ReplaceAll(words, " ", "")
	for i := range r.places {
		if string(r.places[i].name) == joined {
			return &r.places[i]
		}
	}
	return nil
}

// contained returns the place named among other words; nil when the text names two
// municipalities. A name takes precedence over a shorter one inside it.
func (r *Region) contained(words string) *place {
	text := " " + words + " "
	var best *place
	for i := range r.places {
		p := &r.places[i]
		switch {
		case !strings.Contains(text, " "+p.words+" "):
		case best == nil || strings.Contains(" "+p.words+" ", " "+best.words+" "):
			best = p
		case strings.Contains(" "+best.words+" ", " "+p.words+" "):
		case best.code != p.code:
			return nil
		}
	}
	return best
}

// nearest returns the place with the smallest difference in spelling or sound, within tolerance; nil
// if a place of another municipality is as near. Places outside the region are included, so that a
// misspelling of one is not matched to one inside.
func (r *Region) nearest(words string) *place {
	joined := strings.ReplaceAll(words, " ", "")
	letters, sounds := []rune(joined), []rune(sound(joined))
	limit := tolerance(len(letters))
	if limit == 0 {
		return nil
	}
	var best *place
	least, tied := limit+1, false
	for i := range r.places {
		p := &r.places[i]
		d := min(distance(letters, p.name, limit), 1+distance(sounds, p.sound, limit))
		switch {
		case d < least:
			best, least, tied = p, d, false
		case d == least && best != nil && best.code != p.code:
			tied = true
		}
	}
	if tied {
		return nil
	}
	return best
}

// tolerance returns the number of typing errors accepted in a word of n letters.
func tolerance(n int) int {
	switch {
	case n < 4:
		return 0
	case n < 6:
		return 1
	case n < 10:
		return 2
	}
	return 3
}

// distance returns the Damerau–Levenshtein distance (optimal string alignment): the
// number of letters to insert, delete, replace or swap with their neighbour, and
// limit+1 for any distance over the limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(b) >= longestName {
		return limit + 1
	}
	var rows [3][longestName + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}

// longestName bounds the length of a place name in runes; Load checks it.
const longestName = 48

// alike replaces letters that sound the same in Dutch by one spelling.
var alike = strings.NewReplacer("ei", "y", "ij", "y", "ey", "y", "au", "ou", "ch", "g", "ck", "k", "dt", "t", "th", "t", "ph", "f", "ae", "aa", "ue", "uu")

// sound returns folded text by its sound, with double letters reduced to one.
func sound(folded string) string {
	var b strings.Builder
	last := rune(-1)
	for _, c := range alike.Replace(folded) {
		switch c {
		case 'c', 'q':
			c = 'k'
		case 'z':
			c = 's'
		case 'v':
			c = 'f'
		}
		if c != last {
			b.WriteRune(c)
		}
		last = c
	}
	return b.String()
}
