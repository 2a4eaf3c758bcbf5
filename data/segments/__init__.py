"""Segments of customers: the file pages ask, the one filter, what people changed of them, and saved lists."""
