package telegram

import (
	"bytes"
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"

	"github.com/go-telegram/bot/models"

	"digiwijzer/bot"
	"digiwijzer/bot/draw"
	"digiwijzer/flows"
	"digiwijzer/locales"
)

// drawFunc draws a quadrant as a PNG.
type drawFunc = func(picture flows.QuadrantPicture, lang string) ([]byte, error)

// draw is the default drawFunc.
func (c *Channel) draw(q flows.QuadrantPicture, lang string) ([]byte, error) {
	var b bytes.Buffer
	err := draw.Quadrant(q).Scene(c.config.Texts(), lang).PNG(&b)
	return b.Bytes(), err
}

// Bounds of the caches of pictures. A PNG has about 30 kB, the id of an uploaded file about a hundred
// characters.
const (
	maxPictures = 64
	maxFiles    = 4096
)

// pictureKey is all that a picture depends on.
type pictureKey struct {
	picture flows.QuadrantPicture
	lang    string
	texts   *locales.Texts
}

// pictures caches the most recently used PNGs, and the ids of files that Telegram already has. Drawing one
// takes more processor time than all turns of a conversation together (BenchmarkPNG in bot/draw), and
// retries and people with the same scores need the same one.
type pictures struct {
	draw  drawFunc
	drawn recent[[]byte]
	files recent[string] // ids of uploaded files, which can be sent again by anyone's message
}

func newPictures(draw drawFunc) *pictures {
	return &pictures{draw: draw, drawn: newRecent[[]byte](maxPictures), files: newRecent[string](maxFiles)}
}

// png returns the PNG of a picture. Concurrent calls may draw the same picture more than
// once.
func (p *pictures) png(key pictureKey) ([]byte, error) {
	if png, ok := p.drawn.get(key); ok {
		return png, nil
	}
	png, err := p.draw(key.picture, key.lang)
	if err != nil {
		return nil, err
	}
	p.drawn.put(key, png)
	return png, nil
}

// recent is an LRU cache, safe for concurrent use.
type recent[V any] struct {
	limit int

	mu      *sync.Mutex
	order   *list.List // of *recentEntry[V], most recently used first
	entries map[pictureKey]*list.Element
}

type recentEntry[V any] struct {
	key   pictureKey
	value V
}

func newRecent[V any](limit int) recent[V] {
	return recent[V]{limit: limit, mu: &sync.Mutex{}, order: list.New(), entries: map[pictureKey]*list.Element{}}
}

func (r recent[V]) get(key pictureKey) (value V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[key]
	if !ok {
		return value, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*recentEntry[V]).value, true
}

func (r recent[V]) put(key pictureKey, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.entries[key]; ok {
		e.Value.(*recentEntry[V]).value = value
		return
	}
	r.entries[key] = r.order.PushFront(&recentEntry[V]{key, value})
	if r.order.Len() > r.limit {
		r.remove(r.order.Back())
	}
}

func (r recent[V]) drop(key pictureKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.entries[key]; ok {
		r.remove(e)
	}
}

func (r recent[V]) remove(e *list.Element) {
	delete(r.entries, r.order.Remove(e).(*recentEntry[V]).key)
}

// sendPicture sends the picture, or edits the message to show it: by the id of the file if Telegram has it
// (https://core.telegram.org/bots/api#sending-files), and otherwise, or if that is refused, by uploading
// it.
func (d delivery) sendPicture(ctx context.Context) (sent sentMessage, err error) {
	if d.Picture == nil {
		return sent, &bot.SendError{Verdict: bot.Refused, Err: errors.New("telegram: message without a picture")}
	}
	key := pictureKey{*d.Picture, d.Lang, d.config.Texts()}
	if file, ok := d.pictures.files.get(key); ok {
		err = d.client.upload(ctx, d.pictureMethod(), d.pictureFields(file), upload{}, &sent)
		if verdictOf(err) != bot.Refused || isMessageGone(err) {
			return sent, err
		}
		d.pictures.files.drop(key)
	}
	png, err := d.pictures.png(key)
	if err != nil {
		return sent, &bot.SendError{Verdict: bot.Refused, Err: err}
	}
	err = d.client.upload(ctx, d.pictureMethod(), d.pictureFields(attached), upload{"photo", "quadrant.png", png}, &sent)
	if n := len(sent.Photo); err == nil && n > 0 {
		d.pictures.files.put(key, sent.Photo[n-1].File)
	}
	return sent, err
}

// attached refers to the file in the same call.
const attached = "attach://photo"

// pictureMethod is an edit only while there is a message to edit.
func (d delivery) pictureMethod() string {
	if d.Method == editMedia && d.at > 0 {
		return editMedia
	}
	return sendPhoto
}

func (d delivery) pictureFields(file string) map[string]string {
	fields := d.formFields()
	if d.pictureMethod() == sendPhoto {
		fields["caption"], fields["parse_mode"] = d.html(), string(models.ParseModeHTML)
		if file != attached {
			fields["photo"] = file
		}
		return fields
	}
	media, _ := json.Marshal(map[string]string{"type": "photo", "media": file, "caption": d.html(), "parse_mode": string(models.ParseModeHTML)})
	fields["message_id"], fields["media"] = strconv.FormatInt(d.at, 10), string(media)
	return fields
}
