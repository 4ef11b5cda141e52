#include "Vectors.h"
#include "../include/OwnKernels.h"

CLONES void bptrainNarrow(void *result, const float *x, long count) {
  BFloat16 *narrow = result;
  for (long i = 0; i < count; i += LANES) {
    Vector value;
    loadBefore(&value, x + i, x + count);
    storeBefore(narrow + i, &value, count - i);
  }
}

CLONES void bptrainWiden(float *result, const void *x, long count) {
  const BFloat16 *narrow = x;
  for (long i = 0; i < count; i += LANES) {
    Vector value;
    loadBefore(&value, narrow + i, narrow + count);
    storeBefore(result + i, &value, count - i);
  }
}

CLONES double bptrainSquareSumBFloat16(const void *x, long count) {
  const BFloat16 *narrow = x;
  WideVector sum = 0;
  for (long i = 0; i < count; i += LANES) {
    Vector value;
    loadBefore(&value, narrow + i, narrow + count);
    WideVector wide = __builtin_convertvector(value, WideVector);
    sum += wide * wide;
  }
  return wideLaneSum(&sum);
}

CLONES void bptrainMarkPositiveBFloat16(unsigned char *restrict marks, const void *x, long rows, long columns) {
  const BFloat16 *narrow = x;
  for (long row = 0; row < rows; row++) {
    // A positive number has no sign, and its bits are at most infinity's.
    for (long column = 0; column < columns; column++)
      marks[column] |= (uint16_t)(narrow[row * columns + column].bits - 1) < 0x7F80;
  }
}
