// The element type of a file of kernels, and their names: float and `bptrainAdd`, or, where `BFLOAT16_ELEMENTS` is
// defined before the file is included, BFloat16 and `bptrainAddBFloat16`. A file that is compiled twice for BFloat16
// defines a `VARIANT` that ends the names.
#pragma once
#include <stdint.h>

// The upper half of a float.
typedef struct {
  uint16_t bits;
} BFloat16;

#ifdef BFLOAT16_ELEMENTS
typedef BFloat16 Element;
#ifdef VARIANT
#define JOINED(name, variant) bptrain##name##BFloat16##variant
#define NAMED(name, variant) JOINED(name, variant)
#define KERNEL(name) NAMED(name, VARIANT)
#else
#define KERNEL(name) bptrain##name##BFloat16
#endif
#else
typedef float Element;
#define KERNEL(name) bptrain##name
#endif
#define ELEMENTS Element
