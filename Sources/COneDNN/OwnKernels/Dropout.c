#include "Philox.h"
#include "../include/OwnKernels.h"

typedef uint32_t PackedWords __attribute__((ext_vector_type(LANES), aligned(4)));

#define BLOCK_ELEMENTS 32  // of eight counters

CLONES void KERNEL(Dropout)(Element *result, const Element *x, long count, struct BptrainDropoutMask mask,
                           uint64_t firstElement) {
  uint64_t end = firstElement + (uint64_t)count;
  for (uint64_t start = firstElement & ~(uint64_t)3; start < end; start += BLOCK_ELEMENTS) {
    uint64_t block = start >> 2;
    Words blocks = (Words){0, 1, 2, 3, 4, 5, 6, 7} + block;
    Words c0 = blocks;
    Words c1 = (Words)(uint64_t)mask.counter1;
    Words c2 = (Words)(uint64_t)mask.counter2;
    Words c3 = ((blocks >> 32) & 0xFFFFu) | (uint64_t)mask.counter3;
    philox(&c0, &c1, &c2, &c3, mask.key0, mask.key1);
    Words even = (c0 & 0xFFFFFFFFu) | (c1 << 32);
    Words odd = (c2 & 0xFFFFFFFFu) | (c3 << 32);
    PackedWords first = (PackedWords)__builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11);
    PackedWords second = (PackedWords)__builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15);
    if (start >= firstElement && start + BLOCK_ELEMENTS <= end) {
      const Element *source = x + (start - firstElement);
      Element *target = result + (start - firstElement);
      Vector a = LOAD(source) * mask.scale, b = LOAD(source + LANES) * mask.scale;
      STORE(target, first >= mask.threshold ? a : (Vector)0.0f);
      STORE(target + LANES, second >= mask.threshold ? b : (Vector)0.0f);
    } else {
      uint32_t words[BLOCK_ELEMENTS];
      *(PackedWords *)words = first;
      *(PackedWords *)(words + LANES) = second;
      for (int lane = 0; lane < BLOCK_ELEMENTS; lane++) {
        uint64_t element = start + (uint64_t)lane;
        if (element < firstElement || element >= end) continue;
        uint64_t index = element - firstElement;
        setValueAt(result + index, words[lane] >= mask.threshold ? valueAt(x + index) * mask.scale : 0.0f);
      }
    }
  }
}
