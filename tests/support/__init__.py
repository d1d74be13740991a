"""Real servers and small worlds that several tests use."""
