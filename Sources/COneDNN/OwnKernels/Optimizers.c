#include "../include/OptimizerKernels.h"
#include "Vectors.h"

#define ELEMENT float
#define SIXTEEN Vector
#define NAME(kernel) bptrain##kernel##32
#include "OptimizerTemplate.h"
#undef ELEMENT
#undef SIXTEEN
#undef NAME

#define ELEMENT double
#define SIXTEEN WideVector
#define NAME(kernel) bptrain##kernel##64
#include "OptimizerTemplate.h"
