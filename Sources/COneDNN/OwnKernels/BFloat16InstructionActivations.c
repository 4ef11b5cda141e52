// The kernels of this file for bfloat16 elements, rounded by the processor's own instruction: spelled out, rounding takes
// as long as GELU itself.
#define BFLOAT16_ELEMENTS
#define VARIANT Instruction
#define ROUNDS_BY_INSTRUCTION
#include "PiecewiseActivations.c"
