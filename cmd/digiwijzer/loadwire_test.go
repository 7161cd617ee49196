package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http/httputil"
	"strconv"
)

// wire reads the HTTP messages of one connection, requests and responses alike, into
// the same two buffers again and again. It knows what our own bots and the naive one
// send on loopback, and no more.
type wire struct {
	in   *bufio.Reader
	line []byte // the first one
	body bytes.Buffer
}

func newWire(conn io.Reader) *wire { return &wire{in: bufio.NewReaderSize(conn, 16<<10)} }

// read takes one message; its first line and its body are good until the next.
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
			_, err = w.in.ReadSlice('\n') // the empty line behind the last chunk
		}
	case length > 0:
		_, err = io.CopyN(&w.body, w.in, length)
	}
	return w.line, w.body.Bytes(), err
}

// header reads up to the empty line and tells how the body comes.
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
