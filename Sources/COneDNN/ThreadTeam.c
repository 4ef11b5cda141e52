#define _GNU_SOURCE
#include "ThreadTeamShim.h"

#include <sched.h>
#include <stdlib.h>

// A Swift closure of type (Int, Int) -> Void as Swift's calling convention passes it: a function and its context,
// the latter handed over in a register of its own. (Clang documents both attributes.)
typedef __attribute__((swiftcall)) void (*Body)(long threadIndex, long threadCount,
                                                __attribute__((swift_context)) void *context);

struct Region {
  Body body;
  void *context;
};

static void runOnThread(void *data) {
  struct Region *region = data;
  region->body(omp_get_thread_num(), omp_get_num_threads(), region->context);
}

void bptrainTouchStack(void) {
  volatile char bytes[32 * 1024];
  for (unsigned long i = 0; i < sizeof bytes; i += 4096) bytes[i] = 0;
}

void bptrainRunOnAllPlaces(void) {
  // As many as the kernel is built for at most.
  enum { mostProcessors = 8192 };
  const size_t size = CPU_ALLOC_SIZE(mostProcessors);
  cpu_set_t *all = CPU_ALLOC(mostProcessors);
  if (!all) return;
  CPU_ZERO_S(size, all);
  for (int place = 0; place < omp_get_num_places(); ++place) {
    int processors[mostProcessors];
    const int count = omp_get_place_num_procs(place);
    if (count > mostProcessors) break;
    omp_get_place_proc_ids(place, processors);
    for (int i = 0; i < count; ++i) CPU_SET_S(processors[i], size, all);
  }
  if (CPU_COUNT_S(size, all) > 0) sched_setaffinity(0, size, all);
  CPU_FREE(all);
}

// Called from Swift as a function of a non-escaping closure: the region lives on this stack, so that a parallel
// region allocates nothing.
__attribute__((swiftcall)) void bptrainParallel(Body body, void *context, unsigned threadCount) {
  struct Region region = {body, context};
  GOMP_parallel(runOnThread, &region, threadCount, 0);
}
