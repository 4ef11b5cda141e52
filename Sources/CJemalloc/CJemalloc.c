#include "CJemalloc.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

// Puts the hooks of an arena in the place of its own.
static int replaceHooks(unsigned arena) {
  char name[64];
  snprintf(name, sizeof name, "arena.%u.extent_hooks", arena);
  size_t size = sizeof original;
  int failure = mallctl(name, &original, &size, NULL, 0);
  if (failure != 0) return failure;
  replaced = *original;
  replaced.alloc = allocateOrExit;
  extent_hooks_t *hooks = &replaced;
  return mallctl(name, NULL, NULL, &hooks, sizeof hooks);
}

int cjemalloc_exit_when_refused(const char *message, const char *document, int exit_code) {
  refusalMessage = strdup(message);
  refusalDocument = strdup(document);
  // Large blocks have an arena of their own, made with the first of them.
  size_t oversize = 0, size = sizeof oversize;
  int failure = mallctl("opt.oversize_threshold", &oversize, &size, NULL, 0);
  if (failure != 0) return failure;
  void *block = malloc(oversize > 0 ? oversize : 1);
  if (refusalMessage == NULL || refusalDocument == NULL || block == NULL) return ENOMEM;
  unsigned arena = 0;
  size = sizeof arena;
  failure = mallctl("arenas.lookup", &arena, &size, &block, sizeof block);
  free(block);
  if (failure != 0) return failure;
  refusalExitCode = exit_code;
  failure = replaceHooks(0);
  return failure != 0 || arena == 0 ? failure : replaceHooks(arena);
}
