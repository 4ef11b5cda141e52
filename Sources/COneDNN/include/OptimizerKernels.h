// One pass over parameters, gradients and state per optimizer, in float32 and float64. Mathematics as PyTorch's.
#pragma once

#pragma clang assume_nonnull begin

struct BptrainSgd {
  double learningRate, momentum, weightDecay, gradientScale;
  _Bool isNesterov;
};

// `keptShare` is 1 - learningRate * weightDecay where the decay is decoupled, else 1; `share1` 1 - beta1, `share2`
// 1 - beta2, `stepSize` learningRate / (1 - beta1^t), `deviationCorrection` 1 / sqrt(1 - beta2^t).
struct BptrainAdam {
  double keptShare, weightDecay, gradientScale, share1, beta2, share2, stepSize, deviationCorrection, epsilon;
};

void bptrainSgd32(float *values, const float *gradients, long count, struct BptrainSgd sgd);
void bptrainSgdMomentum32(float *values, const float *gradients, float *velocities, long count, struct BptrainSgd sgd);
void bptrainAdam32(float *values, const float *gradients, float *firstMoments, float *secondMoments, long count,
                   struct BptrainAdam adam);
double bptrainSquareSum32(const float *gradients, long count);
double bptrainAddCopies32(float *total, const float *_Nonnull const *_Nonnull copies, long copyCount, long first,
                          long end);
void bptrainClip32(float *gradients, long count, double limit);
void bptrainMarkPositive32(unsigned char *marks, const float *x, long rows, long columns);

void bptrainSgd64(double *values, const double *gradients, long count, struct BptrainSgd sgd);
void bptrainSgdMomentum64(double *values, const double *gradients, double *velocities, long count,
                          struct BptrainSgd sgd);
void bptrainAdam64(double *values, const double *gradients, double *firstMoments, double *secondMoments, long count,
                   struct BptrainAdam adam);
double bptrainSquareSum64(const double *gradients, long count);
double bptrainAddCopies64(double *total, const double *_Nonnull const *_Nonnull copies, long copyCount, long first,
                          long end);
void bptrainClip64(double *gradients, long count, double limit);
void bptrainMarkPositive64(unsigned char *marks, const double *x, long rows, long columns);

#pragma clang assume_nonnull end
