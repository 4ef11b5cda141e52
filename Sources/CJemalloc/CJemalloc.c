#include "CJemalloc.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

// Read by jemalloc before its first allocation. The general heap serves set-up and reports alone, mostly from one
// thread: one arena keeps what it holds together. Address space that is free goes back too, so that a limit on it
// (RLIMIT_AS) counts what is in use. The environment's MALLOC_CONF has the last word.
const char *malloc_conf = "narenas:1,retain:false,dirty_decay_ms:1000,muzzy_decay_ms:0";

// What is told when the general heap gets no memory, and how the process ends then.
static extent_hooks_t *original, replaced;
static const char *refusalMessage, *refusalDocument;
static int refusalExitCode;

static void *allocateOrExit(extent_hooks_t *hooks, void *address, size_t size, size_t alignment, bool *zero,
                            bool *commit, unsigned arena) {
  (void)hooks;
  void *extent = original->alloc(original, address, size, alignment, zero, commit, arena);
  // With an address it is asked whether a block can grow where it stands, which it need not.
  if (extent == NULL && address == NULL) {
    // There is nobody left to tell where a write fails.
    ssize_t ignored = write(STDERR_FILENO, refusalMessage, strlen(refusalMessage));
    ignored += write(STDOUT_FILENO, refusalDocument, strlen(refusalDocument));
    (void)ignored;
    _exit(refusalExitCode);
  }
  return extent;
}

int cjemalloc_exit_when_refused(const char *message, const char *document, int exit_code) {
  size_t size = sizeof original;
  int failure = mallctl("arena.0.extent_hooks", &original, &size, NULL, 0);
  if (failure != 0) return failure;
  refusalMessage = strdup(message);
  refusalDocument = strdup(document);
  if (refusalMessage == NULL || refusalDocument == NULL) return ENOMEM;
  refusalExitCode = exit_code;
  replaced = *original;
  replaced.alloc = allocateOrExit;
  extent_hooks_t *hooks = &replaced;
  return mallctl("arena.0.extent_hooks", NULL, NULL, &hooks, sizeof hooks);
}
