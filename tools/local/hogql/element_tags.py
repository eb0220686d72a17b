"""The tags of elements that people click on and fill in."""

USEFUL_ELEMENTS = ("a", "button", "form", "input", "select", "textarea", "label")
"""The tags that `elements_chain_elements` tells of."""
