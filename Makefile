# Each target is one line that calls tools/. `make demo` on a fresh machine does everything.
PYTHON ?= python3

.PHONY: demo demo-call demo-reset test check bench bootstrap

demo:
	@exec $(PYTHON) -m tools.demo

demo-call:
	@exec $(PYTHON) -m tools.demo_call

demo-reset:
	@exec $(PYTHON) -m tools.demo --reset

test:
	@exec $(PYTHON) -m tools.test

check:
	@exec $(PYTHON) -m tools.check

bench:
	@exec $(PYTHON) -m tools.bench

bootstrap:
	@exec $(PYTHON) -m tools.bootstrap test
