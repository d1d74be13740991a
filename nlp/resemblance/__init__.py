"""Resemblance, never truth: which texts say what a known claim says, and which write as listed outlets do.

``claims`` matches texts with claims that an analyst noted, over languages. ``style`` says how alike a text's words are to those of
outlets that somebody lists; it is trained and judged with publishers held apart. Both give calibrated probabilities, the words behind
them, and abstain where they do not know. Neither looks at who acted with whom, and neither says whether a text is right.
"""
