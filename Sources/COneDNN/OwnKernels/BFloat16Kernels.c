// The kernels of these files for bfloat16 elements.
#define BFLOAT16_ELEMENTS
#include "Activations.c"
#include "BatchNorm.c"
#include "ColumnSums.c"
#include "Dropout.c"
#include "Elementwise.c"
#include "LayerNorm.c"
#include "Losses.c"
