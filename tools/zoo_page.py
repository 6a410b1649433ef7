"""docs/zoo.md: the networks that the zoo registers, counted."""

from __future__ import annotations

from edgevid.plugins import load_plugins

_NUM_CLASSES = 400

_INTRODUCTION = """\
PyTorch networks of the plugin `edgevid-zoo`, written from the papers. Each is built by name,
exported through the parity gate, and run from its bundle:

```
edgevid export tsm_resnet50_offline --random-init --num-classes 11 -o m.onnx
edgevid run drive.mp4 --model m.onnx
```

They come with random weights: `--checkpoint FILE` brings trained ones, whose keys must be the
network's.

- **stream**: one frame in, and a state from frame to frame. The numbers are exactly those of the
  network over whole clips, which the tests and the parity gate check. The memory is the frames
  before the current one that a score depends on, and as long is the warm-up.
- **clip**: the last T frames, every T/2 frames. Networks that look both ways in time, or were made
  for clips with zeros at both ends, give the same numbers only on the same window, so that nothing
  can be carried from frame to frame. Why each of them runs so stands below, and in its card.
- **frame**: no memory.

Counted for {classes} classes and the size shown. Multiply-accumulates are those of convolutions and
matrix products, of one frame or of one whole clip, without the maps for saliency. State is what a
stream keeps, in 4-byte floats.

"""


def zoo_page(note: str) -> str:
    """The page."""
    from edgevid_zoo.architectures.base import ZooArchitecture
    from edgevid_zoo.counting import count

    text = "# Model zoo\n\n" + note + _INTRODUCTION.format(classes=_NUM_CLASSES)
    text += "| name | what it is | mode | input | parameters | GMACs | memory | state |\n"
    text += "|---|---|---|---|---|---|---|---|\n"
    reasons: dict[str, list[str]] = {}
    architectures = load_plugins().architectures
    for name in architectures:
        if not issubclass(architectures[name], ZooArchitecture):
            continue
        architecture = architectures[name]()
        card = architecture.default_card([str(index) for index in range(_NUM_CLASSES)])
        counts = count(architecture, card)
        clip = card.temporal_mode == "clip"
        if card.why_clips:
            reasons.setdefault(card.why_clips, []).append(f"`{name}`")
        height, width = card.input_size or architecture.input_size
        memory = card.num_frames - 1 if clip else round(card.warmup_seconds * card.input_rate_hz)
        state = f"{counts.state_numbers * 4 / 1e6:.2f} MB" if counts.state_numbers else "none"
        what, _, about = (architecture.__doc__ or "").strip().rstrip(".").partition(", https://")
        link, _, more = about.partition(":")
        text += (
            f"| `{name}` | {what}{':' if more else ''}{more} ([paper](https://{link})) "
            f"| {card.temporal_mode} | {f'{card.num_frames} x ' if clip else ''}{height}x{width}, "
            f"{card.input_rate_hz:g} Hz | {counts.parameters:,} | {counts.giga_macs:.3f} "
            f"| {f'{memory} frames' if memory else 'none'} | {state} |\n"
        )
    text += "\n## Why clips\n\n"
    text += "".join(f"- {', '.join(names)}: {reason}.\n" for reason, names in reasons.items())
    return text
