PMinSize: int
