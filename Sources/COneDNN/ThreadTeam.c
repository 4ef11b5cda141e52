#include "ThreadTeamShim.h"

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

// Called from Swift as a function of a non-escaping closure: the region lives on this stack, so that a parallel
// region allocates nothing.
__attribute__((swiftcall)) void bptrainParallel(Body body, void *context, unsigned threadCount) {
  struct Region region = {body, context};
  GOMP_parallel(runOnThread, &region, threadCount, 0);
}
