"""The exercise: an invented republic with its press, its people and one planted campaign, served on the loopback address."""
