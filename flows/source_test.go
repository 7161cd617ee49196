package flows_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/flows/audit"
)

// handedOut are partners as a region has them: more than fit on one screen.
func handedOut() map[string]flows.Partner {
	partners := map[string]flows.Partner{
		flows.TestPartner: {Name: "Test"},
		"kvk":             {Name: "KVK"},
		"mkb":             {Name: "MKB Midden"},
		"zeist":           {Name: "Gemeente Zeist", Municipality: "GM0355", Kind: flows.PartnerMunicipality},
		"soest":           {Name: "Gemeente Soest", Municipality: "GM0342", Kind: flows.PartnerMunicipality},
		"gooi":            {Name: "Ondernemers in het Gooi", Municipality: "GM0402"},
		"heuvelrug":       {Name: "Ondernemersvereniging De Utrechtse Heuvelrug", Municipality: "GM1581"},
	}
	for i := range 9 {
		partners[fmt.Sprintf("bank-%d", i)] = flows.Partner{Name: fmt.Sprintf("Bank %d", i)}
	}
	return partners
}

func engineOf(t testing.TB, partners map[string]flows.Partner) *flows.Engine {
	t.Helper()
	c := content(t)
	c.Partners = partners
	return flows.NewEngine(c)
}

// atSource answers the first part, with the municipality given.
func atSource(t testing.TB, e *flows.Engine, link flows.Link, municipality string) flows.Turn {
	t.Helper()
	turn := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Link: link, Today: today})
	for _, answer := range [][2]string{{"size", "2"}, {"sector", "horeca"}, {"municipality", municipality}, {"self_image", "3"}} {
		if e.Pending(turn.Session) != answer[0] {
			continue // came with the link
		}
		turn = press(e, turn.Session, answer[0], answer[1])
	}
	return turn
}

func press(e *flows.Engine, s flows.Session, question, option string) flows.Turn {
	return e.Step(s, flows.Input{Kind: flows.Answer, Question: question, Option: option, Rev: s.Rev, Today: today})
}

// proposed are the options of "Hoe kwam je hier?" on the screen; none when it is not asked.
func proposed(turn flows.Turn) (options []string) {
	for _, row := range turn.Replies[len(turn.Replies)-1].Keys {
		for _, b := range row {
			if b.Question == flows.SourceQuestion {
				options = append(options, b.Option)
			}
		}
	}
	return options
}

func TestSourceProposesThePartnersOfTheRegion(t *testing.T) {
	e := engineOf(t, handedOut())
	for municipality, want := range map[string][]string{
		"GM0355": {"zeist", "heuvelrug", "bank-0"},
		"GM0402": {"gooi", "bank-0"},
		"buiten": {"bank-0", "bank-1"},
	} {
		options := proposed(atSource(t, e, flows.Link{}, municipality))
		require.Len(t, options, 9, "at most eight, and skip")
		require.Equal(t, flows.SourceSkip, options[8])
		require.Equal(t, want, options[:len(want)], municipality)
		require.NotContains(t, options, flows.TestPartner)
		require.NotContains(t, options, "soest", "a municipality is proposed at home only")
	}
}

func TestSourceIsAskedOnceAndOnlyIfUnknown(t *testing.T) {
	e := engineOf(t, handedOut())
	require.Empty(t, proposed(atSource(t, e, flows.Link{Partner: "kvk"}, "GM0355")), "the partner is known")
	none := engineOf(t, map[string]flows.Partner{flows.TestPartner: {Name: "Test"}})
	require.Empty(t, proposed(atSource(t, none, flows.Link{}, "GM0355")), "there is nobody to name")
	away := engineOf(t, map[string]flows.Partner{"zeist": {Name: "Gemeente Zeist", Municipality: "GM0355", Kind: flows.PartnerMunicipality}})
	require.Empty(t, proposed(atSource(t, away, flows.Link{}, "GM0342")), "there is nobody to propose")

	asked := atSource(t, e, flows.Link{Municipality: "GM0355"}, "GM0355")
	require.NotEmpty(t, proposed(asked), "a municipality in the link is no partner")
	require.Equal(t, flows.SourceQuestion, e.Pending(asked.Session))
	skipped := press(e, asked.Session, flows.SourceQuestion, flows.SourceSkip)
	require.Empty(t, proposed(skipped))
	require.Empty(t, skipped.Session.Partner)
	require.Empty(t, skipped.Facts.PartnerLearned)
	for _, in := range []flows.Input{{Kind: flows.Start}, {Kind: flows.Action, Action: flows.DoBack}} {
		in.Today = today
		again := e.Step(skipped.Session, in)
		if in.Action == flows.DoBack {
			again = press(e, again.Session, "self_image", "2")
		}
		require.Empty(t, proposed(again), "%s asks it again", in.Kind)
	}
	restarted := e.Step(skipped.Session, flows.Input{Kind: flows.Action, Action: flows.DoRestart, Today: today})
	for _, answer := range [][2]string{{"size", "2"}, {"sector", "horeca"}, {"self_image", "3"}} {
		restarted = press(e, restarted.Session, answer[0], answer[1])
	}
	require.Empty(t, proposed(restarted), "after starting over too")
}

// A link that is opened during a conversation without a partner names one, as the answer to the question does.
func TestLinkDuringAConversationNamesThePartner(t *testing.T) {
	e := engineOf(t, handedOut())
	asked := atSource(t, e, flows.Link{}, "GM0355")
	link := flows.Input{Kind: flows.Start, Link: flows.Link{Partner: "kvk"}, Today: today}
	named := e.Step(asked.Session, link)
	require.Equal(t, "kvk", named.Session.Partner)
	require.Equal(t, flows.Facts{PartnerLearned: "kvk"}, named.Facts)
	require.Empty(t, e.Step(named.Session, link).Facts, "once")
	link.Link.Partner = flows.TestPartner
	require.Empty(t, e.Step(asked.Session, link).Facts.PartnerLearned, "a try-out counts nothing")
}

func TestSourceIsNoAnswerToTheQuestionnaire(t *testing.T) {
	e := engineOf(t, handedOut())
	asked := atSource(t, e, flows.Link{}, "GM0355")
	told := press(e, asked.Session, flows.SourceQuestion, "kvk")
	require.Equal(t, asked.Session.Answers, told.Session.Answers)
	require.Equal(t, "kvk", told.Session.Partner)
	require.Equal(t, flows.Facts{PartnerLearned: "kvk"}, told.Facts)
	require.Equal(t, "online_presence", e.Pending(told.Session))
}

func TestSourceRefusesButtonsThatAreNotThere(t *testing.T) {
	e := engineOf(t, handedOut())
	asked := atSource(t, e, flows.Link{}, "GM0355")
	told := press(e, asked.Session, flows.SourceQuestion, "kvk")
	for name, tried := range map[string]struct {
		session flows.Session
		in      flows.Input
	}{
		"unknown partner":  {asked.Session, flows.Input{Question: flows.SourceQuestion, Option: "bakker-jansen", Rev: asked.Session.Rev}},
		"test partner":     {asked.Session, flows.Input{Question: flows.SourceQuestion, Option: flows.TestPartner, Rev: asked.Session.Rev}},
		"older button":     {asked.Session, flows.Input{Question: flows.SourceQuestion, Option: "kvk", Rev: asked.Session.Rev - 1}},
		"another question": {asked.Session, flows.Input{Question: "online_presence", Option: "a", Rev: asked.Session.Rev}},
		"pressed twice":    {told.Session, flows.Input{Question: flows.SourceQuestion, Option: "kvk", Rev: asked.Session.Rev}},
		"second thoughts":  {told.Session, flows.Input{Question: flows.SourceQuestion, Option: "mkb", Rev: told.Session.Rev}},
	} {
		tried.in.Kind, tried.in.Today = flows.Answer, today
		turn := e.Step(tried.session, tried.in)
		require.Equal(t, tried.session, turn.Session, name)
		require.Equal(t, flows.Facts{}, turn.Facts, name)
		require.Equal(t, flows.Notice, turn.Replies[0].Blocks[0].Style, name)
	}
}

func TestSourceCanBeTyped(t *testing.T) {
	e := engineOf(t, handedOut())
	asked := atSource(t, e, flows.Link{}, "GM0355")
	for text, want := range map[string]string{
		"KVK":               "kvk",
		"de heuvelrug":      "heuvelrug",
		"gemeente soest":    "soest", // not on the screen
		"mkb midden!":       "mkb",
		"2":                 "heuvelrug",
		"gemeente":          "zeist", // the only one of those on the screen
		"bank":              "",      // eight of them
		"test":              "",
		"bakkerij jansen":   "",
		"99":                "",
		"\x00'; DROP TABLE": "",
	} {
		turn := e.Step(asked.Session, flows.Input{Kind: flows.Text, Text: text, Today: today})
		require.Equal(t, want, turn.Session.Partner, text)
		require.Equal(t, want, turn.Facts.PartnerLearned, text)
		require.Equal(t, want == "", len(proposed(turn)) > 0, "%q: it stays until it is settled", text)
	}
	for _, text := range []string{"overslaan", "weet ik niet", "9"} {
		turn := e.Step(asked.Session, flows.Input{Kind: flows.Text, Text: text, Today: today})
		require.True(t, turn.Session.SourceAsked, text)
		require.Empty(t, turn.Session.Partner, text)
	}
}

func TestSourceShortensLongNames(t *testing.T) {
	turn := atSource(t, engineOf(t, handedOut()), flows.Link{}, "GM1581")
	reply := turn.Replies[len(turn.Replies)-1]
	first := reply.Keys[0][0]
	require.Equal(t, "heuvelrug", first.Option)
	require.Equal(t, flows.Name("Ondernemersvereniging De Utrechtse Heuvelrug"), *first.Full)
	label, err := texts(t).Render("nl", first.Label)
	require.NoError(t, err)
	require.Equal(t, "Ondernemersvereniging De…", label)
	require.True(t, slices.ContainsFunc(reply.Blocks, func(b flows.Block) bool {
		return b.Style == flows.Option && b.Text.ID == first.Full.ID && fmt.Sprint(b.Text.Args) == fmt.Sprint(first.Full.Args)
	}), "the name is in the message in full")
}

// TestAttributionSurvivesLostParameters: when 30 % of the start links lose their
// parameter on the way, each partner's count differs from the truth by no more than
// those who skipped the question, and nothing is counted twice or for another.
func TestAttributionSurvivesLostParameters(t *testing.T) {
	t.Parallel()
	people := 5 * *journeys
	e := engineOf(t, handedOut())
	r := rand.New(rand.NewPCG(2026, 47))
	truth, started := map[string]int{}, map[string]int{}
	skippedBy, unknown := map[string]int{}, 0
	partners := []string{"kvk", "mkb", "zeist", "heuvelrug", "gooi"}
	lost := 0
	for range people {
		through := partners[r.IntN(len(partners))]
		truth[through]++
		in := flows.Input{Kind: flows.Start, Today: today, Link: e.ParseLink(through)}
		if r.Float64() < 0.3 {
			in.Link = flows.Link{}
			lost++
		}
		turn := e.Step(flows.Session{}, in)
		begun := turn.Session.Partner
		for turn.Session.Phase == flows.PhaseAsking {
			turn = reactAs(t, e, r, turn, through, skippedBy)
			if turn.Facts.PartnerLearned != "" {
				require.Empty(t, begun, "counted twice")
				begun = turn.Facts.PartnerLearned
			}
		}
		require.NotNil(t, turn.Facts.Outcome)
		require.Equal(t, begun, turn.Facts.Outcome.Partner, "begun and completed are of one partner")
		if begun == "" {
			unknown++
			continue
		}
		started[begun]++
	}
	skipped := 0
	for _, code := range partners {
		require.Equal(t, truth[code]-skippedBy[code], started[code], code)
		skipped += skippedBy[code]
	}
	require.Equal(t, skipped, unknown, "the share unknown is those who skipped")
	require.Greater(t, lost, people/4)
	require.Less(t, skipped, lost/2)
	t.Logf("%d people, %d lost the parameter, %d skipped; per partner truth %v, counted %v", people, lost, skipped, truth, started)
}

// reactAs answers as someone who came through a partner: one in four skips, some type
// the name, the others press its button where it is on the screen.
func reactAs(t *testing.T, e *flows.Engine, r *rand.Rand, turn flows.Turn, through string, skippedBy map[string]int) flows.Turn {
	t.Helper()
	options := proposed(turn)
	if len(options) == 0 {
		var buttons []flows.Button
		for _, row := range turn.Replies[len(turn.Replies)-1].Keys {
			for _, b := range row {
				if b.Action == "" && b.URL == "" {
					buttons = append(buttons, b)
				}
			}
		}
		in := audit.Press(buttons[r.IntN(len(buttons))])
		in.Today = today
		return e.Step(turn.Session, in)
	}
	switch {
	case r.IntN(4) == 0:
		skippedBy[through]++
		return press(e, turn.Session, flows.SourceQuestion, flows.SourceSkip)
	case r.IntN(4) == 0 || !slices.Contains(options, through):
		return e.Step(turn.Session, flows.Input{Kind: flows.Text, Text: strings.ToUpper(through), Today: today})
	}
	return press(e, turn.Session, flows.SourceQuestion, through)
}

// TestOnlyConfiguredCodesAreKept: out of thousands of parameters, as someone could make
// one per customer, nothing comes into a session but a configured partner.
func TestOnlyConfiguredCodesAreKept(t *testing.T) {
	t.Parallel()
	e := engineOf(t, handedOut())
	r := rand.New(rand.NewPCG(11, 57))
	letters := []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789_-'; <>é")
	kept := map[string]int{}
	for i := range 20 * *journeys {
		parameter := []rune{}
		for range r.IntN(70) {
			parameter = append(parameter, letters[r.IntN(len(letters))])
		}
		if i%10 == 0 {
			parameter = []rune(fmt.Sprintf("kvk-klant-%05d", i))
		}
		if i%1000 == 7 {
			parameter = []rune("kvk_" + string(parameter))
		}
		turn := e.Step(flows.Session{}, flows.Input{Kind: flows.Start, Link: e.ParseLink(string(parameter)), Today: today})
		kept[turn.Session.Partner]++
	}
	for code := range kept {
		_, configured := handedOut()[code]
		require.True(t, configured || code == "", code)
	}
	require.Less(t, len(kept), 3, "%v", kept)
	require.Positive(t, kept["kvk"])
}
