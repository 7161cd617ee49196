#!/usr/bin/env python3
"""Makes the font files of this folder from Debian's package fonts-cantarell.

    apt-get install fonts-cantarell python3-fonttools python3-brotli
    python3 make.py

Each weight gives two files: a WOFF2 for browsers with the characters of Dutch and
English pages, without hints, and a TrueType font with every character, for PNG and PDF
files: the PDF library reads no PostScript outlines.
"""

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

SOURCE = "/usr/share/fonts/opentype/cantarell/Cantarell-%s.otf"
PAGES = "U+20-7E,U+A0-FF,U+152,U+153,U+160,U+161,U+2010-2015,U+2018-201E,U+2022,U+2026,U+20AC,U+2190-2193,U+2212,U+2248"
FEATURES = ["kern", "liga", "tnum", "lnum", "locl", "ccmp"]
MAX_ERROR = 0.5  # of a curve, in units of 1/1000 em


def shrink(font, unicodes):
    options = subset.Options(layout_features=FEATURES, hinting=False, desubroutinize=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], recalc_timestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)


def to_truetype(font):
    glyphs, order = {}, font.getGlyphOrder()
    source = font.getGlyphSet()
    for name in order:
        pen = TTGlyphPen(source)
        source[name].draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, glyphs
    for name in order:
        glyphs[name].recalcBounds(glyf)
        advance, _ = font["hmtx"][name]
        font["hmtx"][name] = (advance, getattr(glyphs[name], "xMin", 0))
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements", "maxSizeOfInstructions"):
        setattr(maxp, field, 1 if field == "maxZones" else 0)
    maxp.maxComponentElements = max([0] + [len(g.components) for g in glyphs.values() if g.isComposite()])
    post = font["post"]
    post.formatType, post.extraNames, post.mapping, post.glyphOrder = 3.0, [], {}, order
    del font["CFF "]
    font.sfntVersion = "\000\001\000\000"


for weight in ("Regular", "Bold"):
    page = TTFont(SOURCE % weight, recalcTimestamp=False)
    shrink(page, subset.parse_unicodes(PAGES))
    page.flavor = "woff2"
    page.save("cantarell-%s.woff2" % weight.lower())

    drawing = TTFont(SOURCE % weight, recalcTimestamp=False)
    shrink(drawing, sorted(drawing.getBestCmap()))
    to_truetype(drawing)
    drawing.save("cantarell-%s.ttf" % weight.lower())
