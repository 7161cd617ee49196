package postgres

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"

	"digiwijzer/store/engine"
)

// wrap wraps an error of the driver in an *engine.Error, once.
func wrap(where string, err error) error { return engine.Wrap(where, err, condition) }

// Codes of https://www.postgresql.org/docs/15/errcodes-appendix.html.
const (
	codeReadOnly      = "25006" // the server is a standby
	codeDuplicate     = "23505"
	codeIdleInTx      = "25P03"
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeLock          = "55P03" // not available within lock_timeout
	codeShutdown      = "57P01"
	codeCrash         = "57P02"
	codeConnectNow    = "57P03" // starting, or in recovery
	codeCorrupt       = "XX001"
	codeCorruptIndex  = "XX002"
)

// retryable reports whether a transaction that failed with an error may succeed when it is retried:
// it conflicted with another one, or the server or the connection was lost. If a connection breaks
// during COMMIT, the transaction may have been committed, which the retry detects by the marks of
// its updates.
func retryable(err error) bool {
	if e := serverError(err); e != nil {
		switch e.Code {
		case codeReadOnly, codeIdleInTx, codeSerialization, codeDeadlock, codeLock, codeShutdown, codeCrash, codeConnectNow:
			return true
		case codeDuplicate: // ON CONFLICT would cost every mark twice the writes
			return e.SchemaName == stateSchema && e.TableName == "seen"
		}
		return strings.HasPrefix(e.Code, "08")
	}
	return broken(err)
}

// broken reports whether an error comes from the connection and not from the server.
func broken(err error) bool {
	var network net.Error
	return err != nil && serverError(err) == nil && !errors.Is(err, pgx.ErrNoRows) &&
		(errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || isConnection(err))
}

// isConnection reports whether the driver could not make a connection, or lost it.
func isConnection(err error) bool {
	text := err.Error() // pgx has no type for most of them
	for _, part := range []string{"conn closed", "unexpected EOF", "connection reset", "broken pipe", "failed to connect", "closed pool", "use of closed", "conn busy"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func condition(err error) engine.Condition {
	e := serverError(err)
	switch {
	case errors.Is(err, errRace), errors.Is(err, errChanged):
		return engine.Busy
	case e == nil && broken(err):
		return engine.Busy
	case e == nil:
		return engine.Faulty
	case e.Code == codeCorrupt || e.Code == codeCorruptIndex:
		return engine.Corrupt
	case retryable(err) && e.Code != codeReadOnly:
		return engine.Busy
	case e.Code == codeReadOnly, strings.HasPrefix(e.Code, "53"), strings.HasPrefix(e.Code, "58"), strings.HasPrefix(e.Code, "28"), strings.HasPrefix(e.Code, "42501"):
		return engine.Unwritable // out of disk, memory or connections; I/O; no access
	}
	return engine.Faulty
}
