package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// assets are the style, the script and the mark, each under a name with its hash, so
// that browsers may keep them for good.
type assets struct {
	names map[string]string // site.css: site.1a2b3c4d.css
	files map[string]asset  // by the name with the hash
}

type asset struct {
	kind    string
	content []byte
}

func loadAssets() assets {
	a := assets{names: map[string]string{}, files: map[string]asset{}}
	entries, err := static.ReadDir("static")
	if err != nil {
		panic(fmt.Sprintf("the embedded assets cannot be read: %v", err))
	}
	for _, entry := range entries {
		name := entry.Name()
		content, err := static.ReadFile("static/" + name)
		if err != nil {
			panic(fmt.Sprintf("the embedded asset %s cannot be read: %v", name, err))
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a.names[name] = hashed
		a.files[hashed] = asset{kind: mime.TypeByExtension(ext), content: content}
	}
	return a
}

// url is the address of an asset.
func (a assets) url(name string) string { return "/static/" + a.names[name] }

func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Content-Length", strconv.Itoa(len(file.content)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(file.content) // the visitor may have gone
}
