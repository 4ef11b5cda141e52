#include "Vectors.h"
#include "../include/ActivationShim.h"

// These kernels are chains of dependent operations, so they are written for short chains: powers of two instead of
// exponentials, and polynomials as trees.

#define ABSOLUTE(x) ((Vector)((IntVector)(x) & 0x7FFFFFFF))
#define WITH_SIGN_OF(magnitude, x) ((Vector)((IntVector)(magnitude) | ((IntVector)(x) & (int32_t)0x80000000)))

// Splits 2^t into scale * (1 + fraction), scale a power of two and fraction between -0.3 and 0.42, to 2e-8 of it
// (Taylor to the 7th power). For t in [-126, 126]; not-a-number is left in fraction.
INLINE void splitPowerOfTwo(const Vector *t, Vector *scale, Vector *fraction) {
  Vector shifted = *t + 12582912.0f;  // 1.5 * 2^23: the integer nearest to t stands in the lowest bits
  Vector f = *t - (shifted - 12582912.0f);
  *scale = (Vector)(((IntVector)shifted << 23) + 0x3F800000);
  Vector square = f * f;
  Vector low = 0.693147181f + f * 0.240226507f;
  Vector middle = 0.0555041087f + f * 0.00961812911f;
  Vector high = 0.00133335581f + f * 0.000154035304f;
  high = high + square * 0.0000152527338f;
  *fraction = f * (low + square * (middle + square * high));
}

// With e = 1 - exp(-2|x|), which keeps its relative accuracy near 0: tanh |x| = e / (2 - e).
INLINE void hyperbolicTangent(Vector *x) {
  Vector absolute = ABSOLUTE(*x);
  absolute = absolute > 20.0f ? (Vector)20.0f : absolute;
  Vector t = absolute * -2.88539008f;  // -2 / ln 2
  Vector scale, fraction;
  splitPowerOfTwo(&t, &scale, &fraction);
  Vector e = (1.0f - scale) - scale * fraction;
  *x = WITH_SIGN_OF(e / (2.0f - e), *x);
}

// s = 1 / (1 + exp(-2t)) = (1 + tanh t) / 2 with t = sqrt(2/π) (x + 0.044715 x³).
INLINE void geluGate(const Vector *x, Vector *gate) {
  Vector t = *x * (-2.30220819f - 0.102943240f * (*x * *x));  // -2 sqrt(2/π) / ln 2, the same times 0.044715
  t = t > 126.0f ? (Vector)126.0f : t;
  t = t < -126.0f ? (Vector)(-126.0f) : t;
  Vector scale, fraction;
  splitPowerOfTwo(&t, &scale, &fraction);
  *gate = 1.0f / (1.0f + (scale + scale * fraction));
}

// x s, which below -20 is 0 to far beyond rounding.
INLINE void geluTanh(Vector *x) {
  Vector gate;
  geluGate(x, &gate);
  *x = *x < -20.0f ? (Vector)0.0f : *x * gate;
}

// s + x s (1 - s) 2 t'. Beyond 20 it is 0 or 1 to far beyond rounding, and the formula infinity times zero.
INLINE void geluTanhSlope(Vector *x) {
  Vector gate;
  geluGate(x, &gate);
  Vector twiceSlope = 1.59576912f + 0.214064445f * (*x * *x);
  Vector slope = gate + (*x * twiceSlope) * (gate * (1.0f - gate));
  slope = *x > 20.0f ? (Vector)1.0f : slope;
  *x = *x < -20.0f ? (Vector)0.0f : slope;
}

// max(x, 0) + log(1 + exp(-|x|)), which keeps its relative accuracy where it vanishes.
INLINE void softplus(Vector *x) {
  Vector smooth = -ABSOLUTE(*x);
  exponential(&smooth);
  logarithmOfOnePlus(&smooth);
  *x = (*x > 0.0f ? *x : (Vector)0.0f) + smooth;
}

INLINE void exponentialLinear(Vector *x, float alpha) {
  Vector magnitude = *x < 0.0f ? -*x : (Vector)0.0f;
  complementOfExponential(&magnitude);
  *x = *x < 0.0f ? -alpha * magnitude : *x;
}

// result[i] = x after the statement, x being u[i] before it.
#define IN_PLACE(statement)                \
  for (long i = 0; i < count; i += LANES) { \
    Vector x;                              \
    loadBefore(&x, u + i, u + count);      \
    statement;                             \
    storeBefore(result + i, &x, count - i); \
  }

CLONES void KERNEL(Softplus)(Element *result, const Element *u, long count) { IN_PLACE(softplus(&x)) }

CLONES void KERNEL(Elu)(Element *result, const Element *u, long count, float alpha) {
  IN_PLACE(exponentialLinear(&x, alpha))
}

CLONES void KERNEL(Tanh)(Element *result, const Element *u, long count) { IN_PLACE(hyperbolicTangent(&x)) }

CLONES void KERNEL(GeluTanh)(Element *result, const Element *u, long count) { IN_PLACE(geluTanh(&x)) }

CLONES void KERNEL(GeluTanhGradient)(Element *result, const Element *dh, const Element *u, long count) {
  for (long i = 0; i < count; i += LANES) {
    Vector x, cotangent;
    loadBefore(&x, u + i, u + count);
    loadBefore(&cotangent, dh + i, dh + count);
    geluTanhSlope(&x);
    x *= cotangent;
    storeBefore(result + i, &x, count - i);
  }
}
