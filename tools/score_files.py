"""What a bundle says of some files, as JSON: ``score_files.py BUNDLE [LABEL=]FILE... > out.json``.

Example: python tools/score_files.py edgevid/default_model/driver.onnx drinking=cup.png street.mp4
"""

from __future__ import annotations

import json
import sys

from edgevid_train.evaluation.scoring import StreamScorer
from edgevid_train.evaluation.transfer import score_files


def main(bundle: str, files: list[str]) -> None:
    """Show the files to the bundle and print the scores."""
    pairs = []
    for word in files:
        label, equals, path = word.partition("=")
        pairs.append((path, label) if equals else (word, None))
    with StreamScorer(bundle) as scorer:
        found = score_files(scorer, pairs)
    json.dump([score.model_dump() for score in found], sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
