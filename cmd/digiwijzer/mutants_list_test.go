package main

// mutants are the promises and how each is broken.
var mutants = []mutant{}
