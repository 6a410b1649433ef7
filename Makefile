# The project's front door. Everything installs itself into .venv; PYTHON chooses the interpreter.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PROJECTS := pyproject.toml plugins/edgevid-zoo/pyproject.toml plugins/edgevid-hello/pyproject.toml \
  plugins/edgevid-train/pyproject.toml export/pyproject.toml

.PHONY: demo test lint fix docs bench default-model clean

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The runtime alone: no torch.
.venv/runtime.stamp: .venv/bin/python constraints.txt pyproject.toml
	$(PIP) -e ".[cpu,video,regions]"
	touch $@

.venv/dev.stamp: .venv/bin/python constraints.txt $(PROJECTS)
	$(PIP) -e ".[cpu,video,regions,dev]" -e plugins/edgevid-zoo -e plugins/edgevid-hello -e export \
	  -e plugins/edgevid-train
	touch $@ .venv/runtime.stamp

demo: .venv/runtime.stamp  ## Analyse the sample drive: annotated video, events, run.json
	$(BIN)/edgevid run --config configs/demo.yaml
	@echo "Look at demo-out/annotated.mp4 and demo-out/stills/; events are in demo-out/events.jsonl."

test: .venv/dev.stamp  ## All tests; a skipped one is a failure
	EDGEVID_FAIL_ON_SKIP=1 $(BIN)/python -m pytest -q

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
	for n in 1 2; do $(BIN)/edgevid bench run --model demo-out/tsm.onnx --rounds 5 --frames 240 \
	  --set backend.name=onnxruntime --set backend.options.threads=$$n \
	  --output docs/benchmarks/onnxruntime_cpu_$$n.json; done
	$(BIN)/python tools/generate_docs.py

# Rendered clips and runs of the default model; two cores take about four hours.
DRIVES ?= data
EVALUATE = $(BIN)/edgevid evaluate

default-model: .venv/dev.stamp  ## Render, train and measure the default model anew
	$(BIN)/edgevid synth clips --split train --count 8103 --out $(DRIVES)
	$(BIN)/edgevid synth clips --split val --count 220 --out $(DRIVES)
	$(BIN)/edgevid synth clips --split test --count 550 --out $(DRIVES)
	$(BIN)/edgevid train $(DRIVES)/table.csv --recipe see --no-export --cache $(DRIVES)/kept \
	  -o $(DRIVES)/see
	for recipe in default single_frame; do $(BIN)/edgevid train $(DRIVES)/table.csv \
	  --recipe $$recipe --from $(DRIVES)/see/model.safetensors --cache $(DRIVES)/kept \
	  -o $(DRIVES)/$$recipe \
	  && $(EVALUATE) $(DRIVES)/$$recipe/model.onnx $(DRIVES)/table.csv --split val \
	    --write-temperature --no-robustness -o $(DRIVES)/$$recipe/val \
	  && $(EVALUATE) $(DRIVES)/$$recipe/model.onnx $(DRIVES)/table.csv --split test \
	    --write-metrics -o $(DRIVES)/$$recipe/test || exit 1; done
	cp $(DRIVES)/default/model.onnx edgevid/default_model/driver.onnx
	cp $(DRIVES)/default/model.safetensors edgevid/default_model/driver.safetensors

clean:
	rm -rf .venv demo-out
