//go:build !linux

package app

func forbidDumps() {}
