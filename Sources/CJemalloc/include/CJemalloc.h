#pragma once
#include <jemalloc/jemalloc.h>
#include <stddef.h>
#include <stdint.h>

// jemalloc's flags are macros with arguments, which Swift cannot see.
static inline int cjemalloc_flag_arena(unsigned arena) { return MALLOCX_ARENA(arena); }
static inline int cjemalloc_flag_align(size_t alignment) { return MALLOCX_ALIGN(alignment); }
static inline int cjemalloc_flag_zero(void) { return MALLOCX_ZERO; }
static inline int cjemalloc_flag_no_thread_cache(void) { return MALLOCX_TCACHE_NONE; }

/// The index of a control that stands for all arenas.
enum { cjemalloc_every_arena = MALLCTL_ARENAS_ALL };

/// The longest name of a control, counted in components.
enum { cjemalloc_maximum_depth = 8 };

/// Reads (`old`) and writes (`new`) the control `name`, whose component number `position` is an index, replaced by
/// `index`; a negative position leaves the name as it is. Allocates nothing. Returns 0 or an errno.
static inline int cjemalloc_control(const char *name, int position, size_t index, void *old, size_t *old_length,
                                    void *new_value, size_t new_length) {
  size_t components[cjemalloc_maximum_depth];
  size_t depth = cjemalloc_maximum_depth;
  int failure = mallctlnametomib(name, components, &depth);
  if (failure != 0) return failure;
  if (position >= 0) components[position] = index;
  return mallctlbymib(components, depth, old, old_length, new_value, new_length);
}

/// Ends the process with `exit_code` once the general heap (arena 0) gets no memory from the system, after `message` on
/// standard error and `document` on standard output: most code has no other answer to that than a trap. Returns 0 or an
/// errno.
int cjemalloc_exit_when_refused(const char *message, const char *document, int exit_code);
