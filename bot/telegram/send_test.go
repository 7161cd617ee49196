package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/bot/telegram/telegramtest"
	"digiwijzer/flows"
)

// send sends a message and returns its id, negative if the message was closed.
func (h *harness) send(ctx context.Context, slot flows.Slot, n payload, s bot.Surface) (int64, error) {
	h.t.Helper()
	body, err := json.Marshal(n)
	require.NoError(h.t, err)
	shown, err := h.channel.Send(ctx, bot.Message{Chat: bot.Chat{Channel: Name, ID: "5"}, Slot: slot, Body: body}, s)
	id := messageID(shown.Ref)
	if shown.Closed {
		id = -id
	}
	return id, err
}

func TestEditsFollowTheScreen(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	p := h.fake.Person(5, "nl")
	p.Start("")
	buttons := marshalRows([][]inlineButton{{{Text: "a", Data: "b"}}})
	send := func(n payload, s bot.Surface) int64 {
		id, err := h.send(t.Context(), flows.Living, n, s)
		require.NoError(t, err)
		return id
	}
	first := send(payload{Method: sendMessage, Text: "een", Keys: buttons}, nil)
	assert.Equal(t, p.Last().ID, first)
	edit := payload{Method: editText, Text: "twee", Keys: buttons, At: first}
	assert.Equal(t, first, send(edit, nil), "the id at the time of composing")
	assert.Equal(t, first, send(edit, bot.Surface{flows.Living: {Ref: ref(first)}}), "unchanged: harmless")
	assert.Equal(t, 1, h.fake.Count("sendMessage"))

	strip := payload{Method: editKeys, Closes: true}
	assert.Equal(t, -first, send(strip, bot.Surface{flows.Living: {Ref: ref(first)}}))
	assert.Empty(t, p.Last().Keyboard)
	assert.Zero(t, send(strip, bot.Surface{flows.Living: {Ref: ref(first), Closed: true}}), "closed before")
	assert.Zero(t, send(strip, nil), "unknown message")
	assert.Equal(t, 1, h.fake.Count("editMessageReplyMarkup"))

	second := send(edit, bot.Surface{flows.Living: {Ref: ref(first), Closed: true}})
	assert.Greater(t, second, first, "a closed message is not edited but sent anew")
	third := send(edit, bot.Surface{flows.Living: {Ref: "999"}})
	assert.Greater(t, third, second, "an edit of a missing message is sent anew")
	assert.Zero(t, send(payload{Method: editText, Text: "x", Closes: true}, bot.Surface{flows.Living: {Ref: "999"}}))
}

func TestPicturesAreSentAndReplaced(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	p := h.fake.Person(5, "nl")
	p.Start("")
	n := payload{Method: sendPhoto, Text: "<b>Nu aan zet</b>", Lang: "nl", Picture: &flows.QuadrantPicture{Readiness: 21, Impact: 67, Quadrant: "vulnerable"}}
	id, err := h.send(t.Context(), flows.Picture, n, nil)
	require.NoError(t, err)
	before := p.Last()
	assert.Equal(t, "Nu aan zet", before.Text)
	n.Method, n.Lang, n.Keys = editMedia, "en", marshalRows([][]inlineButton{{{Text: "a", Data: "b"}}})
	again, err := h.send(t.Context(), flows.Picture, n, bot.Surface{flows.Picture: {Ref: ref(id)}})
	require.NoError(t, err)
	assert.Equal(t, id, again)
	after := p.Last()
	assert.NotEqual(t, before.Photo, after.Photo, "another language is another picture")
	assert.Len(t, after.Keyboard, 1)
	n.Picture = &flows.QuadrantPicture{Quadrant: "none"}
	_, err = h.send(t.Context(), flows.Picture, n, bot.Surface{flows.Picture: {Ref: "999"}})
	require.NoError(t, err)
	assert.Greater(t, p.Last().ID, id)
	assert.Len(t, h.fake.BadRequests(), 1, "only the edit of the missing message")
}

func TestPictureCacheIsBounded(t *testing.T) {
	drawn := 0
	c := newPictures(func(p flows.QuadrantPicture, _ string) ([]byte, error) {
		drawn++
		if p.Impact < 0 {
			return nil, errors.New("no")
		}
		return []byte{1}, nil
	})
	for i := range 2 * maxPictures {
		_, err := c.png(pictureKey{picture: flows.QuadrantPicture{Impact: float64(i)}})
		require.NoError(t, err)
		_, err = c.png(pictureKey{})
		require.NoError(t, err)
	}
	assert.Equal(t, 2*maxPictures, drawn, "the entry in use stays")
	assert.Equal(t, maxPictures, c.drawn.order.Len())
	assert.Len(t, c.drawn.entries, maxPictures)
	_, err := c.png(pictureKey{picture: flows.QuadrantPicture{Impact: -1}})
	assert.Error(t, err)
}

// A picture that Telegram has is sent by its id, and uploaded again when Telegram lost it.
func TestPicturesAreUploadedOnce(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	drawn := 0
	drawing := h.channel.pictures.draw
	h.channel.pictures.draw = func(p flows.QuadrantPicture, lang string) ([]byte, error) { drawn++; return drawing(p, lang) }
	p := h.fake.Person(5, "nl")
	p.Start("")
	n := payload{Method: sendPhoto, Text: "<b>een</b>", Lang: "nl", Picture: &flows.QuadrantPicture{Readiness: 21, Impact: 67, Quadrant: "vulnerable"}}
	send := func() telegramtest.Message {
		id, err := h.send(t.Context(), flows.Picture, n, bot.Surface{flows.Picture: {Ref: ref(p.Last().ID)}})
		require.NoError(t, err)
		assert.Equal(t, p.Last().ID, id)
		return p.Last()
	}
	first := send()
	h.channel.pictures.drawn.drop(pictureKey{*n.Picture, "nl", h.channel.config.Texts()}) // so that uploading shows
	second := send()
	assert.Equal(t, first.Photo, second.Photo)
	n.Method, n.Text = editMedia, "twee"
	assert.Equal(t, "twee", send().Text)
	assert.Equal(t, 1, drawn)
	assert.Empty(t, h.fake.BadRequests())

	h.fake.ForgetFiles()
	n.Text = "drie"
	assert.Equal(t, "drie", send().Text)
	n.Text = "vier"
	assert.Equal(t, "vier", send().Text)
	assert.Equal(t, 2, drawn)
	assert.Len(t, h.fake.BadRequests(), 1)
}

func TestFailuresAreClassified(t *testing.T) {
	t.Parallel()
	h := newHarness(t, telegramtest.Options{}, nil)
	p := h.fake.Person(5, "nl")
	p.Start("")
	plain := payload{Method: sendMessage, Text: "a"}
	fault := func(f telegramtest.Fault) error {
		f.Times = 1
		h.fake.Plan(f)
		ctx, stop := context.WithTimeout(t.Context(), waitLimit)
		defer stop()
		if f.Kind == telegramtest.Hang {
			go func() {
				_ = h.fake.Wait(ctx, func() bool { return h.fake.Happened()[telegramtest.Hang] == 1 })
				stop()
			}()
		}
		_, err := h.send(ctx, flows.Aside, plain, nil)
		return err
	}
	throttled := fault(telegramtest.Fault{Kind: telegramtest.TooMany, RetryAfter: 9})
	assert.Equal(t, bot.Throttled, verdictOf(throttled))
	var send *bot.SendError
	require.ErrorAs(t, throttled, &send)
	assert.Equal(t, 9*time.Second, send.RetryAfter)
	for _, kind := range []telegramtest.FaultKind{telegramtest.ServerError, telegramtest.BadGateway, telegramtest.DropBefore, telegramtest.DropAfter, telegramtest.Hang} {
		err := fault(telegramtest.Fault{Kind: kind})
		assert.Equal(t, bot.Broken, verdictOf(err), "%s: %v", kind, err)
	}
	_, err := h.send(t.Context(), flows.Aside, payload{Method: sendMessage, Text: "<p>"}, nil)
	assert.Equal(t, bot.Refused, verdictOf(err))
	p.Block()
	_, err = h.send(t.Context(), flows.Aside, plain, nil)
	assert.Equal(t, bot.Gone, verdictOf(err))
	_, err = h.channel.Send(t.Context(), bot.Message{Chat: bot.Chat{ID: "5"}, Body: []byte("no json")}, nil)
	assert.Equal(t, bot.Refused, verdictOf(err))
}

// Descriptions that the fake API does not return.
func TestErrorDescriptionsAreClassified(t *testing.T) {
	for _, try := range []struct {
		code int
		text string
		want bot.Verdict
	}{
		{400, "Bad Request: message is not modified: specified new message content", bot.Harmless},
		{400, "Bad Request: query is too old and response timeout expired or query ID is invalid", bot.Harmless},
		{400, "Bad Request: chat not found", bot.Refused},
		{401, "Unauthorized", bot.Locked},
		{404, "Not Found", bot.Locked},
		{403, "Forbidden: user is deactivated", bot.Gone},
		{403, "Forbidden: bot was blocked by the user", bot.Gone},
		{403, "Access denied by policy", bot.Refused},
		{409, "Conflict: terminated by other getUpdates request", bot.Broken},
		{500, "Internal Server Error", bot.Broken},
	} {
		assert.Equal(t, try.want, (&apiError{code: try.code, description: try.text}).verdict(), try.text)
	}
	assert.True(t, isMessageGone(&bot.SendError{Err: &apiError{code: 400, description: "Bad Request: MESSAGE_ID_INVALID"}}))
}

func TestTokenIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const secret = "4242:ZZtopsecretZZtopsecretZZtopsecret"
	half := strings.TrimPrefix(secret, "4242:")
	token, err := NewToken(secret)
	require.NoError(t, err)
	hook, err := NewSecret(testSecret)
	require.NoError(t, err)

	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	redirect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer redirect.Close()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: %s"}`, r.URL.Path)
	}))
	defer echo.Close()
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the end of the client goes unnoticed
		<-r.Context().Done()
	}))
	defer hang.Close()

	var printed strings.Builder
	log := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, base := range []string{"http://127.0.0.1:1", "https://no.such.host.invalid", redirect.URL, echo.URL, tls.URL, hang.URL} {
		checked, err := checkBase(base)
		require.NoError(t, err)
		limit := waitLimit
		if base == hang.URL {
			limit = 100 * time.Millisecond
		}
		ctx, stop := context.WithTimeout(t.Context(), limit)
		err = newClient(checked, token).call(ctx, "getMe", nil, nil)
		stop()
		require.Error(t, err, base)
		fmt.Fprintf(&printed, "%v %+v %#v\n", err, err, err)
		for e := err; e != nil; e = errors.Unwrap(e) {
			fmt.Fprintf(&printed, "%v %+v %#v\n", e, e, e)
		}
		log.Error("failed", "error", err)
	}
	cfg := Config{Token: token, Secret: hook}
	encoded, err := json.Marshal(map[string]any{"t": token, "s": hook})
	require.NoError(t, err)
	fmt.Fprintf(&printed, "%v %+v %#v %s %s", cfg, cfg, cfg, encoded, token)
	log.Error("config", "token", token, "secret", hook)
	assert.Zero(t, elsewhere.Load(), "followed a redirect with the token")
	assert.NotContains(t, printed.String(), half)
	assert.NotContains(t, printed.String(), testSecret)
	assert.Contains(t, printed.String(), "getMe")
	assert.Contains(t, printed.String(), "Bad Request: /bot", "what the server repeats is printed")
}

func TestProfileIsSetInEveryLanguage(t *testing.T) {
	h := newHarness(t, telegramtest.Options{}, nil)
	set := func() {
		_, err := setProfile(t.Context(), h.channel.profileSteps())
		require.NoError(t, err)
	}
	set()
	profile := h.fake.Profile()
	texts := embeddedTexts(t)
	for lang, suffix := range map[string]string{"nl": ":nl", "en": ":en"} {
		assert.Equal(t, texts.Text(lang, "telegram.description"), profile["setMyDescription"+suffix])
		assert.Equal(t, texts.Text(lang, "telegram.short_description"), profile["setMyShortDescription"+suffix])
		assert.Contains(t, profile["setMyCommands"+suffix], texts.Text(lang, "telegram.word.answers"))
	}
	assert.Equal(t, profile["setMyDescription:nl"], profile["setMyDescription"], "Dutch is the default")
	assert.Equal(t, "Digiwijzer", profile["setMyName"])
	assert.Equal(t, "commands", profile["setChatMenuButton"])
	assert.Equal(t, telegramtest.BotUsername, h.channel.Username())
	names := h.fake.Count("setMyName")
	set()
	assert.Equal(t, names, h.fake.Count("setMyName"), "the same name is not set again")
	assert.Empty(t, h.fake.BadRequests())

	// What failed is repeated until it is done, and nothing else.
	h.fake.Plan(telegramtest.Fault{Kind: telegramtest.ServerError, Method: "getMe", Times: 4})
	h.fake.Plan(telegramtest.Fault{Kind: telegramtest.BadGateway, Method: "setMyCommands", Times: 1})
	h.channel.username.Store(nil)
	menus, asked := h.fake.Count("setChatMenuButton"), h.fake.Count("getMe")
	h.channel.keepProfile(t.Context(), newFakeDispatcher())
	assert.Equal(t, telegramtest.BotUsername, h.channel.Username())
	assert.Equal(t, asked+1, h.fake.Count("getMe"))
	assert.Equal(t, menus+1, h.fake.Count("setChatMenuButton"))
	assert.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, h.backoff.pauses())
	assert.Contains(t, h.log.String(), "profile not set completely")
}
