"""docs/zoo.md: the networks that the zoo registers, counted."""

from __future__ import annotations

from pathlib import Path

from zoo_measured import export_section, speed_section
from zoo_motion import motion_section
from zoo_weights import WEIGHTS

from edgevid.model_facts import NUM_CLASSES, ModelFacts, architecture_facts
from edgevid.plugins import load_plugins

_INTRODUCTION = """\
PyTorch networks of the plugin `edgevid-zoo`, written from the papers. Each is built by name,
exported through the parity gate, and run from its bundle:

```
edgevid export tsm_resnet50_offline --random-init --num-classes 11 -o m.onnx
edgevid run drive.mp4 --model m.onnx
```

They come with random weights: `--weights` brings trained ones, also those of others, see below.

- **stream**: one frame in, and a state from frame to frame. The numbers are exactly those of the
  network over whole clips, which the tests and the parity gate check. The memory is the frames
  before the current one that a score depends on, and as long is the warm-up.
- **clip**: the last T frames, every T/2 frames. Networks that look both ways in time, or were made
  for clips with zeros at both ends, give the same numbers only on the same window, so that nothing
  can be carried from frame to frame. Why each of them runs so stands below, and in its card.
- **multirate**: the same, with several clips cut from one window, each at the frames that the card
  names for it.
- **frame**: no memory.

Counted for {classes} classes and the size shown. Multiply-accumulates are those of convolutions and
matrix products, of one frame or of one whole clip, without the maps for saliency. Memory
is the frames before the newest one that a prediction depends on; kept is what stays in memory for
each stream from one prediction to the next: states in 4-byte floats, or the frames of the window in
bytes. `edgevid models` lists the same for any number of classes.

"""


def zoo_page(note: str) -> str:
    """The page."""
    from edgevid_zoo.architecture import ZooArchitecture

    text = "# Model zoo\n\n" + note + _INTRODUCTION.format(classes=NUM_CLASSES)
    text += "| name | what it is | mode | input | parameters | GMACs | memory | kept |\n"
    text += "|---|---|---|---|---|---|---|---|\n"
    reasons: dict[str, list[str]] = {}
    architectures = load_plugins().architectures
    for name in architectures:
        if not issubclass(architectures[name], ZooArchitecture):
            continue
        facts = architecture_facts(name, architectures[name])
        if facts.unavailable:
            raise ValueError(f"{name}: {facts.unavailable}")
        card = architectures[name]().default_card(["a"])
        if card.why_clips:
            reasons.setdefault(card.why_clips, []).append(f"`{name}`")
        text += _row(facts)
    text += "\n## Why clips\n\n"
    text += "".join(f"- {', '.join(names)}: {reason}.\n" for reason, names in reasons.items())
    folder = Path(__file__).resolve().parent.parent / "docs" / "zoo"
    text += WEIGHTS
    text += motion_section(folder)
    return text + export_section(folder / "export.json") + speed_section(folder)


def _row(facts: ModelFacts) -> str:
    what, _, about = facts.about.strip().rstrip(".").partition(", https://")
    link, _, more = about.partition(":")
    frames = "+".join(map(str, facts.num_frames))
    clips = "" if facts.temporal_mode in ("frame", "stream") else f"{frames} x "
    memory = {None: "without end", 0: "none"}.get(
        facts.memory_frames, f"{facts.memory_frames} frames"
    )
    kept = f"{facts.memory_bytes / 1e6:.2f} MB" if facts.memory_bytes else "none"
    return (
        f"| `{facts.name}` | {what}{':' if more else ''}{more} ([paper](https://{link})) "
        f"| {facts.temporal_mode} | {clips}{facts.input_size[0]}x{facts.input_size[1]}, "
        f"{facts.input_rate_hz:g} Hz | {facts.parameters:,} | {facts.macs / 1e9:.3f} "
        f"| {memory} | {kept} |\n"
    )
