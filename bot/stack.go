package bot

import (
	"fmt"
	"runtime"
	"strings"
)

// deepest bounds a stack in the log.
const deepest = 64

// stack lists the functions of a panic that is being recovered, innermost first. Unlike
// debug.Stack it shows no arguments, which may hold the id of a chat.
func stack() string {
	callers := make([]uintptr, deepest)
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
