// float32 activations that oneDNN computes slowly: without AVX-512 it looks coefficients up lane by lane, with AVX-512 it
// takes exponentials.
#pragma once

#pragma clang assume_nonnull begin

// result = f(u), possibly u's own memory.
void bptrainTanh(float *result, const float *u, long count);
// u Φ(u) with Φ(u) = (1 + tanh(sqrt(2/π) (u + 0.044715 u³))) / 2.
void bptrainGeluTanh(float *result, const float *u, long count);
// result = dh f'(u), possibly dh's own memory.
void bptrainGeluTanhGradient(float *result, const float *dh, const float *u, long count);

// For processors with AVX-512 (x86-64-v4), and only there.
void bptrainTanh512(float *result, const float *u, long count);
// u Φ(u), by the error function.
void bptrainGelu512(float *result, const float *u, long count);
void bptrainGeluGradient512(float *result, const float *dh, const float *u, long count);
// The same by tanh.
void bptrainGeluTanh512(float *result, const float *u, long count);
void bptrainGeluTanhGradient512(float *result, const float *dh, const float *u, long count);

#pragma clang assume_nonnull end
