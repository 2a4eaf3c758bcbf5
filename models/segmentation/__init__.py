"""Segments: customers divided by rules on recency, frequency and money, or by clustering."""
