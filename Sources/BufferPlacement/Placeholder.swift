// BufferPlacement
