// The kernels of this file for bfloat16 elements, with rounding spelled out.
#define BFLOAT16_ELEMENTS
#define VARIANT Portable
#include "PiecewiseActivations.c"

// The loader takes those of BFloat16InstructionActivations.c where the processor has the instruction.
#define CHOOSE(name)                                                                                      \
  __typeof__(bptrain##name##BFloat16) bptrain##name##BFloat16Portable, bptrain##name##BFloat16Instruction; \
  static __typeof__(bptrain##name##BFloat16) *choose##name(void) {                                        \
    __builtin_cpu_init();                                                                                 \
    return __builtin_cpu_supports("avx512bf16") ? bptrain##name##BFloat16Instruction                      \
                                                : bptrain##name##BFloat16Portable;                        \
  }                                                                                                       \
  __typeof__(bptrain##name##BFloat16) bptrain##name##BFloat16 __attribute__((ifunc("choose" #name)));

CHOOSE(Gelu512)
CHOOSE(GeluGradient512)
CHOOSE(GeluTanh512)
CHOOSE(GeluTanhGradient512)
CHOOSE(Tanh512)
