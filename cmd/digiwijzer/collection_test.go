package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestCollectionIsDeferredOnce: after the first collection the percentage is what it was.
func TestCollectionIsDeferredOnce(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(150))
	percent := func() int {
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(sample)
		return int(sample[0].Value.Uint64())
	}
	deferCollection()
	assert.Equal(t, 1600, percent())
	eventually(t, "the percentage is what it was", func() bool { runtime.GC(); return percent() == 150 })
}
