"""Event files and truths for tests, as the runtime and annotators write them."""

import json

CLASSES = ("safe_driving", "texting_left", "phone_left", "drinking")
GROUPS = {"phone": ["texting_left", "phone_left"], "drinking": ["drinking"]}


def event(label, start, end, *, level=0, detected=None, group=None, phase="closed", id_=None):
    """One line of an event."""
    group = group or next((g for g, labels in GROUPS.items() if label in labels), label)
    return {
        "type": "event",
        "id": id_ or f"{group}-{start}",
        "label": label,
        "group": group,
        "start_seconds": start,
        "end_seconds": end,
        "phase": phase,
        "max_level": level,
        "detected_seconds": detected,
    }


def prediction(seconds, scores, *, valid=True):
    """One line of a prediction."""
    return {
        "type": "prediction",
        "frame_index": round(seconds * 8),
        "start_seconds": seconds,
        "end_seconds": seconds,
        "valid": valid,
        "scores": list(scores),
    }


def state(name, start):
    """One line of availability."""
    return {"type": "availability", "state": name, "start_seconds": start, "reason": ""}


def end(seconds=None):
    """The last line."""
    return {"type": "end", "end_seconds": seconds}


def session(name, *, policy=None, sha256="ab" * 32):
    """The header."""
    return {
        "type": "session",
        "schema_version": 2,
        "drive_id": name,
        "started_utc": None,
        "source": {"uri": f"recordings/{name}", "width": 64, "height": 64},
        "model": {"name": "m", "version": "1", "sha256": sha256, "class_names": CLASSES},
        "policy": {"name": "p", "sha256": "cd", "groups": GROUPS} if policy is None else policy,
        "runs_on": {"backend": "onnxruntime", "provider": "CPUExecutionProvider"},
    }


def write_lines(path, *lines):
    """An event file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def write_csv(path, header, *rows):
    """A CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


TABLE = "file,start_seconds,end_seconds,label,driver,split"
