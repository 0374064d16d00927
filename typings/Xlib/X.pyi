NONE: int
CopyFromParent: int
ParentRelative: int
CurrentTime: int
InputOutput: int
AllocNone: int
ZPixmap: int
GrabModeAsync: int
GrabSuccess: int

KeyPress: int
ButtonPress: int
ButtonRelease: int
MotionNotify: int
Expose: int
DestroyNotify: int
ReparentNotify: int
ConfigureNotify: int
ClientMessage: int

KeyPressMask: int
ButtonPressMask: int
ButtonReleaseMask: int
PointerMotionMask: int
ExposureMask: int
StructureNotifyMask: int
