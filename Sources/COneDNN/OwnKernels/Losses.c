#include "Vectors.h"
#include "../include/OwnKernels.h"
#include <math.h>

// Sum in double precision of an expression of p and t over all elements. Lanes past the end do not count.
#define SUM(expression)                                                        \
  WideVector sum = 0;                                                          \
  long index = 0;                                                              \
  for (; index + LANES <= count; index += LANES) {                             \
    Vector p = LOAD(prediction + index), t = LOAD(target + index);             \
    sum += __builtin_convertvector((expression), WideVector);                  \
  }                                                                            \
  if (index < count) {                                                         \
    Vector p, t;                                                               \
    loadPart(&p, prediction + index, count - index, 0);                        \
    loadPart(&t, target + index, count - index, 0);                            \
    Vector last = (expression);                                                \
    float lanes[LANES];                                                        \
    STORE(lanes, last);                                                        \
    for (long lane = count - index; lane < LANES; lane++) lanes[lane] = 0;     \
    sum += __builtin_convertvector(LOAD(lanes), WideVector);                   \
  }                                                                            \
  return wideLaneSum(&sum);

#define MAP(expression)                                                        \
  long index = 0;                                                              \
  for (; index + LANES <= count; index += LANES) {                             \
    Vector p = LOAD(prediction + index), t = LOAD(target + index);             \
    STORE(gradient + index, (expression));                                     \
  }                                                                            \
  if (index < count) {                                                         \
    Vector p, t;                                                               \
    loadPart(&p, prediction + index, count - index, 0);                        \
    loadPart(&t, target + index, count - index, 0);                            \
    Vector last = (expression);                                                \
    storePart(gradient + index, &last, count - index);                         \
  }

INLINE void magnitude(Vector *x) { *x = *x < 0.0f ? -*x : *x; }

// Not-a-number stays.
INLINE void signOf(Vector *x) {
  Vector positive = *x > 0.0f ? (Vector)1.0f : *x;
  *x = *x < 0.0f ? (Vector)(-1.0f) : positive;
}

INLINE void huberTerm(Vector *distance, float delta) {
  magnitude(distance);
  Vector square = *distance * *distance * 0.5f;
  Vector line = (*distance - delta * 0.5f) * delta;
  *distance = *distance <= delta ? square : line;
}

INLINE void huberSlope(Vector *distance, float delta) {
  Vector sign = *distance, size = *distance;
  signOf(&sign);
  magnitude(&size);
  *distance = size <= delta ? *distance : delta * sign;
}

// max(p, 0) - p t + log(1 + exp(-|p|))
INLINE void binaryTerm(Vector *p, const Vector *t) {
  Vector smooth = *p;
  magnitude(&smooth);
  smooth = -smooth;
  exponential(&smooth);
  logarithmOfOnePlus(&smooth);
  Vector positive = *p < 0.0f ? (Vector)0.0f : *p;
  *p = positive - *p * *t + smooth;
}

INLINE void sigmoid(Vector *p) {
  *p = -*p;
  exponential(p);
  *p = 1.0f / (1.0f + *p);
}

CLONES double KERNEL(SquaredErrorSum)(const Element *prediction, const float *target, long count) {
  SUM((p = p - t, p * p))
}

CLONES double KERNEL(AbsoluteErrorSum)(const Element *prediction, const float *target, long count) {
  SUM((p = p - t, magnitude(&p), p))
}

CLONES double KERNEL(HuberSum)(const Element *prediction, const float *target, long count, float delta) {
  SUM((p = p - t, huberTerm(&p, delta), p))
}

CLONES double KERNEL(BinaryCrossEntropySum)(const Element *prediction, const float *target, long count) {
  SUM((binaryTerm(&p, &t), p))
}

CLONES void KERNEL(ErrorGradient)(Element *gradient, const Element *prediction, const float *target, long count,
                                 float factor) {
  MAP(factor * (p - t))
}

CLONES void KERNEL(AbsoluteErrorGradient)(Element *gradient, const Element *prediction, const float *target, long count,
                                         float factor) {
  MAP((p = p - t, signOf(&p), factor * p))
}

CLONES void KERNEL(HuberGradient)(Element *gradient, const Element *prediction, const float *target, long count,
                                 float factor, float delta) {
  MAP((p = p - t, huberSlope(&p, delta), factor * p))
}

CLONES void KERNEL(BinaryCrossEntropyGradient)(Element *gradient, const Element *prediction, const float *target,
                                              long count, float factor) {
  MAP((sigmoid(&p), factor * (p - t)))
}

// The class index that a target names, or -1.
INLINE long classIndex(float target, long classes) {
  return target >= 0 && target < (float)classes && target == (float)(long)target ? (long)target : -1;
}

INLINE float largestOf(const Element *row, long classes) {
  float largest = valueAt(row);
  for (long column = 1; column < classes; column++) {
    float value = valueAt(row + column);
    largest = value > largest ? value : largest;
  }
  return largest;
}

// exp(p - largest) from a column of a row on. Lanes past the row count as minus infinity.
INLINE void rowExponentials(Vector *p, const Element *row, long column, long classes, const Element *end,
                            float largest) {
  loadRowPart(p, row + column, MINIMUM(classes - column, LANES), end, -INFINITY);
  *p = *p - largest;
  exponential(p);
}

INLINE float exponentialSum(const Element *row, long classes, const Element *end, float largest) {
  Vector sum = 0.0f, p;
  for (long column = 0; column < classes; column += LANES) {
    rowExponentials(&p, row, column, classes, end, largest);
    sum += p;
  }
  return laneSum(&sum);
}

CLONES double KERNEL(SoftmaxCrossEntropySum)(const Element *prediction, const float *target, long rows, long classes) {
  const Element *end = prediction + rows * classes;
  double sum = 0;
  for (long index = 0; index < rows; index++) {
    const Element *row = prediction + index * classes;
    long label = classIndex(target[index], classes);
    if (label < 0) return NAN;
    float largest = largestOf(row, classes);
    float exponentials = exponentialSum(row, classes, end, largest);
    sum += logf(exponentials) + ((double)largest - (double)valueAt(row + label));
  }
  return sum;
}

CLONES void KERNEL(SoftmaxCrossEntropyGradient)(Element *gradient, const Element *prediction, const float *target,
                                               long rows, long classes, float factor) {
  const Element *end = prediction + rows * classes;
  for (long index = 0; index < rows; index++) {
    Element *result = gradient + index * classes;
    const Element *row = prediction + index * classes;
    long label = classIndex(target[index], classes);
    float largest = largestOf(row, classes), scale = 1 / exponentialSum(row, classes, end, largest);
    if (label < 0) scale = NAN;
    const IntVector lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (long column = 0; column < classes; column += LANES) {
      Vector p;
      rowExponentials(&p, row, column, classes, end, largest);
      Vector isLabel = lanes == (int)(label - column) ? (Vector)1.0f : (Vector)0.0f;
      p = (p * scale - isLabel) * factor;
      storeBefore(result + column, &p, classes - column);
    }
  }
}

CLONES long KERNEL(CorrectClasses)(const Element *prediction, const float *target, long rows, long classes) {
  long correct = 0;
  for (long index = 0; index < rows; index++) {
    const Element *row = prediction + index * classes;
    long largest = 0;
    for (long column = 1; column < classes; column++) largest = valueAt(row + column) > valueAt(row + largest) ? column : largest;
    correct += classIndex(target[index], classes) == largest;
  }
  return correct;
}

CLONES long KERNEL(CorrectBits)(const Element *prediction, const float *target, long count, float threshold) {
  long correct = 0;
  for (long index = 0; index < count; index++)
    correct += (valueAt(prediction + index) > threshold) == (target[index] > 0.5f);
  return correct;
}
