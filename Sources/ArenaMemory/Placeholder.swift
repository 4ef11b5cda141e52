// ArenaMemory
