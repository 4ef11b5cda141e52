// Kernels that there are for float32 and for bfloat16 activations, under two names.
#pragma once

// Activations and cotangents of either type; what stands beside them (parameters, statistics, sums) is float.
#ifndef ELEMENTS
#define ELEMENTS void
#endif

// Declares `bptrainName` for float32 and `bptrainNameBFloat16` for bfloat16.
#define BPTRAIN_KERNEL(result, name, ...) \
  result bptrain##name(__VA_ARGS__);      \
  result bptrain##name##BFloat16(__VA_ARGS__);
