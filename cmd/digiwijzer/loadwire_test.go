package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http/httputil"
	"strconv"
)

// wire reads HTTP requests or responses of one connection into buffers that it reuses. It
// supports only what the bots in these tests send.
type wire struct {
	in   *bufio.Reader
	line []byte // the first one
	body bytes.Buffer
}

func newWire(conn io.Reader) *wire { return &wire{in: bufio.NewReaderSize(conn, 16<<10)} }

// read reads one message. Its first line and body are valid until the next call.
func (w *wire) read() (line, body []byte, err error) {
	first, err := w.in.ReadSlice('\n')
	if err != nil {
		return nil, nil, err
	}
	w.line = append(w.line[:0], bytes.TrimRight(first, "\r\n")...)
	length, chunked, err := w.header()
	if err != nil {
		return nil, nil, err
	}
	w.body.Reset()
	switch {
	case chunked:
		_, err = w.body.ReadFrom(httputil.NewChunkedReader(w.in))
		if err == nil {
			_, err = w.in.ReadSlice('\n') // the empty line after the last chunk
		}
	case length > 0:
		_, err = io.CopyN(&w.body, w.in, length)
	}
	return w.line, w.body.Bytes(), err
}

// header reads up to the empty line and returns how the body is sent.
func (w *wire) header() (length int64, chunked bool, err error) {
	for {
		field, err := w.in.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		field = bytes.TrimRight(field, "\r\n")
		if len(field) == 0 {
			return length, chunked, nil
		}
		name, value, _ := bytes.Cut(field, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return 0, false, fmt.Errorf("content length: %w", err)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		}
	}
}
