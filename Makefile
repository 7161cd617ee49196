# Short names for what a developer does every day. `make help` lists them.
.DEFAULT_GOAL := help

.PHONY: help run demo test check full bench

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: ## the website on http://127.0.0.1:8080
	go run ./cmd/digiwijzer serve

demo: ## the same with invented figures in a temporary folder
	go run ./cmd/digiwijzer serve --demo

test: ## every test, under three minutes on two cores
	go test ./...

check: ## what must pass before a change goes in
	bash .ci/run

full: ## the long checks: more seeds, power cuts, mutants, fuzzing
	bash .ci/full

bench: ## throughput compared with a naive bot and without storage
	go test ./cmd/digiwijzer -run '^$$' -bench Taps -benchtime 5x
