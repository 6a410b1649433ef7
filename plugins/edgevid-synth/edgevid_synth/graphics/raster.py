"""Geometry kernels: skinning, normals, projection, the z-buffer and shadow maps."""

from __future__ import annotations

import math

from edgevid_synth.graphics.kernels import Array, kernel


@kernel()
def skin(
    rest: Array,
    heads: Array,
    turns: Array,
    places: Array,
    index: Array,
    weight: Array,
    out: Array,
) -> None:
    """Linear blend skinning of (V, 3) rest vertices by four bones each."""
    for i in range(rest.shape[0]):
        a = b = c = 0.0
        for k in range(4):
            w = weight[i, k]
            if w > 0:
                j = index[i, k]
                x = rest[i, 0] - heads[j, 0]
                y = rest[i, 1] - heads[j, 1]
                z = rest[i, 2] - heads[j, 2]
                a += w * (turns[j, 0, 0] * x + turns[j, 0, 1] * y + turns[j, 0, 2] * z)
                b += w * (turns[j, 1, 0] * x + turns[j, 1, 1] * y + turns[j, 1, 2] * z)
                c += w * (turns[j, 2, 0] * x + turns[j, 2, 1] * y + turns[j, 2, 2] * z)
                a += w * places[j, 0]
                b += w * places[j, 1]
                c += w * places[j, 2]
        out[i, 0] = a
        out[i, 1] = b
        out[i, 2] = c


@kernel()
def normals(vertices: Array, triangles: Array, out: Array) -> None:
    """Area-weighted vertex normals, (V, 3)."""
    out[:] = 0
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax = vertices[j, 0] - vertices[i, 0]
        ay = vertices[j, 1] - vertices[i, 1]
        az = vertices[j, 2] - vertices[i, 2]
        bx = vertices[k, 0] - vertices[i, 0]
        by = vertices[k, 1] - vertices[i, 1]
        bz = vertices[k, 2] - vertices[i, 2]
        nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        for corner in range(3):
            v = triangles[t, corner]
            out[v, 0] += nx
            out[v, 1] += ny
            out[v, 2] += nz
    for i in range(out.shape[0]):
        length = math.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        for q in range(3):
            out[i, q] /= length


@kernel()
def project(
    vertices: Array,
    axes: Array,
    eye: Array,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    out: Array,
) -> None:
    """Pinhole projection to (x px, y px, 1/depth); -1 marks what lies behind the camera."""
    for i in range(vertices.shape[0]):
        x = vertices[i, 0] - eye[0]
        y = vertices[i, 1] - eye[1]
        z = vertices[i, 2] - eye[2]
        depth = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
        if depth < 0.04:
            out[i, 2] = -1.0
        else:
            out[i, 0] = cx + fx * (axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z) / depth
            out[i, 1] = cy + fy * (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z) / depth
            out[i, 2] = 1.0 / depth


@kernel(inline=True)
def _centres(low: float, high: float, cells: int) -> tuple[int, int]:
    """First and last of the cells whose centre lies between two places."""
    return max(0, int(math.ceil(low - 0.5))), min(cells - 1, int(math.floor(high - 0.5)))


@kernel(inline=True)
def _barycentric(
    x: float,
    y: float,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    inverse: float,
) -> tuple[float, float]:
    """Shares of the second and the third corner; ``inverse`` is that of twice the area."""
    u = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * inverse
    return u, ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * inverse


@kernel()
def rasterise(
    screen: Array,
    triangles: Array,
    nearest: Array,
    hit: Array,
    bary_u: Array,
    bary_v: Array,
    num_culled: int,
) -> None:
    """Z-buffer: triangle index and barycentric coordinates of the nearest surface per pixel.

    The first ``num_culled`` triangles are closed surfaces, whose back is never seen.
    """
    height, width = nearest.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        zi, zj, zk = screen[i, 2], screen[j, 2], screen[k, 2]
        if zi <= 0 or zj <= 0 or zk <= 0:
            continue
        x0, y0 = screen[i, 0], screen[i, 1]
        x1, y1 = screen[j, 0], screen[j, 1]
        x2, y2 = screen[k, 0], screen[k, 1]
        left, right = min(x0, min(x1, x2)), max(x0, max(x1, x2))
        top, bottom = min(y0, min(y1, y2)), max(y0, max(y1, y2))
        if right < 0 or bottom < 0 or left >= width or top >= height:
            continue
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0 or (t < num_culled and area > 0):
            continue
        inverse = 1.0 / area
        first, last = _centres(left, right, width)
        low, high = _centres(top, bottom, height)
        for y in range(low, high + 1):
            for x in range(first, last + 1):
                u, v = _barycentric(x + 0.5, y + 0.5, x0, y0, x1, y1, x2, y2, inverse)
                if u < 0 or v < 0 or u + v > 1:
                    continue
                z = zi + u * (zj - zi) + v * (zk - zi)
                if z > nearest[y, x]:
                    nearest[y, x] = z
                    hit[y, x] = t
                    bary_u[y, x] = u
                    bary_v[y, x] = v


@kernel()
def _to_light(
    vertices: Array,
    v: int,
    axes: Array,
    centre: Array,
    scale: float,
    half: float,
) -> tuple[float, float, float]:
    a = vertices[v, 0] - centre[0]
    b = vertices[v, 1] - centre[1]
    c = vertices[v, 2] - centre[2]
    x = (axes[0, 0] * a + axes[0, 1] * b + axes[0, 2] * c) * scale + half
    y = (axes[1, 0] * a + axes[1, 1] * b + axes[1, 2] * c) * scale + half
    return x, y, axes[2, 0] * a + axes[2, 1] * b + axes[2, 2] * c


@kernel()
def cast_shadow(
    vertices: Array,
    triangles: Array,
    axes: Array,
    centre: Array,
    scale: float,
    out: Array,
) -> None:
    """Height towards a light of the highest surface in each cell of a square shadow map."""
    size = out.shape[0]
    for t in range(triangles.shape[0]):
        x0, y0, z0 = _to_light(vertices, triangles[t, 0], axes, centre, scale, size * 0.5)
        x1, y1, z1 = _to_light(vertices, triangles[t, 1], axes, centre, scale, size * 0.5)
        x2, y2, z2 = _to_light(vertices, triangles[t, 2], axes, centre, scale, size * 0.5)
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0:
            continue
        inverse = 1.0 / area
        left, right = min(x0, min(x1, x2)), max(x0, max(x1, x2))
        top, bottom = min(y0, min(y1, y2)), max(y0, max(y1, y2))
        first, last = _centres(left, right, size)
        low, high = _centres(top, bottom, size)
        for row in range(low, high + 1):
            for col in range(first, last + 1):
                u, v = _barycentric(col + 0.5, row + 0.5, x0, y0, x1, y1, x2, y2, inverse)
                if u < 0 or v < 0 or u + v > 1:
                    continue
                h = z0 + u * (z1 - z0) + v * (z2 - z0)
                if h > out[row, col]:
                    out[row, col] = h


@kernel()
def splat_shadow(vertices: Array, axes: Array, centre: Array, scale: float, out: Array) -> None:
    """The same from points, each 2x2 cells: enough for soft light, at a tenth of the cost."""
    size = out.shape[0]
    for i in range(vertices.shape[0]):
        a = vertices[i, 0] - centre[0]
        b = vertices[i, 1] - centre[1]
        c = vertices[i, 2] - centre[2]
        col = int((axes[0, 0] * a + axes[0, 1] * b + axes[0, 2] * c) * scale + size * 0.5 - 0.5)
        row = int((axes[1, 0] * a + axes[1, 1] * b + axes[1, 2] * c) * scale + size * 0.5 - 0.5)
        h = axes[2, 0] * a + axes[2, 1] * b + axes[2, 2] * c
        if 0 <= col < size - 1 and 0 <= row < size - 1:
            for dy in range(2):
                for dx in range(2):
                    if h > out[row + dy, col + dx]:
                        out[row + dy, col + dx] = h
