"""Three ways to count one thing: tocsin (distinct objects), coortweet (pairs of contents), qut (directed, own messages)."""
