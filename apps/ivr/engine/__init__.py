"""The IVR interpreter: plain Python over a small voice port. No Django, no I/O."""
