package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"digiwijzer/bot/style"
)

//go:embed static
var static embed.FS

// assets are the style sheet, the script, the fonts and the icon. Their names contain a hash of their
// content, so that browsers may cache them forever.
type assets struct {
	names map[string]string // site.css: site.1a2b3c4d.css
	files map[string]asset  // by the name with the hash
}

type asset struct {
	mediaType string
	content   []byte
	zipped    func() []byte // content, compressed when it is first asked for; nil if that is no smaller
}

// loadAssets loads our own files and those of others. Our style sheets include the fonts and the design
// tokens; so do those of others.
func loadAssets(others []fs.FS) assets {
	a := assets{names: map[string]string{}, files: map[string]asset{}}
	for _, name := range []string{style.RegularFont, style.BoldFont} {
		a.add(name+".woff2", "font/woff2", style.WOFF2(name))
	}
	own, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the name is a constant
	}
	a.addAll(own, func(name string, content []byte) []byte {
		if path.Ext(name) != ".css" {
			return content
		}
		fonts := style.FontFaces(func(font string) string { return a.url(font + ".woff2") })
		return slices.Concat([]byte(fonts), []byte(style.CSS()), content)
	})
	for _, files := range others {
		a.addAll(files, func(_ string, content []byte) []byte { return content })
	}
	return a
}

// addAll adds every file at the top of a folder, transformed by change. Two files with the same name are a
// build error.
func (a assets) addAll(files fs.FS, change func(name string, content []byte) []byte) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		panic(fmt.Sprintf("read embedded assets: %v", err))
	}
	for _, entry := range entries {
		name := entry.Name()
		content, err := fs.ReadFile(files, name)
		if err != nil {
			panic(fmt.Sprintf("read embedded asset %s: %v", name, err))
		}
		if a.names[name] != "" {
			panic("two assets are called " + name)
		}
		a.add(name, mime.TypeByExtension(path.Ext(name)), change(name, content))
	}
}

// add adds a file under a name with the hash of its content.
func (a assets) add(name, mediaType string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.names[name] = hashed
	a.files[hashed] = asset{mediaType: mediaType, content: content, zipped: sync.OnceValue(func() []byte { return zipped(content) })}
}

// zipped returns content compressed, or nil if that saves nothing. Assets are the same for everyone and
// hold no secret, so compression reveals none.
func zipped(content []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a valid level
	_, _ = z.Write(content)                               // a Buffer never fails
	_ = z.Close()
	if b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}

// url returns the address of an asset.
func (a assets) url(name string) string { return "/static/" + a.names[name] }

func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	content := file.content
	if zipped := file.zipped(); zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			content = zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the visitor may have disconnected
}

// favicon redirects the address that browsers request automatically.
func (s *site) favicon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, s.assets.url("mark.svg"), http.StatusSeeOther)
}

// robots keeps the pages of a conversation and the dashboard out of search engines.
func (s *site) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /gesprek\nDisallow: /vraag/\nDisallow: /advies\nDisallow: /werkgroep\n"))
}
