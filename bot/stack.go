package bot

import (
	"fmt"
	"runtime"
	"strings"
)

// maxFrames bounds a stack in the log.
const maxFrames = 64

// Stack lists the functions of a panic being recovered, innermost first. Unlike
// debug.Stack it shows no arguments, which could be the id of a chat.
func Stack() string {
	callers := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	var lines []string
	for {
		frame, more := frames.Next()
		if frame.Function != "" {
			lines = append(lines, fmt.Sprintf("%s %s:%d", frame.Function, frame.File, frame.Line))
		}
		if !more {
			return strings.Join(lines, "\n")
		}
	}
}
