// Activations that oneDNN computes slowly (without AVX-512 it looks coefficients up lane by lane, with AVX-512 it takes
// exponentials) or, near where they vanish, wrong: softplus below -4 and ELU around 0 cancel there.
#pragma once
#include "KernelPair.h"

#pragma clang assume_nonnull begin

// result = f(u), possibly u's own memory.
BPTRAIN_KERNEL(void, Tanh, ELEMENTS *result, const ELEMENTS *u, long count)
// u Φ(u) with Φ(u) = (1 + tanh(sqrt(2/π) (u + 0.044715 u³))) / 2.
BPTRAIN_KERNEL(void, GeluTanh, ELEMENTS *result, const ELEMENTS *u, long count)
// log(1 + exp(u)).
BPTRAIN_KERNEL(void, Softplus, ELEMENTS *result, const ELEMENTS *u, long count)
// u, below 0 alpha (exp(u) - 1).
BPTRAIN_KERNEL(void, Elu, ELEMENTS *result, const ELEMENTS *u, long count, float alpha)
// result = dh f'(u), possibly dh's own memory.
BPTRAIN_KERNEL(void, GeluTanhGradient, ELEMENTS *result, const ELEMENTS *dh, const ELEMENTS *u, long count)

// For processors with AVX-512 (x86-64-v4), and only there.
BPTRAIN_KERNEL(void, Tanh512, ELEMENTS *result, const ELEMENTS *u, long count)
// u Φ(u), by the error function.
BPTRAIN_KERNEL(void, Gelu512, ELEMENTS *result, const ELEMENTS *u, long count)
BPTRAIN_KERNEL(void, GeluGradient512, ELEMENTS *result, const ELEMENTS *dh, const ELEMENTS *u, long count)
// The same by tanh.
BPTRAIN_KERNEL(void, GeluTanh512, ELEMENTS *result, const ELEMENTS *u, long count)
BPTRAIN_KERNEL(void, GeluTanhGradient512, ELEMENTS *result, const ELEMENTS *dh, const ELEMENTS *u, long count)

#pragma clang assume_nonnull end
