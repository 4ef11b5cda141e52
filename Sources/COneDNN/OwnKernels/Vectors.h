// Sixteen-lane vectors for the kernels of this folder.
//
// Every kernel is compiled for AVX-512, AVX2 and plain x86-64, and the loader takes the processor's. Lanes, order of
// operations and tails are written out and nothing is contracted into fused multiply-adds, so all copies compute the
// same bits, at any address. Helpers take vectors by pointer: by value they would change the calling convention from
// copy to copy; inlined, they cost nothing.
//
// Activations and cotangents, `Element`, are float or BFloat16; a file of kernels is compiled for either
// (`BFloat16Kernels.c`). Whatever they are, arithmetic is in float.
#pragma once
#pragma STDC FP_CONTRACT OFF
#include <stdint.h>
#include <string.h>
#include "BFloat16.h"

#define LANES 16

typedef float Vector __attribute__((ext_vector_type(LANES), aligned(4)));
typedef float HalfVector __attribute__((ext_vector_type(8), aligned(4)));
typedef float QuarterVector __attribute__((ext_vector_type(4), aligned(4)));
typedef int32_t IntVector __attribute__((ext_vector_type(LANES), aligned(4)));
typedef double WideVector __attribute__((ext_vector_type(LANES), aligned(8)));

typedef uint16_t ShortVector __attribute__((ext_vector_type(LANES), aligned(2)));
typedef uint32_t BitVector __attribute__((ext_vector_type(LANES), aligned(4)));

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))

#define WIDENED(address) ((Vector)(__builtin_convertvector(*(const ShortVector *)(address), BitVector) << 16))

// To the nearest, ties to even, as the processor's own instruction rounds: subnormal numbers become zero, and
// not-a-number stays, quiet.
INLINE void roundToBFloat16(BFloat16 *address, const Vector *vector) {
  BitVector bits = (BitVector)*vector;
  BitVector upper = bits >> 16;
  BitVector rounded = (bits + 0x7FFFu + (upper & 1u)) >> 16;
  rounded = (bits & 0x7F800000u) == 0u ? upper & 0x8000u : rounded;
  rounded = (bits & 0x7FFFFFFFu) > 0x7F800000u ? upper | 0x40u : rounded;
  *(ShortVector *)address = __builtin_convertvector(rounded, ShortVector);
}

#define MINIMUM(a, b) ((a) < (b) ? (a) : (b))

// Sixteen elements at an address of either type, and the same written back, rounded where they are narrower.
#define LOAD(address)                                                               \
  _Generic((address), BFloat16 *: WIDENED(address), const BFloat16 *: WIDENED(address), \
           default: *(const Vector *)(address))
#define STORE(address, vector)         \
  do {                                 \
    Vector whole = (vector);           \
    storeWhole((address), &whole);     \
  } while (0)

#define EITHER __attribute__((overloadable))

INLINE EITHER void storeWhole(float *address, const Vector *vector) { *(Vector *)address = *vector; }
INLINE EITHER void storeWhole(BFloat16 *address, const Vector *vector) { roundToBFloat16(address, vector); }

// A single element.
INLINE EITHER float valueAt(const float *address) { return *address; }
INLINE EITHER float valueAt(const BFloat16 *address) {
  uint32_t bits = (uint32_t)address->bits << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE EITHER void setValueAt(float *address, float value) { *address = value; }
INLINE EITHER void setValueAt(BFloat16 *address, float value) {
  Vector whole = value;
  BFloat16 lanes[LANES];
  roundToBFloat16(lanes, &whole);
  *address = lanes[0];
}

// Reads `count` < 16 elements; the other lanes are `fill`.
INLINE EITHER void loadPart(Vector *vector, const float *address, long count, float fill) {
  float lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = fill;
  memcpy(lanes, address, (size_t)count * sizeof(float));
  *vector = LOAD(lanes);
}

INLINE EITHER void loadPart(Vector *vector, const BFloat16 *address, long count, float fill) {
  float lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = lane < count ? valueAt(address + lane) : fill;
  *vector = LOAD(lanes);
}

INLINE EITHER void storePart(float *address, const Vector *vector, long count) {
  float lanes[LANES];
  STORE(lanes, *vector);
  memcpy(address, lanes, (size_t)count * sizeof(float));
}

INLINE EITHER void storePart(BFloat16 *address, const Vector *vector, long count) {
  BFloat16 lanes[LANES];
  roundToBFloat16(lanes, vector);
  memcpy(address, lanes, (size_t)count * sizeof(BFloat16));
}

// Reads up to 16 elements, none beyond `end`. Lanes past a row's end hold the next row's elements: for uses that
// ignore them.
#define LOAD_BEFORE(vector, address, end)        \
  if ((end) - (address) >= LANES) {              \
    *(vector) = LOAD(address);                   \
  } else {                                       \
    loadPart(vector, address, (end) - (address), 0); \
  }
INLINE EITHER void loadBefore(Vector *vector, const float *address, const float *end) {
  LOAD_BEFORE(vector, address, end)
}
INLINE EITHER void loadBefore(Vector *vector, const BFloat16 *address, const BFloat16 *end) {
  LOAD_BEFORE(vector, address, end)
}

// Reads `count` <= 16 elements of a row, nothing beyond `end`; the other lanes are `fill`.
#define LOAD_ROW_PART(vector, address, count, end, fill)                                       \
  if ((end) - (address) >= LANES) {                                                            \
    const IntVector lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};            \
    *(vector) = lanes < (int)(count) ? LOAD(address) : (Vector)(fill);                         \
  } else {                                                                                     \
    loadPart(vector, address, count, fill);                                                    \
  }
INLINE EITHER void loadRowPart(Vector *vector, const float *address, long count, const float *end, float fill) {
  LOAD_ROW_PART(vector, address, count, end, fill)
}
INLINE EITHER void loadRowPart(Vector *vector, const BFloat16 *address, long count, const BFloat16 *end, float fill) {
  LOAD_ROW_PART(vector, address, count, end, fill)
}

#define STORE_BEFORE(address, vector, count)  \
  if ((count) >= LANES) {                     \
    STORE(address, *(vector));                \
  } else {                                    \
    storePart(address, vector, count);        \
  }
INLINE EITHER void storeBefore(float *address, const Vector *vector, long count) {
  STORE_BEFORE(address, vector, count)
}
INLINE EITHER void storeBefore(BFloat16 *address, const Vector *vector, long count) {
  STORE_BEFORE(address, vector, count)
}

// The sum of all lanes, halves onto halves.
INLINE float laneSum(const Vector *vector) {
  HalfVector eight = vector->lo + vector->hi;
  QuarterVector four = eight.lo + eight.hi;
  return (four.x + four.z) + (four.y + four.w);
}

INLINE double wideLaneSum(const WideVector *vector) {
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += (*vector)[lane];
  return sum;
}

// Splits x = n ln 2 + r with |r| <= ln 2 / 2 and leaves 2^n and exp(r) - 1 (Taylor to the 7th power: 2e-8 of it).
// For x in [-87.3, 89]; larger n give an infinite scale.
INLINE void splitExponential(const Vector *x, Vector *scale, Vector *fraction) {
  Vector n = *x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  n = n - 12582912.0f;
  Vector r = *x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  Vector series = r * (1.0f / 5040) + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 0.5f;
  *fraction = series * r * r + r;
  IntVector bits = (__builtin_convertvector(n, IntVector) + 127) << 23;
  *scale = (Vector)bits;
}

// exp(x), to about 1 ulp; 0 below -87.3 and infinite above 88.3. Not-a-number stays.
INLINE void exponential(Vector *x) {
  Vector limited = *x > 89.0f ? (Vector)89.0f : *x;
  limited = limited < -87.3f ? (Vector)(-87.3f) : limited;
  Vector scale, fraction;
  splitExponential(&limited, &scale, &fraction);
  Vector result = scale * (1.0f + fraction);
  *x = *x < -87.3f ? (Vector)0.0f : result;
}

// 1 - exp(-x) for x >= 0, without cancellation where x is small.
INLINE void complementOfExponential(Vector *x) {
  Vector argument = -*x;
  argument = argument < -87.3f ? (Vector)(-87.3f) : argument;
  Vector scale, fraction;
  splitExponential(&argument, &scale, &fraction);
  *x = (1.0f - scale) - scale * fraction;
}

// log(1 + x) for 0 <= x <= 1, as 2 artanh(x / (2 + x)).
INLINE void logarithmOfOnePlus(Vector *x) {
  Vector s = *x / (2.0f + *x);
  Vector square = s * s;
  Vector series = square * (1.0f / 15) + 1.0f / 13;
  series = series * square + 1.0f / 11;
  series = series * square + 1.0f / 9;
  series = series * square + 1.0f / 7;
  series = series * square + 1.0f / 5;
  series = series * square + 1.0f / 3;
  *x = 2.0f * (s + s * square * series);
}
