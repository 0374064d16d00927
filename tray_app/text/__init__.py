"""The words of icon, menu, notifications, pages, `status` and `history`. Pure.

The sentence of a fault stands where it is found.
"""
