// Kernels that oneDNN does not have, or has in a slower form. All matrices are row-major.
//
// Each works on the elements, rows or columns that it is given and knows nothing of threads. Element-wise kernels may
// write over any operand of the same size. Mathematics: see the reference kernel of the same operator.
#pragma once
#include <stdint.h>
#include "KernelPair.h"

#pragma clang assume_nonnull begin

// float32 to bfloat16, to the nearest, ties to even; subnormal numbers become zero. And back, exactly.
void bptrainNarrow(void *result, const float *x, long count);
void bptrainWiden(float *result, const void *x, long count);

// Of bfloat16 numbers: the sum of their squares in double precision; and marks[c] becomes 1 where column c of x
// [rows, columns] has a positive element.
double bptrainSquareSumBFloat16(const void *x, long count);
void bptrainMarkPositiveBFloat16(unsigned char *marks, const void *x, long rows, long columns);

// SHA-256: takes blocks of 64 bytes of a message into the state's eight words. Whether the processor has instructions
// for it, and whether to use them.
int bptrainHasSHA256(void);
void bptrainSHA256(uint32_t *state, const void *message, long blockCount, int usesInstructions);

// Element-wise: result = f(a, b). For the gradients a is the cotangent of the activation and b the activation itself.
BPTRAIN_KERNEL(void, Add, ELEMENTS *result, const ELEMENTS *a, const ELEMENTS *b, long count)
BPTRAIN_KERNEL(void, ReluGradient, ELEMENTS *result, const ELEMENTS *a, const ELEMENTS *b, long count)
BPTRAIN_KERNEL(void, LeakyReluGradient, ELEMENTS *result, const ELEMENTS *a, const ELEMENTS *b, long count,
               float slope)
BPTRAIN_KERNEL(void, EluGradient, ELEMENTS *result, const ELEMENTS *a, const ELEMENTS *b, long count, float alpha)
BPTRAIN_KERNEL(void, TanhGradient, ELEMENTS *result, const ELEMENTS *a, const ELEMENTS *b, long count)
BPTRAIN_KERNEL(void, SigmoidGradient, ELEMENTS *result, const ELEMENTS *a, const ELEMENTS *b, long count)
BPTRAIN_KERNEL(void, SoftplusGradient, ELEMENTS *result, const ELEMENTS *a, const ELEMENTS *b, long count)

// `DropoutMask`, taken apart.
struct BptrainDropoutMask {
  uint32_t key0, key1;
  uint32_t counter1, counter2, counter3;
  uint32_t threshold;
  float scale;
};
// `firstElement` is the whole batch's index of x[0].
BPTRAIN_KERNEL(void, Dropout, ELEMENTS *result, const ELEMENTS *x, long count, struct BptrainDropoutMask mask,
               uint64_t firstElement)

// Products of a linear layer for few rows, for processors with AVX2 or AVX-512; units or inputs from `first` to `end`.
//
// y = x weightsᵀ + bias, which may be missing, and the larger of that and 0 with `relu`;
// dx = dy weights;
// dw = dyᵀ x, or that added to it.
#define BPTRAIN_FEW_ROWS(isa)                                                                                           \
  void bptrainFewRowsForward##isa(float *y, const float *x, const float *weights, const float *_Nullable bias,          \
                                  _Bool relu, long rows, long units, long inputs, long first, long end);                \
  void bptrainFewRowsInputGradient##isa(float *dx, const float *dy, const float *weights, long rows, long units,        \
                                        long inputs, long first, long end);                                             \
  void bptrainFewRowsWeightGradient##isa(float *dw, const float *dy, const float *x, _Bool adds, long rows, long units, \
                                         long inputs, long first, long end);
BPTRAIN_FEW_ROWS(AVX2)
BPTRAIN_FEW_ROWS(AVX512)

// Writes bytes back to memory and drops them from all caches of all processors.
void bptrainDropFromCaches(const void *address, long byteCount);

// `pairs` pairs of independent standard normal numbers, the pair of index `first` + i at the counter (index, lane) of
// Philox under the key. Box & Muller: A Note on the Generation of Random Normal Deviates (1958).
void bptrainNormals(double *result, long pairs, uint32_t key0, uint32_t key1, uint64_t lane, uint64_t first);

// Sums of the losses' terms, not yet divided; gradients times `factor`.
BPTRAIN_KERNEL(double, SquaredErrorSum, const ELEMENTS *prediction, const float *target, long count)
BPTRAIN_KERNEL(double, AbsoluteErrorSum, const ELEMENTS *prediction, const float *target, long count)
BPTRAIN_KERNEL(double, HuberSum, const ELEMENTS *prediction, const float *target, long count, float delta)
BPTRAIN_KERNEL(double, BinaryCrossEntropySum, const ELEMENTS *prediction, const float *target, long count)
BPTRAIN_KERNEL(double, SoftmaxCrossEntropySum, const ELEMENTS *prediction, const float *target, long rows,
               long classes)
BPTRAIN_KERNEL(void, ErrorGradient, ELEMENTS *gradient, const ELEMENTS *prediction, const float *target, long count,
               float factor)
BPTRAIN_KERNEL(void, AbsoluteErrorGradient, ELEMENTS *gradient, const ELEMENTS *prediction, const float *target,
               long count, float factor)
BPTRAIN_KERNEL(void, HuberGradient, ELEMENTS *gradient, const ELEMENTS *prediction, const float *target, long count,
               float factor, float delta)
BPTRAIN_KERNEL(void, BinaryCrossEntropyGradient, ELEMENTS *gradient, const ELEMENTS *prediction, const float *target,
               long count, float factor)
BPTRAIN_KERNEL(void, SoftmaxCrossEntropyGradient, ELEMENTS *gradient, const ELEMENTS *prediction,
               const float *target, long rows, long classes, float factor)
BPTRAIN_KERNEL(long, CorrectClasses, const ELEMENTS *prediction, const float *target, long rows, long classes)
// Predictions above the threshold stand for 1.
BPTRAIN_KERNEL(long, CorrectBits, const ELEMENTS *prediction, const float *target, long count, float threshold)

// Rows at hand.
BPTRAIN_KERNEL(void, LayerNormStatistics, float *statistics, const ELEMENTS *x, long rows, long columns,
               double epsilon)
BPTRAIN_KERNEL(void, LayerNorm, ELEMENTS *y, const ELEMENTS *x, const float *statistics, const float *scale,
               const float *shift, long rows, long columns)
BPTRAIN_KERNEL(void, LayerNormInputGradient, ELEMENTS *dx, const ELEMENTS *dy, const ELEMENTS *x,
               const float *statistics, const float *scale, long rows, long columns)
BPTRAIN_KERNEL(void, BatchNorm, ELEMENTS *y, const ELEMENTS *x, const float *statistics, const float *scale,
               const float *shift, float epsilon, long rows, long columns)
BPTRAIN_KERNEL(void, BatchNormInputGradient, ELEMENTS *dx, const ELEMENTS *dy, const ELEMENTS *x,
               const float *statistics, const float *scale, const float *dScale, const float *dShift, float epsilon,
               long batchRows, long rows, long columns)

// Columns firstColumn ..< endColumn of whole matrices. With `adds` the sums are added to what the result holds.
BPTRAIN_KERNEL(void, BiasGradient, float *result, const ELEMENTS *du, long rows, long columns, long firstColumn,
               long endColumn, _Bool adds)
BPTRAIN_KERNEL(void, LayerNormParameterGradients, float *dScale, float *dShift, const ELEMENTS *dy,
               const ELEMENTS *x, const float *statistics, long rows, long columns, long firstColumn, long endColumn,
               _Bool adds)
BPTRAIN_KERNEL(void, BatchNormParameterGradients, float *dScale, float *dShift, const ELEMENTS *dy,
               const ELEMENTS *x, const float *statistics, float epsilon, long rows, long columns, long firstColumn,
               long endColumn, _Bool adds)
BPTRAIN_KERNEL(void, BatchNormStatistics, float *statistics, const ELEMENTS *x, long rows, long columns,
               long firstColumn, long endColumn)

#pragma clang assume_nonnull end
