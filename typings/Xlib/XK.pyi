XK_Escape: int
XK_Left: int
XK_Up: int
XK_Right: int
XK_Down: int
XK_Return: int
XK_KP_Enter: int
XK_space: int
