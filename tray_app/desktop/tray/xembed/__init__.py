"""Trays that know only XEmbed (tint2, trayer, i3bar): icon and menu drawn over X11."""
