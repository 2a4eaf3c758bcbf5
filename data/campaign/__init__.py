"""Campaigns: whom they go to, what is kept of them, and what came of them."""
