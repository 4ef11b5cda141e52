// Philox4x32-10 for eight counters at once. Each 64-bit lane holds one 32-bit word in its lower half, as the
// processor's multiplication of 32 by 32 bits wants it; what the upper half holds does not matter.
#pragma once
#include "Vectors.h"

typedef uint64_t Words __attribute__((ext_vector_type(8), aligned(8)));

INLINE void philox(Words *c0, Words *c1, Words *c2, Words *c3, uint32_t key0, uint32_t key1) {
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    Words product0 = (*c0 & 0xFFFFFFFFu) * 0xD2511F53u;
    Words product1 = (*c2 & 0xFFFFFFFFu) * 0xCD9E8D57u;
    *c0 = (product1 >> 32) ^ *c1 ^ key0;
    *c1 = product1;
    *c2 = (product0 >> 32) ^ *c3 ^ key1;
    *c3 = product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}
