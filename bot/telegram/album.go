package telegram

import (
	"container/list"
	"sync"

	"digiwijzer/flows"
)

// drawing draws a quadrant as a PNG.
type drawing = func(recipe flows.QuadrantPicture, lang string) ([]byte, error)

// maxPictures bounds the album: about 2 MB of PNGs.
const maxPictures = 64

// album keeps the pictures drawn last: a repeated send, and people with the same
// scores, need no new one.
type album struct {
	draw drawing

	mu    sync.Mutex
	order *list.List // of *drawn, the latest used first
	known map[recipe]*list.Element
}

// recipe is all that a picture depends on.
type recipe struct {
	picture flows.QuadrantPicture
	lang    string
}

type drawn struct {
	recipe recipe
	png    []byte
}

func newAlbum(draw drawing) *album {
	return &album{draw: draw, order: list.New(), known: map[recipe]*list.Element{}}
}

// png is the picture for a recipe. Drawing happens outside the lock: two at once may
// draw the same, which only costs time.
func (a *album) png(p flows.QuadrantPicture, lang string) ([]byte, error) {
	want := recipe{p, lang}
	if png := a.find(want); png != nil {
		return png, nil
	}
	png, err := a.draw(p, lang)
	if err != nil {
		return nil, err
	}
	a.keep(want, png)
	return png, nil
}

func (a *album) find(want recipe) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e, ok := a.known[want]; ok {
		a.order.MoveToFront(e)
		return e.Value.(*drawn).png
	}
	return nil
}

func (a *album) keep(r recipe, png []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.known[r]; ok {
		return
	}
	a.known[r] = a.order.PushFront(&drawn{r, png})
	if a.order.Len() > maxPictures {
		oldest := a.order.Back()
		delete(a.known, a.order.Remove(oldest).(*drawn).recipe)
	}
}
