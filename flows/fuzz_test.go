package flows_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

// FuzzStartLink: whatever follows /start, only configured values come out.
func FuzzStartLink(f *testing.F) {
	e := engine(f)
	for _, seed := range []string{"", "kvk-utrecht", "gooi_GM0402_en", "GM0355", "_", "kvk-utrecht_GM9999_fr", strings.Repeat("a", 65), "'; DROP TABLE", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, parameter string) {
		link := e.ParseLink(parameter)
		_, partner := e.Partners[link.Partner]
		_, place := e.Catalogue.Region().Municipality(link.Municipality, today)
		require.True(t, link.Partner == "" || partner)
		require.True(t, link.Municipality == "" || place)
		require.Contains(t, []string{"", "nl", "en"}, link.Lang)
	})
}

// FuzzStoredSession: any readable session, of any version or damaged, leads to a reply.
func FuzzStoredSession(f *testing.F) {
	e, words := engine(f), texts(f)
	for _, seed := range []string{`{}`, `{"phase":"asking","answers":{"size":"2","sector":"horeca"},"rev":3,"lang":"nl"}`,
		`{"phase":"advised","outcome":true,"answers":{"size":"9"},"lang":"xx"}`, `{"phase":"incident","page":"alarm"}`,
		`{"phase":"asking","open":"nothing","page":"guess:GM9999","rev":-1}`, `{"phase":"later","answers":{"":""}}`} {
		for _, input := range []string{`{"Kind":"show"}`, `{"Kind":"action","Action":"back"}`, `{"Kind":"answer","Question":"size","Option":"2","Rev":3}`, `{"Kind":"text","Text":"ja"}`} {
			f.Add([]byte(seed), []byte(input))
		}
	}
	f.Fuzz(func(t *testing.T, stored, input []byte) {
		var s flows.Session
		var in flows.Input
		if json.Unmarshal(stored, &s) != nil || json.Unmarshal(input, &in) != nil {
			return
		}
		in.Today = today
		turn := e.Step(s, in)
		require.NotEmpty(t, turn.Replies)
		for _, reply := range turn.Replies {
			for _, block := range reply.Blocks {
				_, err := words.Render(turn.Session.Lang, block.Text)
				require.NoError(t, err)
			}
		}
		e.Pending(turn.Session)
	})
}

// FuzzQuestions: a questionnaire that loads can be asked; any other is refused.
func FuzzQuestions(f *testing.F) {
	own, err := fs.ReadFile(flows.Embedded(), "questions.toml")
	require.NoError(f, err)
	f.Add(string(own))
	f.Add("question_set = 1\nscoring = 1\n[[question]]\nid = \"size\"\npart = 1\noptions = [{value = \"1\"}]\n")
	f.Add("question_set = ")
	built := content(f)
	f.Fuzz(func(t *testing.T, text string) {
		questions, err := flows.Load(fstest.MapFS{"questions.toml": {Data: []byte(text)}})
		if err != nil {
			return
		}
		changed := built
		changed.Questions = questions
		turn := flows.NewEngine(changed).Step(flows.Session{}, flows.Input{Kind: flows.Start, Today: today})
		require.NotEmpty(t, turn.Replies)
	})
}
