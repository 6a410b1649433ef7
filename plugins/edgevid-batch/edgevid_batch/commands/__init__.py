"""Commands that `edgevid` shows of this plugin."""
