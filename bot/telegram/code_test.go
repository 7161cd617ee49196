package telegram

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot/telegram/telegramtest"
)

// codeIn returns the advice code in the newest message that has one to copy.
func codeIn(t *testing.T, p *telegramtest.Person) (code string) {
	t.Helper()
	for _, m := range p.Messages() {
		for _, row := range m.Keyboard {
			for _, b := range row {
				if b.Copy != nil && strings.Count(b.Copy.Text, "-") == 5 && !strings.Contains(b.Copy.Text, " ") {
					code = b.Copy.Text
				}
			}
		}
	}
	require.Len(t, code, 29, p.Screen())
	return code
}

// formsOf returns the encodings in which a code could be somewhere.
func formsOf(t *testing.T, code string) map[string]string {
	t.Helper()
	bare := strings.ReplaceAll(code, "-", "")
	packed, err := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").DecodeString(bare)
	require.NoError(t, err)
	forms := map[string]string{"packed": string(packed), "packed, hex": hex.EncodeToString(packed), "packed, base64": base64.StdEncoding.EncodeToString(packed)}
	for name, text := range map[string]string{"as shown": code, "bare": bare, "spaces": strings.ReplaceAll(code, "-", " ")} {
		for kind, form := range map[string]string{"upper": text, "lower": strings.ToLower(text)} {
			name := name + ", " + kind
			forms[name] = form
			forms[name+", hex"] = hex.EncodeToString([]byte(form))
			forms[name+", base64"] = base64.StdEncoding.EncodeToString([]byte(form))[:len(form)]
			forms[name+", escaped"] = strings.ReplaceAll(url.QueryEscape(form), "-", "%2D")
		}
	}
	return forms
}

// TestCodeStaysInItsMessage: the code is in the message that shows it and nowhere else, not in
// a file and not in the log; given in another chat it opens a conversation there.
func TestCodeStaysInItsMessage(t *testing.T) {
	t.Parallel()
	rehearseIn2026(t, func(r *rehearsal) {
		p := r.begin(1)
		r.finish(p, 2)
		r.wait(time.Second)
		code := codeIn(t, p)
		forms := formsOf(t, code)
		nowhere := func(when string) {
			t.Helper()
			files, err := filepath.Glob(filepath.Join(r.dir, "data", "*.db*"))
			require.NoError(t, err)
			require.NotEmpty(t, files)
			for name, form := range forms {
				for _, file := range files {
					content, err := os.ReadFile(file)
					require.NoError(t, err)
					assert.False(t, bytes.Contains(content, []byte(form)), "%s: %s in %s", when, name, filepath.Base(file))
				}
				assert.NotContains(t, r.log.String(), form, "%s: %s in the log", when, name)
			}
		}
		nowhere("after the advice")
		said := 0
		for _, m := range p.Messages() {
			if m.FromBot && strings.Contains(m.Text, code) {
				said++
			}
		}
		assert.Equal(t, 1, said, "one message shows it")

		other := r.begin(2)
		r.tap(other, 0)
		r.wait(time.Second)
		other.Say("Mijn code: " + strings.ToLower(code) + ".")
		r.wait(time.Second)
		r.shows(other, "code.replace_hint")
		nowhere("while it waits for a yes")
		r.press(other, "code.replace_yes")
		r.wait(time.Second)
		assert.Contains(t, other.Last().Text, code)
		assert.False(t, other.Last().Pinned, "only one's own advice is pinned")
		other.Say("/code")
		r.wait(time.Second)
		r.shows(other, "code.enter")
		other.Say(code[:28] + "U")
		r.wait(time.Second)
		r.shows(other, "code.typo")
		nowhere("after a typing error")
	})
}

// TestEndedConversationIsRemoved: after /stop and /verwijder the advice is unpinned and gone,
// with the code in it.
func TestEndedConversationIsRemoved(t *testing.T) {
	t.Parallel()
	for _, erase := range []bool{false, true} {
		rehearseIn2026(t, func(r *rehearsal) {
			p := r.begin(1)
			r.finish(p, 2)
			r.wait(time.Second)
			code := codeIn(t, p)
			if erase {
				p.Say("/verwijder")
				r.wait(time.Second)
				r.press(p, "chat.erase_yes")
			} else {
				p.Say("/stop")
			}
			r.wait(10 * time.Second)
			r.shows(p, "chat.yours_stays")
			for _, m := range p.Messages() {
				assert.False(t, m.Pinned, m.Text)
				assert.NotContains(t, m.Text, code)
			}
		})
	}
}
