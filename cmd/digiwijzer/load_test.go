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

// crowdAtWork is a load: people who each press a button, wait until the bot has edited
// the message, answered the press and acknowledged the update, and press the next. It is
// lean, so that what is measured is the bot: plain connections, kept alive, without
// net/http's client and server.
type crowdAtWork struct {
	t       testing.TB
	address string // of the webhook
	route   string
	secret  string
	api     net.Listener // where the bot sends to
	people  []*tapper
	updates atomic.Int64
	calls   atomic.Int64 // of the Bot API, that is, requests to api
	sent    atomic.Int64 // messages with an id of their own
}

// tapper is one of them. Its id in Telegram is its place in the crowd plus one.
type tapper struct {
	crowd    *crowdAtWork
	id       int
	person   string // as JSON
	chat     string // likewise
	update   []byte
	conn     net.Conn
	in       *wire
	out      []byte
	message  atomic.Int64  // the newest one on the screen
	answered chan struct{} // the press was answered
	shown    chan shown    // a message with answers to choose from
	last     shown
	taps     int
	waits    []time.Duration // of each press until its edit had arrived
}

// shown is a message that has arrived, with the data of its buttons.
type shown struct {
	at      time.Time
	buttons []string
}

func newCrowd(t testing.TB, people int) *crowdAtWork {
	t.Helper()
	api, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &crowdAtWork{t: t, api: api}
	for i := range people {
		c.people = append(c.people, newTapper(c, i+1))
	}
	go c.listen()
	t.Cleanup(func() {
		_ = api.Close()
		for _, p := range c.people {
			p.hangUp()
		}
	})
	return c
}

func newTapper(c *crowdAtWork, id int) *tapper {
	return &tapper{
		crowd: c, id: id, answered: make(chan struct{}, 16), shown: make(chan shown, 16),
		person: fmt.Sprintf(`{"id":%d,"is_bot":false,"first_name":"Iemand","last_name":"Anders","username":"iemand_%d","language_code":"nl"}`, id, id),
		chat:   fmt.Sprintf(`{"id":%d,"first_name":"Iemand","last_name":"Anders","username":"iemand_%d","type":"private"}`, id, id),
	}
}

// apiURL is the Bot API server that the bot must use.
func (c *crowdAtWork) apiURL() string { return "http://" + c.api.Addr().String() }

// aim points the crowd at a webhook.
func (c *crowdAtWork) aim(address, route, secret string) {
	c.address, c.route, c.secret = address, route, secret
}

func (c *crowdAtWork) listen() {
	for {
		conn, err := c.api.Accept()
		if err != nil {
			return
		}
		go c.receive(conn)
	}
}

// receive is the Bot API: it takes every call and says yes.
func (c *crowdAtWork) receive(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // the end of it
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

// methodIn is the method of the Bot API in the first line of a request.
func methodIn(line []byte) string {
	address, _, _ := bytes.Cut(bytes.TrimPrefix(line, []byte("POST ")), []byte(" "))
	return string(address[bytes.LastIndexByte(address, '/')+1:])
}

func (c *crowdAtWork) call(method string, body []byte) (result string) {
	c.calls.Add(1)
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

// person finds who a call is for, in JSON as well as in a form.
func (c *crowdAtWork) person(body []byte, field string) *tapper {
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
	if id < 1 || id > len(c.people) {
		return nil
	}
	return c.people[id-1]
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

// questionOf is the question that a button answers; empty for another button. All bots
// here write "<rev><slot>.<question>.<option>…" and "0<slot>.!<action>…".
func questionOf(data string) string {
	head, rest, _ := strings.Cut(data, ".")
	question, _, _ := strings.Cut(rest, ".")
	if head == "" || head[0] == '0' || strings.HasPrefix(question, "!") {
		return ""
	}
	return question
}

func isAnswer(data string) bool { return questionOf(data) != "" }

// The two questions that the crowd goes to and fro between once it is there.
const (
	theQuestion = "customer_data"
	theNext     = "ai_use"
)

// choose is the next button: up to the question the second answer, and from there on
// an answer and one step back in turns. Every tap changes what is stored.
func (s shown) choose() string {
	answers := slices.DeleteFunc(slices.Clone(s.buttons), func(data string) bool { return !isAnswer(data) })
	if questionOf(answers[0]) == theNext {
		at := slices.IndexFunc(s.buttons, func(data string) bool { return strings.Contains(data, ".!b.") })
		return s.buttons[at]
	}
	return answers[min(1, len(answers)-1)]
}

func (s shown) asks(question string) bool {
	return slices.ContainsFunc(s.buttons, func(data string) bool { return questionOf(data) == question })
}

// assemble brings everyone to the question, so that each tap from now on is one edit
// and one answer.
func (c *crowdAtWork) assemble() {
	c.everyone(func(p *tapper) {
		p.start()
		for !p.last.asks(theQuestion) {
			p.tap()
		}
		p.waits = nil
	})
}

// everyone does something for each person at the same time.
func (c *crowdAtWork) everyone(do func(*tapper)) {
	var all sync.WaitGroup
	for _, p := range c.people {
		all.Go(func() { do(p) })
	}
	all.Wait()
}

// waits are all waiting times of all people, in order of length.
func (c *crowdAtWork) waits() (all []time.Duration) {
	for _, p := range c.people {
		all = append(all, p.waits...)
	}
	slices.Sort(all)
	return all
}

// start sends /start and waits for the first question.
func (p *tapper) start() {
	p.post(fmt.Appendf(nil, `"message":{"message_id":%d,"from":%s,"chat":%s,"date":1,"text":"/start","entities":[{"offset":0,"length":6,"type":"bot_command"}]}`,
		p.crowd.updates.Load()+1, p.person, p.chat))
	p.last = <-p.shown
}

// tap presses a button and waits until all is done.
func (p *tapper) tap() {
	began := time.Now()
	p.post(p.press(p.last.choose()))
	p.last = <-p.shown
	<-p.answered
	p.waits = append(p.waits, p.last.at.Sub(began))
	p.taps++
}

// press is the update of a button that was pressed. The message comes along with every
// press, with its text and its buttons.
func (p *tapper) press(data string) []byte {
	b := append(p.update[:0], `"callback_query":{"id":"`...)
	b = strconv.AppendInt(b, int64(p.id), 10)
	b = append(append(append(b, `","from":`...), p.person...), `,"message":{"message_id":`...)
	b = strconv.AppendInt(b, p.message.Load(), 10)
	b = append(append(append(b, `,"from":{"id":1,"is_bot":true,"first_name":"Digiwijzer","username":"load_bot"},"chat":`...), p.chat...), messageRest...)
	b = append(append(append(b, p.last.buttons[0]...), `"}]]}},"chat_instance":"-123456789012345678","data":"`...), data...)
	p.update = append(b, `"}`...)
	return p.update
}

// messageRest is what comes behind the chat of a message, up to the data of its button.
var messageRest = `,"date":1,"edit_date":2,"text":` + strconv.Quote(strings.Repeat("Zomaar een regel tekst van een vraag. ", 8)) +
	`,"reply_markup":{"inline_keyboard":[[{"text":"Een antwoord van gewone lengte","callback_data":"`

// post sends one update and waits until it is acknowledged.
func (p *tapper) post(update []byte) {
	c := p.crowd
	number := strconv.AppendInt(nil, c.updates.Add(1), 10)
	length := len(`{"update_id":`) + len(number) + 1 + len(update) + 1
	b := append(append(append(append(p.out[:0], "POST "...), c.route...), " HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: "...), c.secret...)
	b = append(strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(length), 10), "\r\n\r\n{\"update_id\":"...)
	p.out = append(append(append(append(b, number...), ','), update...), '}')
	if p.conn == nil {
		var err error
		p.conn, err = net.Dial("tcp", c.address)
		require.NoError(c.t, err)
		p.in = newWire(p.conn)
	}
	_, err := p.conn.Write(p.out)
	if err != nil {
		require.NoError(c.t, err)
	}
	status, _, err := p.in.read()
	if err != nil || string(status) != "HTTP/1.1 200 OK" {
		require.Failf(c.t, "not acknowledged", "%s %v", status, err)
	}
}

func (p *tapper) hangUp() {
	if p.conn != nil {
		_ = p.conn.Close()
		p.conn = nil
	}
}
