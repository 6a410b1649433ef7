# The project's front door. Everything installs itself into .venv; PYTHON chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PROJECTS := pyproject.toml plugins/edgevid-zoo/pyproject.toml plugins/edgevid-hello/pyproject.toml \
  plugins/edgevid-train/pyproject.toml plugins/edgevid-synth/pyproject.toml plugins/edgevid-batch/pyproject.toml \
  plugins/edgevid-bench/pyproject.toml export/pyproject.toml

.PHONY: demo test wheel-size test-fast test-slowest coverage mutants lint fix docs bench default-model events-benchmark zoo clean

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The runtime alone: no torch.
.venv/runtime.stamp: .venv/bin/python constraints.txt pyproject.toml
	$(PIP) -e ".[cpu,video,regions,plots]"
	touch $@

.venv/dev.stamp: .venv/bin/python constraints.txt $(PROJECTS)
	$(PIP) -e ".[cpu,openvino,video,regions,can,gpx,plots,dev]" -e plugins/edgevid-zoo -e plugins/edgevid-hello -e export \
	  -e plugins/edgevid-train -e plugins/edgevid-synth -e "plugins/edgevid-batch[ray]" -e plugins/edgevid-bench
	touch $@ .venv/runtime.stamp

demo: .venv/runtime.stamp  ## Analyse the sample drive: annotated video, events, run.json
	$(BIN)/edgevid run --config configs/demo.yaml
	@echo "Look at demo-out/timeline.png, annotated.mp4 and stills/; events are in demo-out/events.jsonl."

# Two processes; one that has nothing left to do takes tests from the other.
WORKERS ?= 2
PYTEST := EDGEVID_FAIL_ON_SKIP=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

test: .venv/dev.stamp  ## All tests; a skipped one is a failure. The last line says how long they took
	$(PYTEST)

test-fast: .venv/dev.stamp  ## What is quick, for the edit loop
	$(PYTEST) -m "not slow"

test-slowest: .venv/dev.stamp  ## All tests, and the 20 that take longest
	$(PYTEST) --durations=20 --durations-min=0.1

coverage: .venv/dev.stamp  ## Fast tests, and how much of each package they run; writes docs/contributing.md
	$(PYTEST) -m "not slow" --cov --cov-report=json:.coverage.json
	$(BIN)/python tools/coverage_table.py .coverage.json

mutants: .venv/dev.stamp  ## Break ten mechanisms one by one: the fast tests must notice each
	$(BIN)/python tools/mutants.py

wheel-size: .venv/dev.stamp  ## Size and line count of the runtime's wheel in a fresh environment
	$(BIN)/python tools/wheel_size.py

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate_docs.py --check

fix: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/dev.stamp  ## Write again what is generated: CLI help, config keys, errors, schemas
	$(BIN)/python tools/generate_docs.py

bench: .venv/dev.stamp  ## Measure this machine; docs/benchmarks.md is made from the result
	mkdir -p demo-out
	$(BIN)/edgevid export tsm_mobilenet_v2 --random-init --num-classes 27 --force -o demo-out/tsm.onnx
	$(BIN)/edgevid synth clips --out demo-out/clips --split train --count 33
	$(BIN)/edgevid synth clips --out demo-out/clips --split val --count 33
	$(BIN)/edgevid export demo-out/tsm.onnx --int8 --data demo-out/clips/table.csv --allow --force \
	  -o demo-out/tsm.int8.onnx
	$(BIN)/edgevid export driver --int8 --data demo-out/clips/table.csv --allow --force \
	  -o demo-out/driver.int8.onnx
	$(BIN)/edgevid bench backends driver demo-out/driver.int8.onnx --threads 1 --threads 2 \
	  --batch 1 --batch 4 --output docs/benchmarks/backends_driver.json
	$(BIN)/edgevid bench backends demo-out/tsm.onnx demo-out/tsm.int8.onnx --threads 1 --threads 2 \
	  --batch 1 --batch 4 --output docs/benchmarks/backends_tsm.json
	for n in 1 2; do $(BIN)/edgevid bench run --model demo-out/tsm.onnx --rounds 5 --frames 240 \
	  --set backend.name=onnxruntime --set backend.options.threads=$$n \
	  --output docs/benchmarks/onnxruntime_cpu_$$n.json; done
	$(BIN)/edgevid bench batch --output docs/benchmarks/batch.json
	$(BIN)/edgevid bench batch --model demo-out/tsm.onnx --output docs/benchmarks/batch_tsm.json
	$(BIN)/python tools/generate_docs.py

# Rendered clips and runs of the default model; two cores take about six hours.
DRIVES ?= data
PAGE := docs/default_model
CLIPS = $(BIN)/edgevid synth clips --out $(DRIVES)
TRAIN = $(BIN)/edgevid train $(DRIVES)/table.csv --cache $(DRIVES)/kept
EVALUATE = $(BIN)/edgevid evaluate

default-model: .venv/dev.stamp  ## Render, train and measure the default model anew
	$(CLIPS) --split train --count 8103
	$(CLIPS) --split val --count 220
	$(CLIPS) --split test --first 440 --count 440
	$(TRAIN) --recipe see --no-export -o $(DRIVES)/see
	$(TRAIN) --recipe watch --from $(DRIVES)/see/model.safetensors -o $(DRIVES)/watch
	$(TRAIN) --recipe single_frame --from $(DRIVES)/see/model.safetensors -o $(DRIVES)/single_frame
	$(TRAIN) --recipe driver --from $(DRIVES)/watch/model.safetensors -o $(DRIVES)/driver
	for run in watch single_frame driver; do \
	  $(EVALUATE) $(DRIVES)/$$run/model.onnx $(DRIVES)/table.csv --split val \
	    --write-temperature --no-robustness -o $(DRIVES)/$$run/val \
	  && $(EVALUATE) $(DRIVES)/$$run/model.onnx $(DRIVES)/table.csv --split test \
	    --write-metrics $$([ $$run = driver ] || echo --no-robustness) -o $(DRIVES)/$$run/test \
	  && cp $(DRIVES)/$$run/test/report.json $(PAGE)/$$run.json || exit 1; done
	(head -1 $(DRIVES)/table.csv; grep 'train-0007[0-3]' $(DRIVES)/table.csv) > $(DRIVES)/own.csv
	$(EVALUATE) $(DRIVES)/driver/model.onnx $(DRIVES)/own.csv --split train --no-robustness \
	  -o $(DRIVES)/driver/own
	cp $(DRIVES)/driver/own/report.json $(PAGE)/own_drivers.json
	cp $(DRIVES)/driver/model.onnx edgevid/default_model/driver.onnx
	cp $(DRIVES)/driver/model.safetensors edgevid/default_model/driver.safetensors
	$(BIN)/edgevid synth drives --out $(DRIVES)/drives/tune --split tune --count 54
	$(EVALUATE) --events $(DRIVES)/drives/tune driver --profile fleet --workers 2 \
	  --set events.options.rules.tau_seconds=1.2 --set events.options.rules.enter=0.65 \
	  --set events.options.rules.exit=0.45 --set events.options.rules.min_on_seconds=1.0 \
	  --write-policy -o $(DRIVES)/drives/tuned
	$(BIN)/edgevid export driver --saliency --force -o edgevid/default_model/driver.saliency.onnx
	$(BIN)/edgevid saliency driver --clips 100 -o $(PAGE)/pointing.json
	$(BIN)/python tools/saliency_picture.py $(PAGE)/saliency.jpg
	cp $(DRIVES)/driver/test/confusion.png $(DRIVES)/driver/test/reliability.png \
	  $(DRIVES)/driver/test/early.png $(DRIVES)/driver/curves.png $(PAGE)/
	for run in see watch single_frame; do cp $(DRIVES)/$$run/curves.png $(PAGE)/curves_$$run.png; done
	$(BIN)/python tools/generate_docs.py

events-benchmark: .venv/dev.stamp  ## Render the standing test drives and measure events on them
	$(BIN)/edgevid synth drives --out $(DRIVES)/drives/test --split test --count 62
	$(BIN)/edgevid evaluate --events $(DRIVES)/drives/test driver --profile fleet --curve \
	  --workers 2 -o $(DRIVES)/drives/report
	$(BIN)/python tools/events_page.py $(DRIVES)/drives/report
	$(BIN)/python tools/generate_docs.py

# All networks at full size; two cores take hours. What stands in the tables already is left out.
zoo: .venv/dev.stamp  ## Export every architecture at full size, run it on a video, measure its speed, ask it for time
	$(BIN)/python tools/export_zoo.py --missing
	$(BIN)/edgevid bench models --missing --output docs/zoo/speed.json
	$(BIN)/edgevid motion -o docs/zoo/motion.json
	$(BIN)/python tools/generate_docs.py

clean:
	rm -rf .venv demo-out
