#include "CJemalloc.h"

// Read by jemalloc before its first allocation. The general heap serves set-up and reports alone, mostly from one
// thread: one arena keeps what it holds together. Address space that is free goes back too, so that a limit on it
// (RLIMIT_AS) counts what is in use. The environment's MALLOC_CONF has the last word.
const char *malloc_conf = "narenas:1,retain:false,dirty_decay_ms:1000,muzzy_decay_ms:0";
