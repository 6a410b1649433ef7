"""Links of a report."""

from edgevid_batch.report.links import drive_link


def test_links_lead_to_local_drives_alone():
    assert drive_link("/d/a b#1.mp4", 12.34) == "file:///d/a%20b%231.mp4#t=10.3"
    assert drive_link("/d/a.mp4", 1.0) == "file:///d/a.mp4#t=0.0"
    assert drive_link("/d/token=5.mp4", 1.0) == "file:///d/token%3D5.mp4#t=0.0"
    for uri in ("s3://bucket/a.mp4", "https://me:pw@host/a.mp4", "javascript://x"):
        assert drive_link(uri, 1.0) is None
    assert drive_link("javascript:alert(1)").startswith("file:///")
