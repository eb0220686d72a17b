"""Exports that are complete, or say why not: parts on the disk, a manifest, one final name."""
