#include "Vectors.h"
#include "../include/OwnKernels.h"

// result[i] = expression of x = a[i] and y = b[i].
#define BINARY(expression)                                   \
  long index = 0;                                            \
  for (; index + LANES <= count; index += LANES) {           \
    Vector x = LOAD(a + index), y = LOAD(b + index);         \
    STORE(result + index, (expression));                     \
  }                                                          \
  if (index < count) {                                       \
    Vector x, y;                                             \
    loadPart(&x, a + index, count - index, 0);               \
    loadPart(&y, b + index, count - index, 0);               \
    Vector last = (expression);                              \
    storePart(result + index, &last, count - index);         \
  }

CLONES void KERNEL(Add)(Element *result, const Element *a, const Element *b, long count) { BINARY(x + y) }

CLONES void KERNEL(ReluGradient)(Element *result, const Element *a, const Element *b, long count) {
  BINARY(y <= 0.0f ? (Vector)0.0f : x)
}

CLONES void KERNEL(LeakyReluGradient)(Element *result, const Element *a, const Element *b, long count, float slope) {
  BINARY(y <= 0.0f ? x * slope : x)
}

CLONES void KERNEL(EluGradient)(Element *result, const Element *a, const Element *b, long count, float alpha) {
  BINARY(y <= 0.0f ? x * (y + alpha) : x)
}

CLONES void KERNEL(TanhGradient)(Element *result, const Element *a, const Element *b, long count) {
  BINARY(x * (1.0f - y * y))
}

CLONES void KERNEL(SigmoidGradient)(Element *result, const Element *a, const Element *b, long count) {
  BINARY(x * (y * (1.0f - y)))
}

CLONES void KERNEL(SoftplusGradient)(Element *result, const Element *a, const Element *b, long count) {
  BINARY((complementOfExponential(&y), x * y))
}
