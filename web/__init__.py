"""What reaches the browser first: compressed files with fingerprints, and a page that is there before its scripts."""
