#include "../include/OwnKernels.h"
#include "Vectors.h"
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

CLONES double bptrainSquaredErrorSum(const float *prediction, const float *target, long count) {
  SUM((p = p - t, p * p))
}

CLONES double bptrainAbsoluteErrorSum(const float *prediction, const float *target, long count) {
  SUM((p = p - t, magnitude(&p), p))
}

CLONES double bptrainHuberSum(const float *prediction, const float *target, long count, float delta) {
  SUM((p = p - t, huberTerm(&p, delta), p))
}

CLONES double bptrainBinaryCrossEntropySum(const float *prediction, const float *target, long count) {
  SUM((binaryTerm(&p, &t), p))
}

CLONES void bptrainErrorGradient(float *gradient, const float *prediction, const float *target, long count,
                                 float factor) {
  MAP(factor * (p - t))
}

CLONES void bptrainAbsoluteErrorGradient(float *gradient, const float *prediction, const float *target, long count,
                                         float factor) {
  MAP((p = p - t, signOf(&p), factor * p))
}

CLONES void bptrainHuberGradient(float *gradient, const float *prediction, const float *target, long count,
                                 float factor, float delta) {
  MAP((p = p - t, huberSlope(&p, delta), factor * p))
}

CLONES void bptrainBinaryCrossEntropyGradient(float *gradient, const float *prediction, const float *target,
                                              long count, float factor) {
  MAP((sigmoid(&p), factor * (p - t)))
}

// The class index that a target names, or -1.
INLINE long classIndex(float target, long classes) {
  return target >= 0 && target < (float)classes && target == (float)(long)target ? (long)target : -1;
}

INLINE float largestOf(const float *row, long classes) {
  float largest = row[0];
  for (long column = 1; column < classes; column++) largest = row[column] > largest ? row[column] : largest;
  return largest;
}

// The sum of exp(p - largest) over a row; the terms go to `terms` if that is not null. A vector's lanes past the row
// count as minus infinity.
INLINE float exponentialSum(const float *row, long classes, const float *end, float largest, float *terms) {
  Vector sum = 0.0f;
  for (long column = 0; column < classes; column += LANES) {
    Vector p;
    long count = MINIMUM(classes - column, LANES);
    loadRowPart(&p, row + column, count, end, -INFINITY);
    p = p - largest;
    exponential(&p);
    sum += p;
    if (terms) storeBefore(terms + column, &p, count);
  }
  return laneSum(&sum);
}

CLONES double bptrainSoftmaxCrossEntropySum(const float *prediction, const float *target, long rows, long classes) {
  const float *end = prediction + rows * classes;
  double sum = 0;
  for (long index = 0; index < rows; index++) {
    const float *row = prediction + index * classes;
    long label = classIndex(target[index], classes);
    if (label < 0) return NAN;
    float largest = largestOf(row, classes);
    float exponentials = exponentialSum(row, classes, end, largest, 0);
    sum += logf(exponentials) + ((double)largest - (double)row[label]);
  }
  return sum;
}

CLONES void bptrainSoftmaxCrossEntropyGradient(float *gradient, const float *prediction, const float *target,
                                               long rows, long classes, float factor) {
  const float *end = prediction + rows * classes;
  for (long index = 0; index < rows; index++) {
    float *result = gradient + index * classes;
    const float *row = prediction + index * classes;
    long label = classIndex(target[index], classes);
    float scale = 1 / exponentialSum(row, classes, end, largestOf(row, classes), result);
    if (label < 0) scale = NAN;
    for (long column = 0; column < classes; column++) {
      result[column] = (result[column] * scale - (column == label ? 1.0f : 0.0f)) * factor;
    }
  }
}

CLONES long bptrainCorrectClasses(const float *prediction, const float *target, long rows, long classes) {
  long correct = 0;
  for (long index = 0; index < rows; index++) {
    const float *row = prediction + index * classes;
    long largest = 0;
    for (long column = 1; column < classes; column++) largest = row[column] > row[largest] ? column : largest;
    correct += classIndex(target[index], classes) == largest;
  }
  return correct;
}

CLONES long bptrainCorrectBits(const float *prediction, const float *target, long count) {
  long correct = 0;
  for (long index = 0; index < count; index++) correct += (prediction[index] > 0) == (target[index] > 0.5f);
  return correct;
}
