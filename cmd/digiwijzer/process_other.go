//go:build !linux

package main

func forbidDumps() {}
