package main

import (
	"runtime"
	"runtime/debug"
)

// Until the heap has the size of firstCollection, nearly all of it is content that is kept.
const (
	firstCollection = 64 << 20
	goMinHeap       = 4 << 20 // at which Go collects first if the percentage is 100
)

// deferCollection lets the first garbage collection wait until the heap has the size of
// firstCollection, or until serve has loaded its content, when content.NewSource forces one. Earlier
// ones would take a fifth of a start and free little. Afterwards the percentage is what it was.
func deferCollection() {
	usual := debug.SetGCPercent(firstCollection / goMinHeap * 100)
	runtime.AddCleanup(&sentinel{}, func(usual int) { debug.SetGCPercent(usual) }, usual)
}

// sentinel is unreachable at once, so that its cleanup follows the first collection. It has a pointer:
// Go allocates small objects without any together.
type sentinel struct{ _ *byte }
