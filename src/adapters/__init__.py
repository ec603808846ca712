"""Everything that touches the world, one module or package per technology."""
