"""Pure rules: the standard library only. No I/O, no clock, no random ids, no async."""
