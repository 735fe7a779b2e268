# make demo   set up, then watch people in sample footage; SOURCE=0, SOURCE=clip.mp4, SOURCE=photos/, SOURCE=rtsp://… for your own
# make test   set up, then run the linters and every test; make lint: the linters alone; make test FAST=1: the core alone
# make docs   build the site of the pages into build/site, and check its links
.PHONY: demo test lint docs setup clean
SHELL := /bin/bash
export SOURCE OUT MODEL HEIGHT FAST

demo: setup
	@tools/demo.sh

setup:
	@tools/setup.sh

test:
	@tools/setup.sh test
	@tools/test.sh

lint:
	@tools/setup.sh test
	@tools/lint.sh

docs:
	@tools/docs.sh

clean:
	rm -rf .ws .venv .cache build out
