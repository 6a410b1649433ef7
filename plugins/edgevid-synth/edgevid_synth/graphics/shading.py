"""The deferred shader: light, shadow and colour of every pixel that the z-buffer kept."""

from __future__ import annotations

import math

import numpy as np

from edgevid_synth.graphics.kernels import Array, kernel
from edgevid_synth.graphics.noise import value_noise

HORIZON = 1.6
"""Radians of elevation that the panorama spans."""


@kernel(inline=True)
def outside(
    direction: Array,
    panorama: Array,
    offset: float,
    gain: float,
    out: Array,
    y: int,
    x: int,
) -> None:
    """The view through the windows in a direction."""
    rows, columns = panorama.shape[0], panorama.shape[1]
    length = math.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2)
    azimuth = math.atan2(direction[0], direction[2]) / (2 * math.pi) + offset
    column = (azimuth % 1.0) * columns
    row = int((0.5 - math.asin(direction[1] / length) / HORIZON) * rows)
    row = max(0, min(rows - 1, row))
    a, share = int(column) % columns, column - math.floor(column)
    b = (a + 1) % columns
    for q in range(3):
        out[y, x, q] = (panorama[row, a, q] * (1 - share) + panorama[row, b, q] * share) * gain


@kernel(inline=True)
def body_surface(fields: Array) -> int:
    """Return the surface of the body's signed fields: clothes win over hair over skin."""
    surface = 0
    if fields[0] > 0:
        surface = 1
    elif fields[1] > 0:
        surface = 2
    elif fields[7] > 0:
        return 29
    elif fields[2] > 0:
        surface = 3
    elif fields[5] > 0:
        surface = 6
    elif fields[4] > 0:
        surface = 5
    elif fields[3] > 0:
        surface = 4
    if fields[6] > 0 and (surface == 1 or surface == 2):
        surface = 7
    return surface


@kernel(inline=True)
def albedo(table: Array, m: int, x: float, y: float, z: float, out: Array) -> None:
    """Colour of a point in the surface's own coordinates."""
    pattern, scale, k = int(table[m, 6]), table[m, 7], 0.0
    if pattern == 1:
        k = 1.0 if math.floor(y * scale) % 2 == 0 else 0.0
    elif pattern == 2:
        k = 1.0 if math.floor((x + 0.6 * z) * scale) % 2 == 0 else 0.0
    elif pattern == 3:
        k = 0.5 * ((math.floor(y * scale) % 2) + (math.floor((x + 0.6 * z) * scale) % 2))
    elif pattern == 4:
        k = value_noise(x * scale, y * scale, z * scale)
        k = min(1.0, max(0.0, (k - 0.5) * 5 + 0.5))
    shade = 1.0
    if table[m, 10] > 0:
        shade += 1.5 * table[m, 10] * (value_noise(x * 23 + 3, y * 23, z * 23) - 0.5)
    for c in range(3):
        out[c] = (table[m, c] * (1 - k) + table[m, 3 + c] * k) * shade


@kernel(inline=True)
def wrinkle(table: Array, m: int, x: float, y: float, z: float, normal: Array) -> None:
    """Tilt the normal by noise: cloth, leather, strands."""
    s = table[m, 12]
    here = value_noise(x * s, y * s * 0.6, z * s)
    normal[0] += table[m, 11] * (here - value_noise(x * s + 0.35, y * s * 0.6, z * s))
    normal[1] += table[m, 11] * (here - value_noise(x * s, y * s * 0.6 + 0.35, z * s))
    length = math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2) + 1e-9
    for q in range(3):
        normal[q] /= length


@kernel(inline=True)
def lit(
    shadows: Array,
    axes: Array,
    q: int,
    x: float,
    y: float,
    z: float,
    scale: float,
    bias: float,
) -> float:
    """Share in [0, 1] of a light that reaches a point, from four cells of its shadow map."""
    size = shadows.shape[1]
    px = (axes[q, 0, 0] * x + axes[q, 0, 1] * y + axes[q, 0, 2] * z) * scale + size * 0.5 - 0.5
    py = (axes[q, 1, 0] * x + axes[q, 1, 1] * y + axes[q, 1, 2] * z) * scale + size * 0.5 - 0.5
    h = axes[q, 2, 0] * x + axes[q, 2, 1] * y + axes[q, 2, 2] * z + bias
    col, row = int(math.floor(px)), int(math.floor(py))
    if not (0 <= col < size - 1 and 0 <= row < size - 1):
        return 1.0
    fx, fy = px - col, py - row
    a = (1 - fx) if shadows[q, row, col] <= h else 0.0
    b = fx if shadows[q, row, col + 1] <= h else 0.0
    c = (1 - fx) if shadows[q, row + 1, col] <= h else 0.0
    d = fx if shadows[q, row + 1, col + 1] <= h else 0.0
    reached: float = (a + b) * (1 - fy) + (c + d) * fy
    return reached


@kernel(inline=True)
def soft_light(
    lights: Array,
    axes: Array,
    shadows: Array,
    scale: float,
    centre: Array,
    p: Array,
    n: Array,
    view: Array,
    occlusion: float,
    fleshy: bool,
    energy: Array,
) -> float:
    """Add the sky's lights to ``energy``; returns their specular part."""
    specular = 0.0
    x = p[0] - centre[0] + n[0] * 0.012
    y = p[1] - centre[1] + n[1] * 0.012
    z = p[2] - centre[2] + n[2] * 0.012
    for q in range(lights.shape[0]):
        d = n[0] * lights[q, 0] + n[1] * lights[q, 1] + n[2] * lights[q, 2]
        if fleshy:
            d = (d + 0.25) / 1.25
        if d <= 0:
            continue
        visibility = lit(shadows, axes, q, x, y, z, scale, 0.018)
        if visibility <= 0:
            continue
        d = d * visibility * (0.4 + 0.6 * occlusion)
        for c in range(3):
            energy[c] += d * lights[q, 3 + c]
        hx, hy, hz = lights[q, 0] - view[0], lights[q, 1] - view[1], lights[q, 2] - view[2]
        half = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
        along = (n[0] * hx + n[1] * hy + n[2] * hz) / half
        if along > 0.7:
            power = along * along
            power = power * power * power
            specular += power**4 * visibility * (lights[q, 3] + lights[q, 4] + lights[q, 5]) * 0.5
    return specular


@kernel(inline=True)
def sun_light(
    sun: Array,
    colour: Array,
    axes: Array,
    shadow: Array,
    scale: float,
    p: Array,
    n: Array,
    energy: Array,
) -> None:
    """Add direct sun, with its hard shadow."""
    facing = n[0] * sun[0] + n[1] * sun[1] + n[2] * sun[2]
    if facing <= 0 or colour[0] + colour[1] + colour[2] <= 0:
        return
    share = facing * lit(shadow, axes, 0, p[0], p[1], p[2], scale, 0.02)
    for c in range(3):
        energy[c] += share * colour[c]


@kernel(inline=True)
def perspective_weights(
    u: float,
    v: float,
    screen: Array,
    i: int,
    j: int,
    k: int,
) -> tuple[float, float, float]:
    """Weights of a triangle's corners in space, from those on the screen."""
    wi, wj, wk = (1 - u - v) * screen[i, 2], u * screen[j, 2], v * screen[k, 2]
    total = wi + wj + wk
    return wi / total, wj / total, wk / total


@kernel(inline=True)
def normalised(n: Array, view: Array) -> float:
    """Give a normal length 1, in place; returns how much it faces the camera."""
    scale = math.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2) + 1e-9
    facing = 0.0
    for q in range(3):
        n[q] /= scale
        facing -= n[q] * view[q]
    return facing


@kernel(inline=True)
def ambient_light(ambient: Array, n: Array, p: Array, dim: float, energy: Array) -> None:
    """Light from everywhere, less from below and near the floor."""
    sky = (0.6 + 0.4 * n[1]) * min(1.0, max(0.25, (p[1] + 0.5) / 0.8))
    for c in range(3):
        energy[c] = ambient[c] * dim * sky


@kernel(inline=True)
def lamp_light(lamp: float, facing: float, energy: Array) -> float:
    """The camera's own infrared lamp; returns the specular part."""
    front = max(0.0, facing)
    for c in range(3):
        energy[c] += (front * 0.85 + 0.15) * lamp
    return front**30 * lamp * 0.6


@kernel()
def shade(
    hit: Array,
    bary_u: Array,
    bary_v: Array,
    nearest: Array,
    occlusion: Array,
    screen: Array,
    triangles: Array,
    surfaces: Array,
    normals: Array,
    rest: Array,
    fields: Array,
    materials: Array,
    axes: Array,
    eye: Array,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    lights: Array,
    light_axes: Array,
    shadows: Array,
    light_scale: float,
    light_centre: Array,
    ambient: Array,
    sun: Array,
    sun_colour: Array,
    sun_axes: Array,
    sun_shadow: Array,
    sun_scale: float,
    infrared: float,
    panorama: Array,
    offset: float,
    gain: float,
    out: Array,
) -> None:
    """Linear RGB of every pixel into ``out`` (H, W, 3)."""
    height, width = hit.shape
    colour, n, p = np.zeros(3), np.zeros(3), np.zeros(3)
    view, r, f, energy = np.zeros(3), np.zeros(3), np.zeros(8), np.zeros(3)
    for y in range(height):
        for x in range(width):
            dx, dy = (x + 0.5 - cx) / fx, (y + 0.5 - cy) / fy
            length = math.sqrt(dx * dx + dy * dy + 1)
            for q in range(3):
                view[q] = (axes[0, q] * dx + axes[1, q] * dy + axes[2, q]) / length
            t = hit[y, x]
            if t < 0:
                outside(view, panorama, offset, gain, out, y, x)
                continue
            i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            wi, wj, wk = perspective_weights(bary_u[y, x], bary_v[y, x], screen, i, j, k)
            depth = 1.0 / nearest[y, x]
            for q in range(3):
                n[q] = wi * normals[i, q] + wj * normals[j, q] + wk * normals[k, q]
                p[q] = eye[q] + view[q] * length * depth
                r[q] = wi * rest[i, q] + wj * rest[j, q] + wk * rest[k, q]
            facing = normalised(n, view)
            surface = surfaces[t]
            if surface >= 8 and facing < 0:
                for q in range(3):
                    n[q] = -n[q]
                facing = -facing
            if surface == 0:
                for q in range(8):
                    f[q] = wi * fields[i, q] + wj * fields[j, q] + wk * fields[k, q]
                surface = body_surface(f)
            albedo(materials, surface, r[0], r[1], r[2], colour)
            if materials[surface, 11] > 0:
                wrinkle(materials, surface, r[0], r[1], r[2], n)
            ambient_light(ambient, n, p, occlusion[y, x], energy)
            fleshy = surface == 0 or 3 <= surface <= 5 or surface == 31
            shine = soft_light(
                lights, light_axes, shadows, light_scale, light_centre, p, n, view,
                occlusion[y, x], fleshy, energy,
            )  # fmt: skip
            sun_light(sun, sun_colour, sun_axes, sun_shadow, sun_scale, p, n, energy)
            if infrared > 0:
                shine += lamp_light(infrared / (0.15 + depth * depth), facing, energy)
            gloss, emission = materials[surface, 8], materials[surface, 9]
            rim = (1 - max(0.0, facing)) ** 4 * 0.25 * gloss
            for c in range(3):
                lighted = colour[c] * (energy[c] + emission)
                out[y, x, c] = lighted + shine * gloss * 0.35 + rim * energy[c]
