"""Campaigns: what they cost and bring, how far to go, how to prove it."""
