"""Writes pictures of a browser as one PNG or one GIF of few colors, which makes them a fraction as large: reads
{"frames": [{"file", "milliseconds"}], "to"} from standard input."""

import json
import sys

from PIL import Image

encoding = json.load(sys.stdin)
frames = [Image.open(frame["file"]).convert("RGB") for frame in encoding["frames"]]
# One palette for all, so that what stays the same in the picture stays the same in its colors.
whole = Image.new("RGB", (frames[0].width, frames[0].height * len(frames)))
for index, frame in enumerate(frames):
    whole.paste(frame, (0, index * frames[0].height))
palette = whole.quantize(colors=128)
first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
if others:
    durations = [frame["milliseconds"] for frame in encoding["frames"]]
    first.save(encoding["to"], save_all=True, append_images=others, duration=durations, loop=0, optimize=True)
else:
    first.save(encoding["to"], optimize=True)
