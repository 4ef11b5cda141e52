// The element type of a file of kernels, and their names: float and `bptrainAdd`, or, where `BFLOAT16_ELEMENTS` is
// defined before the file is included, BFloat16 and `bptrainAddBFloat16`.
#pragma once
#include <stdint.h>

// The upper half of a float.
typedef struct {
  uint16_t bits;
} BFloat16;

#ifdef BFLOAT16_ELEMENTS
typedef BFloat16 Element;
#define KERNEL(name) bptrain##name##BFloat16
#else
typedef float Element;
#define KERNEL(name) bptrain##name
#endif
#define ELEMENTS Element
