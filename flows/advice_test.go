package flows_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

// shop is a vulnerable shop in Utrecht with weak security, short of time, that wants less
// paperwork.
var shop = map[string]string{
	"size": "2", "sector": "retail", "municipality": "GM0344", "self_image": "3",
	"online_presence": "b", "administration": "b", "access_anywhere": "a", "customer_data": "b", "ai_use": "a", "learning": "b", "plan_and_budget": "a",
	"login_code": "a", "updates": "b", "backups": "b", "outage": "b",
	"customer_demand": "d", "revenue_at_risk": "c", "paperwork": "c", "staffing": "b", "digital_requirements": "b", "new_competitors": "b",
	"obstacle": "tijd", "help_wanted": "papier",
}

func with(answers map[string]string, pairs ...string) map[string]string {
	changed := maps.Clone(answers)
	for i := 0; i+1 < len(pairs); i += 2 {
		changed[pairs[i]] = pairs[i+1]
	}
	return changed
}

// advisedSession is a conversation that ended with these answers.
func advisedSession(answers map[string]string) flows.Session {
	return flows.Session{Phase: flows.PhaseAdvised, Answers: answers, Outcome: true, SourceAsked: true, Rev: 1, Lang: "nl", LangSet: true}
}

// shown returns the replies to an input in words, and the turn.
func shown(t *testing.T, s flows.Session, in flows.Input) (text string, turn flows.Turn) {
	t.Helper()
	in.Today, in.Channel, in.Can = today, "telegram", everything
	turn = engine(t).Step(s, in)
	var lines []string
	for _, r := range turn.Replies {
		for _, b := range r.Blocks {
			words, err := texts(t).Render("nl", b.Text)
			require.NoError(t, err)
			lines = append(lines, words)
		}
	}
	return strings.Join(lines, "\n"), turn
}

func action(name string) flows.Input { return flows.Input{Kind: flows.Action, Action: name} }

// once returns the position of a text and insists that it is there once.
func once(t *testing.T, text, part string) int {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, part), "%q in\n%s", part, text)
	return strings.Index(text, part)
}

func TestPartsOfTheResultInOrder(t *testing.T) {
	t.Parallel()
	text, turn := shown(t, advisedSession(shop), flows.Input{Kind: flows.Show})
	parts := []string{"Nu aan zet\n", "van de 100 punten. Zo goed", "Zelf vond je je bedrijf gemiddeld digitaal.", "Je wilt minder papierwerk. Zo begin je.",
		"Weinig tijd? De eerste actie kost", "Zelf doen deze week", "Hulp die bij je past", "Naast anderen", "Wat vind je van deze check?"}
	for i, part := range parts {
		if i > 0 {
			assert.Greater(t, once(t, text, part), once(t, text, parts[i-1]), part)
		}
	}
	require.Len(t, turn.Replies, 2)
	assert.NotNil(t, turn.Replies[0].Picture)
}

// TestWithoutQuadrantThereAreNoScores expects one message, a way to answer what was
// skipped and steps, and that answering leads to a result.
func TestWithoutQuadrantThereAreNoScores(t *testing.T) {
	t.Parallel()
	unknown := maps.Clone(shop)
	for _, id := range []string{"online_presence", "administration", "access_anywhere", "customer_data", "ai_use", "customer_demand", "revenue_at_risk", "paperwork"} {
		unknown[id] = "x"
	}
	text, turn := shown(t, advisedSession(unknown), flows.Input{Kind: flows.Show})
	assert.NotContains(t, text, "punten")
	assert.NotContains(t, text, "eerste indruk")
	assert.NotContains(t, text, "grens")
	assert.Equal(t, 1, strings.Count(text, "wist te veel antwoorden niet"))
	assert.Nil(t, turn.Replies[0].Picture)
	assert.Contains(t, text, "KVK")
	button := turn.Replies[1].Keys[0][0]
	assert.Equal(t, flows.DoAskUnknown, button.Action)
	label, err := texts(t).Render("nl", button.Label)
	require.NoError(t, err)
	assert.Equal(t, "Beantwoord 8 overgeslagen vragen", label)

	_, turn = shown(t, advisedSession(unknown), action(flows.DoAskUnknown))
	asked := 0
	for turn.Session.Phase == flows.PhaseAsking {
		id := engine(t).Pending(flows.Session{Phase: flows.PhaseAsking, Answers: turn.Session.Answers, SourceAsked: true})
		require.Equal(t, "x", unknown[id], "only what was skipped is asked again: %s", id)
		asked++
		_, turn = shown(t, turn.Session, flows.Input{Kind: flows.Answer, Question: id, Option: "b", Rev: turn.Session.Rev})
	}
	assert.Equal(t, 8, asked)
	require.NotNil(t, turn.Facts.Outcome)
	assert.NotEqual(t, "none", turn.Facts.Outcome.Quadrant)
	assert.Equal(t, shop["obstacle"], turn.Session.Answers["obstacle"], "all other answers stay")
}

func TestBorderNamesTheOtherQuadrant(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, demand := range []string{"a", "b", "c", "d"} {
		for _, risk := range []string{"a", "b", "c", "d"} {
			for _, admin := range []string{"b", "c", "d"} {
				for _, level := range []string{"b", "c"} {
					answers := with(shop, "customer_demand", demand, "revenue_at_risk", risk, "administration", admin,
						"access_anywhere", level, "customer_data", "c", "learning", "c", "plan_and_budget", level, "login_code", "c")
					result, err := engine(t).Advise(answers, false, today)
					require.NoError(t, err)
					text, _ := shown(t, advisedSession(answers), flows.Input{Kind: flows.Show})
					if !result.Border {
						assert.NotContains(t, text, "grens")
						continue
					}
					title := func(q referral.Quadrant) string { return texts(t).Text("nl", "quadrant."+string(q)+".title") }
					assert.NotEqual(t, result.Quadrant, result.Across())
					once(t, text, "op de grens van "+title(result.Quadrant)+" en "+title(result.Across())+".")
					extra := slices.ContainsFunc(slices.Concat(result.Advice.Steps, result.Advice.More), func(s referral.Step) bool { return s.Extra })
					assert.Equal(t, extra, strings.Contains(text, "Kijk daarom"), "only with something to look at")
					seen[title(result.Quadrant)+title(result.Across())] = true
				}
			}
		}
	}
	assert.Greater(t, len(seen), 3, "borders seen: %v", seen)
}

// TestNothingNeededOnlyWithoutGap expects the card only where security is in place and no
// wish is open.
func TestNothingNeededOnlyWithoutGap(t *testing.T) {
	t.Parallel()
	best := with(shop, "online_presence", "e", "administration", "d", "access_anywhere", "c", "customer_data", "d", "ai_use", "d",
		"learning", "d", "plan_and_budget", "d", "login_code", "c", "updates", "c", "backups", "c",
		"customer_demand", "a", "revenue_at_risk", "a", "paperwork", "a", "staffing", "a", "digital_requirements", "a", "new_competitors", "a",
		"help_wanted", "twijfel", "obstacle", "niets")
	delete(best, "outage")
	for _, test := range []struct {
		name    string
		answers map[string]string
		nothing bool
	}{
		{"all in place", best, true},
		{"no help wanted", with(best, "help_wanted", "geen"), true},
		{"a wish", with(best, "help_wanted", "klanten"), false},
		{"a back-up never tested", with(best, "backups", "b"), false},
		{"no code", with(best, "login_code", "a"), false},
	} {
		text, _ := shown(t, advisedSession(test.answers), flows.Input{Kind: flows.Show})
		assert.Equal(t, test.nothing, strings.Contains(text, "Er hoeft nu niets"), "%s:\n%s", test.name, text)
	}
}

func TestIntroductionsAnnounceSomething(t *testing.T) {
	t.Parallel()
	for _, size := range []string{"2", "50"} {
		for _, place := range []string{"GM0344", "buiten"} {
			for _, wish := range []string{"papier", "geen"} {
				text, _ := shown(t, advisedSession(with(shop, "size", size, "municipality", place, "help_wanted", wish)), flows.Input{Kind: flows.Show})
				introduced := strings.Contains(text, "terecht:\n")
				assert.Equal(t, size == "50" || place == "buiten", introduced, "size %s, %s, %s:\n%s", size, place, wish, text)
				if introduced {
					after := text[strings.Index(text, "terecht:\n")+len("terecht:\n"):]
					assert.NotContains(t, strings.Split(after, "\n")[0], "Wat vind je", "nothing follows")
				}
			}
		}
	}
}

func TestIncidentHasNothingElse(t *testing.T) {
	t.Parallel()
	r, err := engine(t).Advise(shop, true, today)
	require.NoError(t, err)
	_, wish := engine(t).Wish(r)
	assert.False(t, wish)
	assert.Empty(t, r.Actions)
	assert.Empty(t, r.Benchmark)
	assert.Empty(t, engine(t).Changes(r))
	assert.Empty(t, r.Advice.Steps)
}

// TestIncidentCardIsReachable types, presses and commands it in every phase and on every page.
func TestIncidentCardIsReachable(t *testing.T) {
	t.Parallel()
	sessions := map[string]flows.Session{"none": {}, "advised": advisedSession(shop)}
	asking := advisedSession(map[string]string{"size": "2"})
	asking.Phase, asking.Outcome = flows.PhaseAsking, false
	stopped, rated := asking, sessions["advised"]
	stopped.Phase, rated.Phase = flows.PhaseStopped, flows.PhaseRated
	sessions["asking"], sessions["stopped"], sessions["rated"] = asking, stopped, rated
	command, ok := flows.CommandAction("gehackt")
	require.True(t, ok)
	for name, s := range sessions {
		for _, page := range []string{"", flows.DoHelp, flows.DoPrivacy, flows.DoMyData, flows.DoAnswers, flows.DoMenu, flows.DoWhy, flows.DoMore, flows.DoErase, flows.DoLanguage} {
			before := s
			if page != "" {
				_, turn := shown(t, s, action(page))
				before = turn.Session
			}
			for _, in := range []flows.Input{{Kind: flows.Text, Text: "Help, ik ben gehackt!"}, action(command)} {
				text, turn := shown(t, before, in)
				require.Contains(t, text, "Is er nu iets mis?", "%s, %s", name, page)
				text, _ = shown(t, turn.Session, action(flows.DoIncident))
				require.Contains(t, text, "Ben je gehackt? Doe nu dit.", "%s, %s", name, page)
			}
		}
	}
}

func TestIncidentCardIsANumberedList(t *testing.T) {
	t.Parallel()
	text, turn := shown(t, flows.Session{Lang: "nl"}, action(flows.DoIncident))
	var numbers []int
	for _, b := range turn.Replies[0].Blocks {
		if b.Style == flows.StepName {
			numbers = append(numbers, b.Number)
		}
	}
	assert.Equal(t, []int{1, 2, 3, 4, 5, 6}, numbers)
	order := []string{"Haal het internet eraf", "Bel je bank", "Bel je IT-hulp", "0900-8844", "72 uur", "Fraudehelpdesk.", "Betaal geen losgeld", "Gooi niets weg", "Je antwoorden blijven staan"}
	for i, part := range order {
		if i > 0 {
			assert.Greater(t, once(t, text, part), once(t, text, order[i-1]), part)
		}
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		assert.False(t, seen[line], "twice: %s", line)
		seen[line] = true
	}
}

// TestThanksComeLast expects the advice to begin with the wish, also after a rating.
func TestThanksComeLast(t *testing.T) {
	t.Parallel()
	text, turn := shown(t, advisedSession(shop), flows.Input{Kind: flows.Answer, Question: "satisfaction", Option: "4"})
	thanks := texts(t).Text("nl", "chat.thanks")
	assert.True(t, strings.HasPrefix(text, "Je wilt minder papierwerk."), text)
	assert.Greater(t, once(t, text, thanks), once(t, text, "Naast anderen"))
	text, _ = shown(t, turn.Session, action(flows.DoFollowUp))
	assert.True(t, strings.HasPrefix(text, "Je wilt minder papierwerk."), text)
}

func TestErasingIsMarkedAsDanger(t *testing.T) {
	t.Parallel()
	_, turn := shown(t, advisedSession(shop), action(flows.DoErase))
	assert.Equal(t, flows.RoleDanger, turn.Replies[0].Keys[0][0].Role)
	assert.NotEqual(t, flows.RoleDanger, turn.Replies[0].Keys[1][0].Role)
}

// TestRuleIDsAreNotShown looks at every page of the result.
func TestRuleIDsAreNotShown(t *testing.T) {
	t.Parallel()
	for _, in := range []flows.Input{{Kind: flows.Show}, action(flows.DoWhy), action(flows.DoMore)} {
		text, _ := shown(t, advisedSession(shop), in)
		assert.NotRegexp(t, `\bR\d\d\b`, text)
	}
}

func TestNoButtonToAClosedScheme(t *testing.T) {
	t.Parallel()
	links := func(in flows.Input) (all []string) {
		_, turn := shown(t, advisedSession(shop), in)
		for _, r := range turn.Replies {
			for _, row := range r.Keys {
				for _, b := range row {
					all = append(all, b.URL)
				}
			}
		}
		return all
	}
	closed, ok := engine(t).Catalogue.Initiative("mijn-digitale-zaak")
	require.True(t, ok)
	require.False(t, closed.RoundOpen(today))
	assert.NotContains(t, links(flows.Input{Kind: flows.Show}), closed.URL())
	assert.NotContains(t, links(flows.Input{Kind: flows.Action, Action: flows.DoAbout, Option: closed.ID}), closed.URL())
}

// TestEveryAnswerSteersTheAdvice counts the advices to one shop that differ in the set or
// the order of their actions and steps, when only the wish, the obstacle or the sector
// differs. Words do not count.
func TestEveryAnswerSteersTheAdvice(t *testing.T) {
	t.Parallel()
	for question, atLeast := range map[string]int{"help_wanted": 6, "obstacle": 5, "sector": 9} {
		different := map[string]bool{}
		values := engine(t).Allowed(question, today)
		for _, value := range values {
			r, err := engine(t).Advise(with(shop, question, value), false, today)
			require.NoError(t, err, value)
			different[signature(r)] = true
		}
		t.Logf("%s: %d different advices for %d answers", question, len(different), len(values))
		assert.GreaterOrEqual(t, len(different), atLeast, question)
	}
}

// signature names the actions and steps of an advice in their order.
func signature(r flows.Result) string {
	var ids []string
	for _, a := range r.Actions {
		ids = append(ids, a.ID)
	}
	ids = append(ids, "/")
	for _, s := range r.Advice.Steps {
		ids = append(ids, s.Initiative.ID)
	}
	return strings.Join(ids, " ")
}
