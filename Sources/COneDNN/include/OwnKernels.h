// float32 kernels that oneDNN does not have, or has in a slower form. All matrices are row-major.
//
// Each works on the elements, rows or columns that it is given and knows nothing of threads. Element-wise kernels may
// write over any operand of the same size. Mathematics: see the reference kernel of the same operator.
#pragma once
#include <stdint.h>

#pragma clang assume_nonnull begin

// Element-wise: result = f(a, b). For the gradients a is the cotangent of the activation and b the activation itself.
void bptrainAdd(float *result, const float *a, const float *b, long count);
void bptrainReluGradient(float *result, const float *a, const float *b, long count);
void bptrainLeakyReluGradient(float *result, const float *a, const float *b, long count, float slope);
void bptrainEluGradient(float *result, const float *a, const float *b, long count, float alpha);
void bptrainTanhGradient(float *result, const float *a, const float *b, long count);
void bptrainSigmoidGradient(float *result, const float *a, const float *b, long count);
void bptrainSoftplusGradient(float *result, const float *a, const float *b, long count);

// `DropoutMask`, taken apart.
struct BptrainDropoutMask {
  uint32_t key0, key1;
  uint32_t counter1, counter2, counter3;
  uint32_t threshold;
  float scale;
};
// `firstElement` is the whole batch's index of x[0].
void bptrainDropout(float *result, const float *x, long count, struct BptrainDropoutMask mask, uint64_t firstElement);

// Products of a linear layer for few rows, for processors with AVX-512 only; units or inputs from `first` to `end`.
// y = x weightsᵀ + bias, which may be missing, and the larger of that and 0 with `relu`.
void bptrainFewRowsForward(float *y, const float *x, const float *weights, const float *_Nullable bias, _Bool relu,
                           long rows, long units, long inputs, long first, long end);
// dx = dy weights, inputs from `first` to `end`.
void bptrainFewRowsInputGradient(float *dx, const float *dy, const float *weights, long rows, long units, long inputs,
                                 long first, long end);
// dw = dyᵀ x, or that added to it.
void bptrainFewRowsWeightGradient(float *dw, const float *dy, const float *x, _Bool adds, long rows, long units,
                                  long inputs, long first, long end);

// `pairs` pairs of independent standard normal numbers, the pair of index `first` + i at the counter (index, lane) of
// Philox under the key. Box & Muller: A Note on the Generation of Random Normal Deviates (1958).
void bptrainNormals(double *result, long pairs, uint32_t key0, uint32_t key1, uint64_t lane, uint64_t first);

// Sums of the losses' terms, not yet divided; gradients times `factor`.
double bptrainSquaredErrorSum(const float *prediction, const float *target, long count);
double bptrainAbsoluteErrorSum(const float *prediction, const float *target, long count);
double bptrainHuberSum(const float *prediction, const float *target, long count, float delta);
double bptrainBinaryCrossEntropySum(const float *prediction, const float *target, long count);
double bptrainSoftmaxCrossEntropySum(const float *prediction, const float *target, long rows, long classes);
void bptrainErrorGradient(float *gradient, const float *prediction, const float *target, long count, float factor);
void bptrainAbsoluteErrorGradient(float *gradient, const float *prediction, const float *target, long count,
                                  float factor);
void bptrainHuberGradient(float *gradient, const float *prediction, const float *target, long count, float factor,
                          float delta);
void bptrainBinaryCrossEntropyGradient(float *gradient, const float *prediction, const float *target, long count,
                                       float factor);
void bptrainSoftmaxCrossEntropyGradient(float *gradient, const float *prediction, const float *target, long rows,
                                        long classes, float factor);
long bptrainCorrectClasses(const float *prediction, const float *target, long rows, long classes);
long bptrainCorrectBits(const float *prediction, const float *target, long count);

// Rows at hand.
void bptrainLayerNormStatistics(float *statistics, const float *x, long rows, long columns, double epsilon);
void bptrainLayerNorm(float *y, const float *x, const float *statistics, const float *scale, const float *shift,
                      long rows, long columns);
void bptrainLayerNormInputGradient(float *dx, const float *dy, const float *x, const float *statistics,
                                   const float *scale, long rows, long columns);
void bptrainBatchNorm(float *y, const float *x, const float *statistics, const float *scale, const float *shift,
                      float epsilon, long rows, long columns);
void bptrainBatchNormInputGradient(float *dx, const float *dy, const float *x, const float *statistics,
                                   const float *scale, const float *dScale, const float *dShift, float epsilon,
                                   long batchRows, long rows, long columns);

// Columns firstColumn ..< endColumn of whole matrices. With `adds` the sums are added to what the result holds.
void bptrainBiasGradient(float *result, const float *du, long rows, long columns, long firstColumn, long endColumn,
                         _Bool adds);
void bptrainLayerNormParameterGradients(float *dScale, float *dShift, const float *dy, const float *x,
                                        const float *statistics, long rows, long columns, long firstColumn,
                                        long endColumn, _Bool adds);
void bptrainBatchNormParameterGradients(float *dScale, float *dShift, const float *dy, const float *x,
                                        const float *statistics, float epsilon, long rows, long columns,
                                        long firstColumn, long endColumn, _Bool adds);
void bptrainBatchNormStatistics(float *statistics, const float *x, long rows, long columns, long firstColumn,
                                long endColumn);

#pragma clang assume_nonnull end
