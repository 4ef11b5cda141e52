// Sixteen-lane vectors for the kernels of this folder.
//
// Every kernel is compiled for AVX-512, AVX2 and plain x86-64, and the loader takes the processor's. Lanes, order of
// operations and tails are written out and nothing is contracted into fused multiply-adds, so all copies compute the
// same bits, at any address. Helpers take vectors by pointer: by value they would change the calling convention from
// copy to copy; inlined, they cost nothing.
#pragma once
#pragma STDC FP_CONTRACT OFF
#include <stdint.h>
#include <string.h>

#define LANES 16

typedef float Vector __attribute__((ext_vector_type(LANES), aligned(4)));
typedef float HalfVector __attribute__((ext_vector_type(8), aligned(4)));
typedef float QuarterVector __attribute__((ext_vector_type(4), aligned(4)));
typedef int32_t IntVector __attribute__((ext_vector_type(LANES), aligned(4)));
typedef double WideVector __attribute__((ext_vector_type(LANES), aligned(8)));

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))

#define LOAD(address) (*(const Vector *)(address))
#define STORE(address, vector) (*(Vector *)(address) = (vector))
#define MINIMUM(a, b) ((a) < (b) ? (a) : (b))

// Reads `count` < 16 elements; the other lanes are `fill`.
INLINE void loadPart(Vector *vector, const float *address, long count, float fill) {
  float lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = fill;
  memcpy(lanes, address, (size_t)count * sizeof(float));
  *vector = LOAD(lanes);
}

INLINE void storePart(float *address, const Vector *vector, long count) {
  float lanes[LANES];
  STORE(lanes, *vector);
  memcpy(address, lanes, (size_t)count * sizeof(float));
}

// Reads up to 16 elements, none beyond `end`. Lanes past a row's end hold the next row's elements: for uses that
// ignore them.
INLINE void loadBefore(Vector *vector, const float *address, const float *end) {
  if (end - address >= LANES) {
    *vector = LOAD(address);
  } else {
    loadPart(vector, address, end - address, 0);
  }
}

// Reads `count` <= 16 elements of a row, nothing beyond `end`; the other lanes are `fill`.
INLINE void loadRowPart(Vector *vector, const float *address, long count, const float *end, float fill) {
  if (end - address >= LANES) {
    const IntVector lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    *vector = lanes < (int)count ? LOAD(address) : (Vector)fill;
  } else {
    loadPart(vector, address, count, fill);
  }
}

INLINE void storeBefore(float *address, const Vector *vector, long count) {
  if (count >= LANES) {
    STORE(address, *vector);
  } else {
    storePart(address, vector, count);
  }
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
