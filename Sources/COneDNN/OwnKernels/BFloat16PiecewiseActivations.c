// The kernels of this file for bfloat16 elements.
#define BFLOAT16_ELEMENTS
#include "PiecewiseActivations.c"
