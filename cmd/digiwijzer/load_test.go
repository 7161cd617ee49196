package main

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// load generates load on a webhook: each user presses a button, waits until the bot has
// edited the message, answered the press and acknowledged the update, and presses the next.
// It uses plain keep-alive connections rather than net/http, so that it takes little of the
// processors that it shares with the bot.
type load struct {
	t       testing.TB
	address string // of the webhook
	route   string
	secret  string
	api     net.Listener // the Bot API
	users   []*user
	updates atomic.Int64
	calls   atomic.Int64 // of the Bot API, those in a response to an update too
	sent    atomic.Int64 // messages with an id of their own
}

// user is one user of the load. Its id in Telegram is its index plus one.
type user struct {
	load     *load
	id       int
	person   string // as JSON
	chat     string // as JSON
	update   []byte
	conn     net.Conn
	in       *wire
	out      []byte
	message  atomic.Int64  // id of the newest
	answered chan struct{} // a press was answered
	shown    chan shown    // a question arrived
	last     shown
	taps     int
	waits    []time.Duration // from each press to its edit
}

// shown is a message that arrived, with the data of its buttons.
type shown struct {
	at      time.Time
	buttons []string
}

func newLoad(t testing.TB, users int) *load {
	t.Helper()
	api, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &load{t: t, api: api}
	for i := range users {
		c.users = append(c.users, newUser(c, i+1))
	}
	go c.listen()
	t.Cleanup(func() {
		_ = api.Close()
		for _, p := range c.users {
			p.disconnect()
		}
	})
	return c
}

func newUser(c *load, id int) *user {
	return &user{
		load: c, id: id, answered: make(chan struct{}, 16), shown: make(chan shown, 16),
		person: fmt.Sprintf(`{"id":%d,"is_bot":false,"first_name":"Iemand","last_name":"Anders","username":"iemand_%d","language_code":"nl"}`, id, id),
		chat:   fmt.Sprintf(`{"id":%d,"first_name":"Iemand","last_name":"Anders","username":"iemand_%d","type":"private"}`, id, id),
	}
}

// apiURL returns the address of the Bot API for the bot under load.
func (c *load) apiURL() string { return "http://" + c.api.Addr().String() }

// target sets the webhook.
func (c *load) target(address, route, secret string) {
	c.address, c.route, c.secret = address, route, secret
}

func (c *load) listen() {
	for {
		conn, err := c.api.Accept()
		if err != nil {
			return
		}
		go c.receive(conn)
	}
}

// receive serves the Bot API on a connection: every call succeeds.
func (c *load) receive(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // nothing is left to do
	in := newWire(conn)
	var out []byte
	for {
		line, body, err := in.read()
		if err != nil {
			return
		}
		result := c.call(methodIn(line), body)
		out = append(out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
		out = strconv.AppendInt(out, int64(len(result)+len(`{"ok":true,"result":}`)), 10)
		out = append(append(append(out, "\r\n\r\n"+`{"ok":true,"result":`...), result...), '}')
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// methodIn returns the Bot API method in the request line.
func methodIn(line []byte) string {
	address, _, _ := bytes.Cut(bytes.TrimPrefix(line, []byte("POST ")), []byte(" "))
	return string(address[bytes.LastIndexByte(address, '/')+1:])
}

func (c *load) call(method string, body []byte) (result string) {
	if !strings.Contains(method, "Webhook") { // which is looked at every five minutes
		c.calls.Add(1)
	}
	switch method {
	case "answerCallbackQuery":
		if p := c.person(body, "callback_query_id"); p != nil {
			p.answered <- struct{}{}
		}
		return "true"
	case "sendMessage", "sendPhoto", "editMessageText", "editMessageMedia", "editMessageReplyMarkup":
		p := c.person(body, "chat_id")
		if p == nil {
			return "true"
		}
		if strings.HasPrefix(method, "send") {
			p.message.Store(c.sent.Add(1))
		}
		if now := (shown{time.Now(), buttonsIn(body)}); slices.ContainsFunc(now.buttons, isAnswer) {
			p.shown <- now
		}
		return fmt.Sprintf(`{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}`, p.message.Load(), p.id)
	}
	return `{"id":1,"is_bot":true,"first_name":"Digiwijzer","username":"load_bot"}`
}

// person returns the user that a call is for, in JSON as well as in a form; nil if none.
func (c *load) person(body []byte, field string) *user {
	_, rest, _ := bytes.Cut(body, []byte(field))
	id, digits := 0, 0
	for _, ch := range rest {
		switch {
		case ch >= '0' && ch <= '9':
			id, digits = id*10+int(ch-'0'), digits+1
			continue
		case digits == 0:
			continue
		}
		break
	}
	if id < 1 || id > len(c.users) {
		return nil
	}
	return c.users[id-1]
}

var buttonData = []byte(`"callback_data":"`)

func buttonsIn(body []byte) (data []string) {
	for {
		_, rest, found := bytes.Cut(body, buttonData)
		if !found {
			return data
		}
		end := bytes.IndexByte(rest, '"')
		data = append(data, string(rest[:end]))
		body = rest[end:]
	}
}

// questionOf returns the question that a button answers; empty for other buttons. All bots
// here use "<rev><slot>.<question>.<option>…" and "0<slot>.!<action>…".
func questionOf(data string) string {
	head, rest, _ := strings.Cut(data, ".")
	question, _, _ := strings.Cut(rest, ".")
	if head == "" || head[0] == '0' || strings.HasPrefix(question, "!") {
		return ""
	}
	return question
}

func isAnswer(data string) bool { return questionOf(data) != "" }

// The two questions between which users go back and forth once they have reached the first.
const (
	loadQuestion = "customer_data"
	nextQuestion = "ai_use"
)

// choose returns the next button: up to loadQuestion the second answer, from there on in turn
// an answer and a step back. Every tap changes the stored conversation.
func (s shown) choose() string {
	answers := slices.DeleteFunc(slices.Clone(s.buttons), func(data string) bool { return !isAnswer(data) })
	if questionOf(answers[0]) == nextQuestion {
		at := slices.IndexFunc(s.buttons, func(data string) bool { return strings.Contains(data, ".!b.") })
		return s.buttons[at]
	}
	return answers[min(1, len(answers)-1)]
}

func (s shown) asks(question string) bool {
	return slices.ContainsFunc(s.buttons, func(data string) bool { return questionOf(data) == question })
}

// reachQuestion brings every user to loadQuestion: from there each tap is one edit and one
// answer.
func (c *load) reachQuestion() {
	c.each(func(p *user) {
		p.start()
		for !p.last.asks(loadQuestion) {
			p.tap()
		}
		p.waits = nil
	})
}

// each runs do for all users at the same time.
func (c *load) each(do func(*user)) {
	var all sync.WaitGroup
	for _, p := range c.users {
		all.Go(func() { do(p) })
	}
	all.Wait()
}

// waits returns the waiting times of all users, sorted.
func (c *load) waits() (all []time.Duration) {
	for _, p := range c.users {
		all = append(all, p.waits...)
	}
	slices.Sort(all)
	return all
}

// start sends /start and waits for the first question.
func (p *user) start() {
	p.post(fmt.Appendf(nil, `"message":{"message_id":%d,"from":%s,"chat":%s,"date":1,"text":"/start","entities":[{"offset":0,"length":6,"type":"bot_command"}]}`,
		p.load.updates.Load()+1, p.person, p.chat))
	p.last = <-p.shown
}

// tap presses a button and waits for the edit and the answer.
func (p *user) tap() {
	began := time.Now()
	p.post(p.press(p.last.choose()))
	p.last = <-p.shown
	<-p.answered
	p.waits = append(p.waits, p.last.at.Sub(began))
	p.taps++
}

// press returns the update of a pressed button. As in Telegram it contains the message with
// its text and buttons.
func (p *user) press(data string) []byte {
	b := append(p.update[:0], `"callback_query":{"id":"`...)
	b = strconv.AppendInt(b, int64(p.id), 10)
	b = append(append(append(b, `","from":`...), p.person...), `,"message":{"message_id":`...)
	b = strconv.AppendInt(b, p.message.Load(), 10)
	b = append(append(append(b, `,"from":{"id":1,"is_bot":true,"first_name":"Digiwijzer","username":"load_bot"},"chat":`...), p.chat...), messageRest...)
	b = append(append(append(b, p.last.buttons[0]...), `"}]]}},"chat_instance":"-123456789012345678","data":"`...), data...)
	p.update = append(b, `"}`...)
	return p.update
}

// messageRest is the part of a message after its chat, up to the data of its button.
var messageRest = `,"date":1,"edit_date":2,"text":` + strconv.Quote(strings.Repeat("Zomaar een regel tekst van een vraag. ", 8)) +
	`,"reply_markup":{"inline_keyboard":[[{"text":"Een antwoord van gewone lengte","callback_data":"`

// post sends one update and waits until it is acknowledged.
func (p *user) post(update []byte) {
	c := p.load
	number := strconv.AppendInt(nil, c.updates.Add(1), 10)
	length := len(`{"update_id":`) + len(number) + 1 + len(update) + 1
	b := append(append(append(append(p.out[:0], "POST "...), c.route...), " HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: "...), c.secret...)
	b = append(strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(length), 10), "\r\n\r\n{\"update_id\":"...)
	p.out = append(append(append(append(b, number...), ','), update...), '}')
	if p.conn == nil {
		var err error
		addresses := strings.Split(c.address, ",") // of several programs
		p.conn, err = net.Dial("tcp", addresses[int(p.id)%len(addresses)])
		require.NoError(c.t, err)
		p.in = newWire(p.conn)
	}
	_, err := p.conn.Write(p.out)
	if err != nil {
		require.NoError(c.t, err)
	}
	status, body, err := p.in.read()
	if err != nil || string(status) != "HTTP/1.1 200 OK" {
		require.Failf(c.t, "not acknowledged", "%s %v", status, err)
	}
	if bytes.HasPrefix(body, answerMethod) {
		c.calls.Add(1)
		p.answered <- struct{}{}
	}
}

// answerMethod begins a response that answers the press of its update.
var answerMethod = []byte(`{"method":"answerCallbackQuery"`)

func (p *user) disconnect() {
	if p.conn != nil {
		_ = p.conn.Close()
		p.conn = nil
	}
}
