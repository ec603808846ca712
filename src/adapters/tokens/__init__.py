"""Access tokens: whose they are, what they may do, and the keys that prove it (RFC 7519, RFC 8725)."""
