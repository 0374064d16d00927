"""Every sentence that a person reads. Pure."""
