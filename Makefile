# make demo    everything at once: a broker, the relay, simulated devices and players; prints a URL
# make test    what CI runs: format check, build, all tests
# make bench   figures against the alternatives
# The first two install what is missing (scripts/setup).

SWIFT ?= swift
SOURCES = Sources Tests
release = $(SWIFT) build -c release
# A crash prints the thread that crashed: a hundred of them with all their symbols would take longer than the tests.
export SWIFT_BACKTRACE ?= interactive=no,color=no,threads=crashed

.PHONY: demo test bench build lint format
.DEFAULT_GOAL := build

demo:
	scripts/setup demo
	$(release) --product relay
	$(release) --product device-sim
	$(release) --product game-room
	exec "$$($(release) --show-bin-path)/relay" demo $(ARGS)

# What is pure computes and never waits: by itself, so that what waits for other programs is not kept waiting.
pure = (EngineIO|SocketIO|Game)Tests
# Not hundreds of brokers, relays and browsers at once, where this Swift can be told so (6.3 can).
few = --experimental-maximum-parallelization-width 8
few_if_known = $$($(SWIFT) test list --skip-build $(few) >/dev/null 2>&1 && echo $(few))

test:
	scripts/setup test
	$(MAKE) lint
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter '^$(pure)\.' $(ARGS)
	$(SWIFT) test --skip-build --skip '^$(pure)\.' $(few_if_known) $(ARGS)

bench:
	scripts/setup demo
	$(MAKE) -C Benchmarks ARGUMENTS="$(ARGS)"

build:
	scripts/setup demo
	$(SWIFT) build

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format:
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)
