package advicecode_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"digiwijzer/bot/secret"
	"digiwijzer/flows/advicecode"
	"digiwijzer/referral"
)

// published returns the layouts of every question set published.
func published(t testing.TB) advicecode.Layouts {
	t.Helper()
	layouts, faults := advicecode.Load(os.DirFS(".."))
	require.Empty(t, faults)
	require.NotEmpty(t, layouts)
	return layouts
}

// randomCheck draws a check: any layout, half-year, place and answers, some of them left out.
func randomCheck(r *rand.Rand, layouts advicecode.Layouts) advicecode.Check {
	l := layouts[r.IntN(len(layouts))]
	c := advicecode.Check{Layout: l.Number, HalfYear: fmt.Sprintf("%dH%d", 2026+r.IntN(32), 1+r.IntN(2)), Answers: map[string]string{}}
	for _, q := range l.Questions {
		switch n := r.IntN(len(q.Options)+1) - 1; {
		case n >= 0 && q.Options[0] == "*":
			c.Answers[q.ID] = []string{referral.Outside, "GM0344", "GM0001", "GM2046"}[r.IntN(4)]
		case n >= 0:
			c.Answers[q.ID] = q.Options[n]
		}
	}
	return c
}

func encode(t testing.TB, layouts advicecode.Layouts, c advicecode.Check) string {
	t.Helper()
	code, err := advicecode.Encode(layouts, c)
	require.NoError(t, err)
	return code.String()
}

// goldenChecks must be read as they are for as long as codes are around: a line is never
// changed or removed. With a new layout comes a new line.
var goldenChecks = []struct {
	code  string
	check advicecode.Check
}{
	{"0400-0000-0000-0000-0003-JQ7G", advicecode.Check{Layout: 1, HalfYear: "2026H1", Answers: map[string]string{}}},
	{"040A-R5MW-VBVP-P6N1-E005-C57X", bakery(1, "2026H1")},
	{"082A-R5MW-VBVP-P6N1-E00A-CHA5", bakery(2, "2026H2")},
	{"07ZZ-ZG62-N0X6-T1QZ-Y003-4TGF", advicecode.Check{Layout: 1, HalfYear: "2057H2", Answers: map[string]string{
		"size": "250", "sector": "anders", "municipality": referral.Outside, "self_image": "x", "online_presence": "x", "administration": "x",
		"access_anywhere": "x", "customer_data": "x", "ai_use": "x", "learning": "x", "plan_and_budget": "x", "login_code": "x", "updates": "x",
		"backups": "x", "outage": "x", "customer_demand": "x", "revenue_at_risk": "x", "paperwork": "x", "staffing": "x",
		"digital_requirements": "x", "new_competitors": "x", "obstacle": "x", "help_wanted": "geen"}}},
}

// bakery is a check in which a question was skipped.
func bakery(layout int, halfYear string) advicecode.Check {
	return advicecode.Check{Layout: layout, HalfYear: halfYear, Answers: map[string]string{
		"size": "2", "sector": "retail", "municipality": "GM0344", "self_image": "2", "online_presence": "b", "administration": "a",
		"access_anywhere": "a", "ai_use": "x", "learning": "b", "plan_and_budget": "a", "login_code": "b", "updates": "c", "backups": "b",
		"outage": "b", "customer_demand": "c", "revenue_at_risk": "b", "paperwork": "d", "staffing": "b", "digital_requirements": "b",
		"new_competitors": "a", "obstacle": "tijd", "help_wanted": "papier"}}
}

func TestGoldenCodesAreReadForEver(t *testing.T) {
	layouts := published(t)
	seen := map[int]bool{}
	for _, golden := range goldenChecks {
		c, err := advicecode.Decode(layouts, golden.code)
		if assert.NoError(t, err, golden.code) {
			assert.Equal(t, golden.check, c)
		}
		assert.Equal(t, golden.code, encode(t, layouts, golden.check))
		seen[golden.check.Layout] = true
	}
	for _, l := range layouts {
		assert.True(t, seen[l.Number], "layout %d has a golden code", l.Number)
	}
}

// TestEveryCheckIsReadBack holds that a code is its check, and a check one code.
func TestEveryCheckIsReadBack(t *testing.T) {
	layouts := published(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := randomCheck(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1)), layouts)
		code, err := advicecode.Encode(layouts, c)
		require.NoError(rt, err)
		back, err := advicecode.Decode(layouts, code.String())
		require.NoError(rt, err)
		require.Equal(rt, c, back)
	})
}

// TestExtremesAreReadBack: no answer at all, the first option of every question, the last.
func TestExtremesAreReadBack(t *testing.T) {
	layouts := published(t)
	for _, l := range layouts {
		for _, pick := range []func([]string) int{func([]string) int { return -1 }, func([]string) int { return 0 }, func(o []string) int { return len(o) - 1 }} {
			for _, place := range []string{"", referral.Outside, "GM0001", "GM2046"} {
				for _, half := range []string{"2026H1", "2057H2"} {
					c := advicecode.Check{Layout: l.Number, HalfYear: half, Answers: map[string]string{}}
					for _, q := range l.Questions {
						if n := pick(q.Options); n >= 0 && q.Options[0] != "*" {
							c.Answers[q.ID] = q.Options[n]
						} else if q.Options[0] == "*" && place != "" {
							c.Answers[q.ID] = place
						}
					}
					back, err := advicecode.Decode(layouts, encode(t, layouts, c))
					require.NoError(t, err)
					require.Equal(t, c, back)
				}
			}
		}
	}
}

// TestSizes pins how many bits the answers of each question set take.
func TestSizes(t *testing.T) {
	want := map[int]int{1: 59, 2: 59}
	for _, l := range published(t) {
		t.Logf("layout %d: %d questions, %d of %d bits", l.Number, len(l.Questions), l.Bits(), advicecode.MaxBits)
		assert.Equal(t, want[l.Number], l.Bits())
	}
}

// codes is how many codes TestEveryMistakeIsNoticed tries every mistake in.
var codes = flag.Int("codes", 300, "number of codes to try every mistake in")

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// everyMistake calls f with every code that has one character wrong and every code with two
// neighbours swapped.
func everyMistake(characters string, f func(string)) {
	for i := range characters {
		for _, wrong := range alphabet {
			if byte(wrong) != characters[i] {
				f(characters[:i] + string(wrong) + characters[i+1:])
			}
		}
		if i > 0 && characters[i] != characters[i-1] {
			f(characters[:i-1] + characters[i:i+1] + characters[i-1:i] + characters[i+1:])
		}
	}
}

// TestEveryMistakeIsNoticed enumerates every wrong character and every swap of neighbours of
// many codes.
func TestEveryMistakeIsNoticed(t *testing.T) {
	t.Parallel()
	layouts := published(t)
	r := rand.New(rand.NewPCG(24, 1))
	mistakes := 0
	for range *codes {
		code := strings.ReplaceAll(encode(t, layouts, randomCheck(r, layouts)), "-", "")
		everyMistake(code, func(wrong string) {
			mistakes++
			if _, err := advicecode.Decode(layouts, wrong); err == nil {
				t.Errorf("%s was read as a code, like %s", wrong, code)
			}
		})
	}
	t.Logf("%d mistakes in %d codes, all noticed", mistakes, *codes)
}

// TestReadAsCopied: what people copy, type and paste.
func TestReadAsCopied(t *testing.T) {
	layouts := published(t)
	r := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		c := randomCheck(r, layouts)
		code := encode(t, layouts, c)
		bare := strings.ReplaceAll(code, "-", "")
		for _, text := range []string{
			bare, strings.ToLower(code), strings.ReplaceAll(code, "-", " "), strings.ReplaceAll(code, "-", "–"), strings.ReplaceAll(code, "-", " - "),
			"\"" + code + "\".", "‘" + code + "’", "„" + code + "”", "(" + code + ")", "**" + code + "**", "`" + code + "`", code + "!",
			"  " + code + "\r\n", strings.ReplaceAll(code, "-", "-\n"), strings.ReplaceAll(code, "-", "\u00ad-\u200b"), "\ufeff" + code,
			strings.ReplaceAll(code, "0", "O"), strings.ReplaceAll(strings.ToLower(code), "0", "o"), strings.ReplaceAll(code, "1", "I"),
			strings.ReplaceAll(code, "1", "l"), strings.ReplaceAll(code, "1", "L"), bare[:12] + " " + bare[12:], strings.ReplaceAll(code, "-", "\u00a0"),
			"Mijn code is " + code + ", van vorig jaar", "code:" + code, "code " + strings.ReplaceAll(code, "-", " "), fullWidth(code),
			"https://example.org/a#" + code, strings.Join(strings.Split(bare, ""), " "), "Je adviescode:\n" + code + "\nBewaar deze code.",
		} {
			got, err := advicecode.Decode(layouts, text)
			require.NoError(t, err, "%q", text)
			require.Equal(t, c, got, "%q", text)
		}
	}
}

func fullWidth(text string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, text)
}

func TestWhatIsNoCode(t *testing.T) {
	layouts := published(t)
	code := encode(t, layouts, randomCheck(rand.New(rand.NewPCG(1, 2)), layouts))
	length := func(n int) error { return &advicecode.LengthError{Characters: n} }
	other := strings.ReplaceAll(code, code[:1], "Z")
	for text, want := range map[string]error{
		"":                                   advicecode.ErrNoCode,
		"ja":                                 advicecode.ErrNoCode,
		"kan iemand mij hier aan helpen":     advicecode.ErrNoCode, // 24 letters
		"wij zijn met 5 man in 2 teams":      advicecode.ErrNoCode,
		"bel mij op 030 1234567 na 17 uur":   advicecode.ErrNoCode,
		"telefoonnummer 0301234567":          advicecode.ErrNoCode,
		"Utrecht 3511":                       advicecode.ErrNoCode,
		strings.Repeat("é", 24):              advicecode.ErrNoCode,
		strings.Repeat("4", 5000):            advicecode.ErrNoCode,
		code[:len(code)-1]:                   length(23),
		code + "7":                           length(25),
		"code " + code[:len(code)-1] + "?":   advicecode.ErrUnknownLayout, // twenty-four with a word of four
		other:                                advicecode.ErrUnknownLayout,
		code[:len(code)-1] + "U":             advicecode.ErrTypo,
		code[:len(code)-1] + "é":             advicecode.ErrTypo,
		"mijn code " + flipped(code) + " ok": advicecode.ErrTypo,
	} {
		_, err := advicecode.Decode(layouts, text)
		assert.Equal(t, want, err, "%q", text)
	}
}

// flipped returns the code with another last character.
func flipped(code string) string {
	last := "7"
	if strings.HasSuffix(code, last) {
		last = "8"
	}
	return code[:len(code)-1] + last
}

// layoutsOf loads layouts from the questions of each number.
func layoutsOf(t *testing.T, sets map[int][]string) advicecode.Layouts {
	t.Helper()
	var text strings.Builder
	for _, number := range slices.Sorted(maps.Keys(sets)) {
		var questions []advicecode.Question
		for _, line := range sets[number] {
			fields := strings.Fields(line)
			questions = append(questions, advicecode.Question{ID: fields[0], Options: fields[1:]})
		}
		text.WriteString(advicecode.NewLayout(number, questions).String())
	}
	layouts, faults := advicecode.Load(fstest.MapFS{"layouts.toml": {Data: []byte(text.String())}})
	require.Empty(t, faults)
	return layouts
}

// TestOtherLayoutsAreRefused: a code of one installation's questions is not read with those
// of another, not even under the same number.
func TestOtherLayoutsAreRefused(t *testing.T) {
	here := layoutsOf(t, map[int][]string{1: {"size 1 2"}, 128: {"size 1 2", "colour red blue"}})
	there := layoutsOf(t, map[int][]string{128: {"size 1 2", "colour blue red"}, 129: {"size 1 2", "colour red blue"}})
	c := advicecode.Check{Layout: 128, HalfYear: "2026H2", Answers: map[string]string{"colour": "red"}}
	_, err := advicecode.Decode(there, encode(t, here, c))
	require.ErrorIs(t, err, advicecode.ErrTypo, "same number, other questions")
	c.Layout = 129
	_, err = advicecode.Decode(here, encode(t, there, c))
	require.ErrorIs(t, err, advicecode.ErrUnknownLayout)
	c.Layout = 1
	_, err = advicecode.Encode(here, c)
	require.ErrorIs(t, err, advicecode.ErrUnencodable, "layout 1 has no colours")
}

// TestLocalLayoutsNeverCollide holds that no code of a local layout is read as one of the
// project's: their numbers differ, and a mistake that changes a number is noticed.
func TestLocalLayoutsNeverCollide(t *testing.T) {
	project := published(t)
	sets := map[int][]string{}
	for number := advicecode.FirstLocalSet; number <= 255; number++ {
		for _, q := range project[len(project)-1].Questions {
			sets[number] = append(sets[number], q.ID+" "+strings.Join(q.Options, " "))
		}
		sets[number] = append(sets[number], fmt.Sprintf("extra a%d b", number))
	}
	local := layoutsOf(t, sets)
	all := append(slices.Clone(project), local...)
	r := rand.New(rand.NewPCG(128, 255))
	for range 300 {
		code := encode(t, local, randomCheck(r, local))
		_, err := advicecode.Decode(project, code)
		require.ErrorIs(t, err, advicecode.ErrUnknownLayout)
		everyMistake(strings.ReplaceAll(code, "-", "")[:3], func(start string) {
			_, err := advicecode.Decode(all, start+strings.ReplaceAll(code, "-", "")[3:])
			require.Error(t, err)
		})
	}
}

// TestConfusableLayoutsAreRefused: a layout whose fingerprint cancels the change of its number
// would let a mistyped code pass. One is found by trying.
func TestConfusableLayoutsAreRefused(t *testing.T) {
	first := advicecode.NewLayout(1, []advicecode.Question{{ID: "size", Options: []string{"1", "2"}}})
	for i := range 1 << 20 {
		for number := 2; number < 256; number++ {
			other := advicecode.NewLayout(number, []advicecode.Question{{ID: fmt.Sprint("q", i), Options: []string{"1", "2"}}})
			difference := first.Fingerprint ^ other.Fingerprint
			if difference&0x1FF != 0 {
				break // the fingerprint does not depend on the number
			}
			if difference>>16 != uint32(1^number) {
				continue
			}
			_, faults := advicecode.Load(fstest.MapFS{"layouts.toml": {Data: []byte(first.String() + other.String())}})
			require.Len(t, faults, 1)
			require.ErrorContains(t, faults[0], "a mistyped code could pass for one of layout 1")
			return
		}
	}
	t.Fatal("no such layout was found")
}

// TestPaddingIsZero: a code that was not made here is refused, also when its check is right.
func TestPaddingIsZero(t *testing.T) {
	layouts := layoutsOf(t, map[int][]string{1: {"size 1 2 3 4", "wish a b"}}) // 15 values in 4 bits
	zero := [12]byte{1}
	for bit := range 96 - 25 {
		data := zero
		data[(25+bit)/8] |= 1 << (7 - (25+bit)%8)
		_, err := advicecode.Decode(layouts, advicecode.Sealed(layouts[0], data))
		if bit < 4 {
			assert.NoError(t, err, "bit %d of the answers", bit)
		} else {
			assert.Equal(t, advicecode.ErrMalformed, err, "bit %d", bit)
		}
	}
	full := zero
	full[3] = 0x78
	_, err := advicecode.Decode(layouts, advicecode.Sealed(layouts[0], full))
	assert.Equal(t, advicecode.ErrMalformed, err, "the value 15 of 0-14")
}

// TestCRC24 has the check value of CRC-24/OPENPGP, from
// https://reveng.sourceforge.io/crc-catalogue/17plus.htm.
func TestCRC24(t *testing.T) {
	assert.Equal(t, uint32(0x21CF02), advicecode.CRC24(0xB704CE, []byte("123456789")))
}

func TestWhatHasNoCode(t *testing.T) {
	layouts := published(t)
	for name, c := range map[string]advicecode.Check{
		"too early":          {Layout: 1, HalfYear: "2025H2"},
		"too late":           {Layout: 1, HalfYear: "2058H1"},
		"no half-year":       {Layout: 1, HalfYear: "2026H3"},
		"a quarter":          {Layout: 1, HalfYear: "2026Q1"},
		"another form":       {Layout: 1, HalfYear: "+2026H1"},
		"no such option":     {Layout: 1, HalfYear: "2026H1", Answers: map[string]string{"size": "3"}},
		"empty option":       {Layout: 1, HalfYear: "2026H1", Answers: map[string]string{"size": ""}},
		"no such question":   {Layout: 1, HalfYear: "2026H1", Answers: map[string]string{"satisfaction": "5"}},
		"no GM code":         {Layout: 1, HalfYear: "2026H1", Answers: map[string]string{"municipality": "GM344"}},
		"GM number zero":     {Layout: 1, HalfYear: "2026H1", Answers: map[string]string{"municipality": "GM0000"}},
		"GM number too high": {Layout: 1, HalfYear: "2026H1", Answers: map[string]string{"municipality": "GM2047"}},
		"a word":             {Layout: 1, HalfYear: "2026H1", Answers: map[string]string{"municipality": "Zeist"}},
	} {
		code, err := advicecode.Encode(layouts, c)
		assert.ErrorIs(t, err, advicecode.ErrUnencodable, name)
		assert.True(t, code.Empty(), name)
	}
	_, err := advicecode.Encode(layouts, advicecode.Check{Layout: 99, HalfYear: "2026H1"})
	assert.ErrorIs(t, err, advicecode.ErrUnknownLayout)
}

func TestLayoutsThatCannotBeUsed(t *testing.T) {
	many := "q a b c d e f g h i j k l m n o p q r s t u v w x y z"
	var wide []string
	for i := range 16 {
		wide = append(wide, strings.Replace(many, "q", fmt.Sprint("q", i), 1))
	}
	for want, questions := range map[string][]string{
		"do not fit into a code of 71 bits":        wide,
		`question "size", or an option of it,`:     {"size 1 2", "size 1 2"},
		`question "sector", or an option of it,`:   {"sector a a"},
		"only one question has the municipalities": {"home *", "work *"},
	} {
		var all []advicecode.Question
		for _, line := range questions {
			fields := strings.Fields(line)
			all = append(all, advicecode.Question{ID: fields[0], Options: fields[1:]})
		}
		_, faults := advicecode.Load(fstest.MapFS{"layouts.toml": {Data: []byte(advicecode.NewLayout(1, all).String())}})
		require.Len(t, faults, 1)
		assert.ErrorContains(t, faults[0], want)
	}
}

// TestCodesAreNeverPrinted: whatever prints a code, or a struct with one in any field, prints
// none of its characters.
func TestCodesAreNeverPrinted(t *testing.T) {
	layouts := published(t)
	code, err := advicecode.Encode(layouts, randomCheck(rand.New(rand.NewPCG(3, 3)), layouts))
	require.NoError(t, err)
	var printed bytes.Buffer
	for _, v := range []any{code, &code, struct{ C advicecode.Code }{code}, struct{ c advicecode.Code }{code}, struct{ advicecode.Code }{code}, []advicecode.Code{code}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&printed, verb, v)
		}
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "code", v)
		slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "code", v)
		asJSON, err := json.Marshal(v)
		require.NoError(t, err)
		printed.Write(asJSON)
	}
	assert.Contains(t, printed.String(), secret.Mask)
	for _, group := range strings.Split(code.String(), "-") {
		assert.NotContains(t, printed.String(), group)
		assert.NotContains(t, printed.String(), fmt.Sprintf("%x", group))
	}
	assert.Empty(t, advicecode.Code{}.String())
	assert.True(t, advicecode.Code{}.Empty())
}

// FuzzDecode: any text is read or refused with one of the errors; what is read has one code.
func FuzzDecode(f *testing.F) {
	layouts := published(f)
	for _, golden := range goldenChecks {
		f.Add(golden.code)
	}
	f.Add("Mijn code: 0a5f 2m9x")
	f.Add("\xff\ufeff")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := advicecode.Decode(layouts, text)
		if err != nil {
			var length *advicecode.LengthError
			known := errors.As(err, &length)
			for _, e := range []error{advicecode.ErrNoCode, advicecode.ErrTypo, advicecode.ErrUnknownLayout, advicecode.ErrMalformed} {
				known = known || errors.Is(err, e)
			}
			assert.True(t, known, err)
			return
		}
		back, err := advicecode.Decode(layouts, encode(t, layouts, c))
		require.NoError(t, err)
		require.Equal(t, c, back)
	})
}
