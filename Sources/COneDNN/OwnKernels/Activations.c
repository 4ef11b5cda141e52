#include "ActivationShim.h"
#include "Vectors.h"

// With e = 1 - exp(-2|x|), which keeps its relative accuracy near 0: tanh |x| = e / (2 - e).
INLINE void hyperbolicTangent(Vector *x) {
  Vector absolute = *x < 0.0f ? -*x : *x;
  Vector e = 2.0f * absolute;
  complementOfExponential(&e);
  Vector result = e / (2.0f - e);
  *x = *x < 0.0f ? -result : result;
}

// s = 1 / (1 + exp(-2t)) = (1 + tanh t) / 2 with t = sqrt(2/π) (x + 0.044715 x³).
INLINE void geluGate(const Vector *x, Vector *gate) {
  Vector e = *x * (-1.5957691216f - 0.0713548162726f * *x * *x);
  exponential(&e);
  *gate = 1.0f / (1.0f + e);
}

// x s; where exp(-2t) overflows s is 0 and so is the result, unless x is infinite: -inf has the limit 0 too.
INLINE void geluTanh(Vector *x) {
  Vector gate;
  geluGate(x, &gate);
  *x = *x < -20.0f ? (Vector)0.0f : *x * gate;
}

// s + x s (1 - s) 2 t'.
INLINE void geluTanhSlope(Vector *x) {
  Vector gate;
  geluGate(x, &gate);
  Vector twiceSlope = 1.5957691216f + 0.2140644488178f * *x * *x;
  Vector slope = gate + *x * gate * (1.0f - gate) * twiceSlope;
  // Beyond 20 the second term is far below rounding, and infinity times zero for large x.
  slope = *x > 20.0f ? (Vector)1.0f : slope;
  *x = *x < -20.0f ? (Vector)0.0f : slope;
}

CLONES void bptrainTanh(float *result, const float *u, long count) {
  for (long i = 0; i < count; i += LANES) {
    Vector x;
    loadBefore(&x, u + i, u + count);
    hyperbolicTangent(&x);
    storeBefore(result + i, &x, count - i);
  }
}

CLONES void bptrainGeluTanh(float *result, const float *u, long count) {
  for (long i = 0; i < count; i += LANES) {
    Vector x;
    loadBefore(&x, u + i, u + count);
    geluTanh(&x);
    storeBefore(result + i, &x, count - i);
  }
}

CLONES void bptrainGeluTanhGradient(float *result, const float *dh, const float *u, long count) {
  for (long i = 0; i < count; i += LANES) {
    Vector x, cotangent;
    loadBefore(&x, u + i, u + count);
    loadBefore(&cotangent, dh + i, dh + count);
    geluTanhSlope(&x);
    x *= cotangent;
    storeBefore(result + i, &x, count - i);
  }
}
