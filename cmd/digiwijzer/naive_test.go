package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/looplab/fsm"
	_ "github.com/mattn/go-sqlite3" // the driver of the naive bot
	"github.com/stretchr/testify/require"

	"digiwijzer/locales"
)

// naiveBot is the bot to compare with, as one would first write it with the same libraries:
// go-telegram/bot with its own webhook handler and its own sending, a looplab/fsm
// machine per conversation, and one fully synchronous transaction per update through
// database/sql. It asks the same questions in the same words, stores the answers in
// the clear, and acknowledges before anything is stored.
type naiveBot struct {
	db    *sql.DB
	texts *locales.Texts
}

// naiveQuestions are the questions that the load answers, with their answers.
var naiveQuestions = []struct {
	id      string
	options []string
}{
	{"size", []string{"1", "2", "10", "50", "250"}},
	{"online_presence", []string{"a", "b", "c", "d", "e"}},
	{"administration", []string{"a", "b", "c", "d"}},
	{"access_anywhere", []string{"a", "b", "c"}},
	{loadQuestion, []string{"a", "b", "c", "d"}},
	{nextQuestion, []string{"a", "b", "c", "d"}},
}

const naiveSchema = `
CREATE TABLE seen (update_id INTEGER PRIMARY KEY);
CREATE TABLE session (chat INTEGER PRIMARY KEY, state TEXT NOT NULL, answers TEXT NOT NULL);
CREATE TABLE event (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, what TEXT NOT NULL)`

// newNaiveBot starts the bot and returns its webhook.
func newNaiveBot(t *testing.T, apiURL string, texts *locales.Texts) http.Handler {
	t.Helper()
	file := filepath.Join(t.TempDir(), "naive.db")
	db, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_busy_timeout=5000")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec(naiveSchema)
	require.NoError(t, err)
	n := &naiveBot{db, texts}
	library, err := tg.New("1:naive-naive-naive-naive-naive", tg.WithSkipGetMe(), tg.WithServerURL(apiURL),
		tg.WithDefaultHandler(n.handle), tg.WithErrorsHandler(func(err error) { t.Error(err) }))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	go library.StartWebhook(ctx)
	t.Cleanup(func() {
		stop()
		require.NoError(t, db.Close())
	})
	return library.WebhookHandler()
}

func (n *naiveBot) handle(ctx context.Context, library *tg.Bot, u *models.Update) {
	chat, message, data := int64(0), 0, ""
	switch {
	case u.CallbackQuery != nil:
		chat, message, data = u.CallbackQuery.From.ID, u.CallbackQuery.Message.Message.ID, u.CallbackQuery.Data
	case u.Message != nil:
		chat = u.Message.Chat.ID
	}
	state, seen, err := n.turn(ctx, u.ID, chat, data)
	if err != nil || seen {
		return
	}
	text, keys := n.question(state)
	if message == 0 {
		_, _ = library.SendMessage(ctx, &tg.SendMessageParams{ChatID: chat, Text: text, ParseMode: models.ParseModeHTML, ReplyMarkup: keys})
		return
	}
	_, _ = library.EditMessageText(ctx, &tg.EditMessageTextParams{
		ChatID: chat, MessageID: message, Text: text, ParseMode: models.ParseModeHTML, ReplyMarkup: keys})
	_, _ = library.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: u.CallbackQuery.ID})
}

// turn is one transaction: mark the update, load, advance, save, record the event.
func (n *naiveBot) turn(ctx context.Context, update, chat int64, data string) (state int, seen bool, err error) {
	tx, err := n.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, false, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	marked, err := tx.ExecContext(ctx, "INSERT INTO seen (update_id) VALUES (?) ON CONFLICT DO NOTHING", update)
	if err != nil {
		return 0, false, err
	}
	if fresh, err := marked.RowsAffected(); err != nil || fresh == 0 {
		return 0, true, err
	}
	at, stored := "0", "{}"
	if err := tx.QueryRowContext(ctx, "SELECT state, answers FROM session WHERE chat = ?", chat).Scan(&at, &stored); err != nil && err != sql.ErrNoRows { //nolint:errorlint // bare
		return 0, false, err
	}
	answers := map[string]string{}
	if err := json.Unmarshal([]byte(stored), &answers); err != nil {
		return 0, false, err
	}
	at = naiveStep(ctx, at, data, answers)
	encoded, err := json.Marshal(answers)
	if err != nil {
		return 0, false, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO session (chat, state, answers) VALUES (?, ?, ?)
		ON CONFLICT (chat) DO UPDATE SET state = excluded.state, answers = excluded.answers`, chat, at, string(encoded)); err != nil {
		return 0, false, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO event (chat, what) VALUES (?, ?)", chat, data); err != nil {
		return 0, false, err
	}
	if err := tx.Commit(); err != nil {
		return 0, false, err
	}
	state, err = strconv.Atoi(at)
	return state, false, err
}

// naiveStep fires an event in a machine whose states are the questions.
func naiveStep(ctx context.Context, at, data string, answers map[string]string) string {
	events := fsm.Events{}
	for i := range len(naiveQuestions) - 1 {
		here, next := strconv.Itoa(i), strconv.Itoa(i+1)
		events = append(events, fsm.EventDesc{Name: "answer", Src: []string{here}, Dst: next}, fsm.EventDesc{Name: "back", Src: []string{next}, Dst: here})
	}
	machine := fsm.NewFSM(at, events, nil)
	parts := strings.Split(data, ".")
	switch {
	case len(parts) < 3:
	case parts[1] == "!b":
		_ = machine.Event(ctx, "back") // where there is none it stays
	default:
		answers[parts[1]] = parts[2]
		_ = machine.Event(ctx, "answer")
	}
	return machine.Current()
}

// question renders a message like ours: the question, the answers in full and the buttons.
func (n *naiveBot) question(state int) (string, models.InlineKeyboardMarkup) {
	q := naiveQuestions[state]
	text := "<b>" + tg.EscapeMarkdown(n.texts.Text("nl", "question."+q.id+".text")) + "</b>\n"
	var keys models.InlineKeyboardMarkup
	for _, option := range q.options {
		full := n.texts.Text("nl", "option."+q.id+"."+option)
		text += "\n• " + full
		keys.InlineKeyboard = append(keys.InlineKeyboard, []models.InlineKeyboardButton{
			{Text: full, CallbackData: fmt.Sprintf("%dl.%s.%s.x", state+1, q.id, option)}})
	}
	back := models.InlineKeyboardButton{Text: n.texts.Text("nl", "chat.back"), CallbackData: "0l.!b..x"}
	keys.InlineKeyboard = append(keys.InlineKeyboard, slices.Clip([]models.InlineKeyboardButton{back}))
	return text, keys
}
