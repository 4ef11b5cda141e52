#pragma once
#include <pmmintrin.h>
#include <stdio.h>
#include <xmmintrin.h>

// libgomp's entry points, declared by hand: no OpenMP compiler is needed to run on oneDNN's thread team.
extern void GOMP_parallel(void (*function)(void *), void *data, unsigned threadCount, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int count);
extern void omp_set_dynamic(int isDynamic);
extern int omp_get_num_procs(void);
extern int omp_get_num_places(void);
extern int omp_get_place_num_procs(int place);
extern void omp_get_place_proc_ids(int place, int *processors);

// Lets the calling thread, which libgomp binds to one of its places (OMP_PROC_BIND), run on all of them: a program that
// it starts would take that one place for all there is. Nothing where threads are not bound.
void bptrainRunOnAllPlaces(void);

// Lets what libraries print, as oneDNN does under ONEDNN_VERBOSE, go to standard error.
static inline void bptrainKeepLibrariesOffStandardOutput(void) {
  fflush(stdout);
  stdout = stderr;
}

// Makes subnormal results and operands zero in SSE and AVX arithmetic of the calling thread.
static inline void bptrainSetFlushToZero(void) {
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  _MM_SET_DENORMALS_ZERO_MODE(_MM_DENORMALS_ZERO_ON);
}

// Writes to the next 32 KiB of the calling thread's stack.
void bptrainTouchStack(void);

// Whether both modes are on in the calling thread.
static inline _Bool bptrainFlushesToZero(void) {
  return _MM_GET_FLUSH_ZERO_MODE() == _MM_FLUSH_ZERO_ON && _MM_GET_DENORMALS_ZERO_MODE() == _MM_DENORMALS_ZERO_ON;
}
