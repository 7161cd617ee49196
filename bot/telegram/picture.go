package telegram

import (
	"bytes"
	"container/list"
	"sync"

	"digiwijzer/bot/draw"
	"digiwijzer/flows"
)

// drawFunc draws a quadrant as a PNG.
type drawFunc = func(picture flows.QuadrantPicture, lang string) ([]byte, error)

// draw is the default drawFunc.
func (c *Channel) draw(q flows.QuadrantPicture, lang string) ([]byte, error) {
	var b bytes.Buffer
	err := draw.Quadrant(q).Scene(c.config.Texts(), lang).PNG(&b)
	return b.Bytes(), err
}

// maxPictures bounds the cache: about 2 MB of PNGs.
const maxPictures = 64

// pictureCache keeps the most recently used PNGs. Drawing one takes more processor time than
// all turns of a conversation together (BenchmarkPNG in bot/draw); retries, and people with
// the same scores, need the same one.
type pictureCache struct {
	draw drawFunc

	mu      sync.Mutex
	order   *list.List // of *cachedPicture, most recently used first
	entries map[pictureKey]*list.Element
}

// pictureKey is all that a picture depends on.
type pictureKey struct {
	picture flows.QuadrantPicture
	lang    string
}

type cachedPicture struct {
	key pictureKey
	png []byte
}

func newPictureCache(draw drawFunc) *pictureCache {
	return &pictureCache{draw: draw, order: list.New(), entries: map[pictureKey]*list.Element{}}
}

// png returns the PNG of a picture. It draws outside the lock: concurrent calls may draw
// the same picture more than once.
func (c *pictureCache) png(p flows.QuadrantPicture, lang string) ([]byte, error) {
	key := pictureKey{p, lang}
	if png := c.get(key); png != nil {
		return png, nil
	}
	png, err := c.draw(p, lang)
	if err != nil {
		return nil, err
	}
	c.put(key, png)
	return png, nil
}

func (c *pictureCache) get(key pictureKey) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*cachedPicture).png
	}
	return nil
}

func (c *pictureCache) put(key pictureKey, png []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[key]; ok {
		return
	}
	c.entries[key] = c.order.PushFront(&cachedPicture{key, png})
	if c.order.Len() > maxPictures {
		oldest := c.order.Back()
		delete(c.entries, c.order.Remove(oldest).(*cachedPicture).key)
	}
}
