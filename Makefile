# Thin calls of cmake, ctest and ascender. `make help` lists them.
SHELL := /bin/bash
BUILD ?= build/release
JOBS ?= $(shell nproc)
ASCENDER := $(BUILD)/ascender
SETUP_STAMP := build/.setup
CMAKE_FLAGS ?=

.PHONY: help setup build config train ablate viz test check bench cuda format tidy clean
help:
	@echo "make train CONFIG=experiments/addition.ascend [DATA=FILE] [SET='path=value ...']   install, build, train"
	@echo "make test     install, build and run every test"
	@echo "make check    make test, then the sanitizers"
	@echo "make bench [WHAT=matmul] [FLAGS=--quick]   set up the peers and time both sides alternating;"
	@echo "              build/bench.txt, .jsonl, .svg (all of it: half an hour; --quick: a few minutes)"
	@echo "make viz RUN=latest        a run's curves"
	@echo "make cuda     compile the tile kernels for sm_80 and sm_90 and look for tensor-core code"
	@echo "make build | format | tidy | clean"

# Installs what tools/packages.txt names and is missing; asks for nothing when all is there.
$(SETUP_STAMP): tools/packages.txt tools/setup.sh
	@tools/setup.sh
	@mkdir -p build && touch $@
setup: $(SETUP_STAMP)

$(BUILD)/build.ninja: $(SETUP_STAMP)
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release $(CMAKE_FLAGS) > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }

build: $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS) --target ascender

# Asked before the build, which takes minutes the first time.
config:
	@test -n "$(CONFIG)" || { echo "name an experiment: make train CONFIG=FILE, one of" $(wildcard experiments/*.ascend); exit 2; }
	@test -r "$(CONFIG)" || { echo "cannot read $(CONFIG); there are" $(wildcard experiments/*.ascend); exit 2; }

train: config build
	@$(ASCENDER) run $(CONFIG) $(if $(DATA),data.path=$(DATA)) $(SET) $(if $(RUN),--run $(RUN))

ablate: train

viz: build
	@$(ASCENDER) show $(or $(RUN),latest)

test: $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS)
	@tools/test.sh $(BUILD)

check: test
	@tools/sanitize.sh

# Everything on one thread; training steps, their memory and the start on all processors too.
bench: build
	@bench/peers/setup.sh
	@cmake --build $(BUILD) -j $(JOBS) --target ascender-bench
	@bench/run.sh $(ASCENDER) "$(WHAT)" $(FLAGS)

cuda: $(SETUP_STAMP)
	@tools/cuda.sh

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format -i
# Half an hour on one core; fails when something is found (.clang-tidy says what is not asked, and why).
# Clang 14 knows neither the name of a CPU feature that target.cc asks for nor g++'s -mmemcpy-strategy.
tidy: $(BUILD)/build.ninja
	@mkdir -p build/tidy && sed -E 's/ -mmem(cpy|set)-strategy=[^ ]*//g' $(BUILD)/compile_commands.json > build/tidy/compile_commands.json
	@git ls-files 'ascender/*.cc' 'apps/*.cc' | grep -vE '_(test|bench|fuzz)\.cc$$|tile/target\.cc$$' | xargs -n 4 -P $(JOBS) clang-tidy -p build/tidy --quiet
clean:
	@rm -rf build
