"""Meshes to pixels: rasteriser, shader, materials, sensor."""
