package telegramtest

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// kind is the type of a parameter.
type kind int

const (
	number kind = iota
	text
	boolean
	object
	file
)

// param is a parameter as JSON, whatever the content type of the request.
type param struct {
	raw  json.RawMessage
	data []byte // of an uploaded file
}

type params map[string]param

// maxBody limits a request; Telegram accepts photos up to 10 MB.
const maxBody = 10 << 20

// readParams decodes the query string and the body, which may be JSON, urlencoded or
// multipart, and refuses parameters that the method does not have.
func readParams(r *http.Request, known map[string]kind) (params, *apiError) {
	p := params{}
	r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
	form, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch form {
	case "application/json":
		err = p.fromJSON(r.Body)
	case "multipart/form-data":
		err = p.fromMultipart(r)
	default:
		if err = r.ParseForm(); err == nil {
			p.fromForm(r.Form, known)
		}
	}
	if err != nil {
		return p, badRequest("can't parse request: " + err.Error())
	}
	if form == "multipart/form-data" {
		p.fromForm(r.MultipartForm.Value, known)
	}
	return p, p.check(known)
}

func (p params) fromJSON(body io.Reader) error {
	all, err := io.ReadAll(body)
	if err != nil || len(all) == 0 {
		return err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(all, &fields); err != nil {
		return err
	}
	for name, raw := range fields {
		p[name] = param{raw: raw}
	}
	return nil
}

func (p params) fromMultipart(r *http.Request) error {
	if err := r.ParseMultipartForm(maxBody); err != nil {
		return err
	}
	for name, parts := range r.MultipartForm.File {
		if len(parts) != 1 {
			return errors.New("file " + name + " is given twice")
		}
		f, err := parts[0].Open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		p[name] = param{data: data}
	}
	return nil
}

// fromForm encodes the text values as JSON, by the kind of the parameter.
func (p params) fromForm(values map[string][]string, known map[string]kind) {
	for name, v := range values {
		raw := []byte(v[0])
		if k, ok := known[name]; !ok || k == text || k == file || !json.Valid(raw) {
			raw, _ = json.Marshal(v[0])
		}
		p[name] = param{raw: raw}
	}
}

func (p params) check(known map[string]kind) *apiError {
	for name, v := range p {
		k, ok := known[name]
		switch {
		case v.data != nil && (k == file || !ok && p.attached(name)):
		case !ok:
			return badRequest("unknown parameter \"" + name + "\"")
		case v.data != nil || !k.fits(v.raw):
			return badRequest("wrong type of parameter \"" + name + "\"")
		}
	}
	return nil
}

// attached reports whether a parameter refers to the file as attach://name.
func (p params) attached(name string) bool {
	for _, v := range p {
		if strings.Contains(string(v.raw), `"attach://`+name+`"`) {
			return true
		}
	}
	return false
}

func (k kind) fits(raw json.RawMessage) bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return false
	}
	switch v := v.(type) {
	case string:
		if k == number {
			_, err := strconv.ParseInt(v, 10, 64)
			return err == nil
		}
		return k == text || k == file
	case float64:
		return k == number
	case bool:
		return k == boolean
	case map[string]any, []any:
		return k == object
	}
	return false
}

func (p params) missing(required []string) string {
	for _, name := range required {
		if _, ok := p[name]; !ok {
			return name
		}
	}
	return ""
}

func (p params) text(name string) string {
	var s string
	_ = json.Unmarshal(p[name].raw, &s)
	return s
}

func (p params) int(name string) int64 {
	var n json.Number
	if json.Unmarshal(p[name].raw, &n) != nil {
		n = json.Number(p.text(name))
	}
	i, _ := n.Int64()
	return i
}

func (p params) bool(name string) bool {
	var b bool
	_ = json.Unmarshal(p[name].raw, &b)
	return b
}

func (p params) has(name string) bool { _, ok := p[name]; return ok }

func (p params) chatID() int64 { return p.int("chat_id") }
