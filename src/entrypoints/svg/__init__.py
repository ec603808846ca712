"""Pictures as SVG: self-contained, for light and dark, without scripts."""
