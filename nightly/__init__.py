"""What a night needs around the stages: collecting in a process of its own, bringing the index up to date, the schedule."""
