#include "../include/OwnKernels.h"
#include <cpuid.h>
#include <immintrin.h>
#include <stdint.h>

#define LINE 64

static _Bool hasUnorderedFlush(void) {
  unsigned a, b = 0, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_CLFLUSHOPT);
}

__attribute__((target("clflushopt"))) static void flushUnordered(uintptr_t line, uintptr_t end) {
  for (; line < end; line += LINE) _mm_clflushopt((void *)line);
}

static void flush(uintptr_t line, uintptr_t end) {
  for (; line < end; line += LINE) _mm_clflush((void *)line);
}

void bptrainDropFromCaches(const void *address, long byteCount) {
  uintptr_t start = (uintptr_t)address & ~(uintptr_t)(LINE - 1), end = (uintptr_t)address + byteCount;
  if (hasUnorderedFlush()) flushUnordered(start, end);
  else flush(start, end);
  _mm_mfence();
}
