// Batch norm's element-wise passes, in tiles of rows so that what belongs to a column is computed once per tile.
#include "../include/OwnKernels.h"
#include "Vectors.h"

#define TILE_ROWS 64

CLONES void bptrainBatchNorm(float *y, const float *x, const float *statistics, const float *scale,
                             const float *shift, float epsilon, long rows, long columns) {
  for (long tile = 0; tile < rows; tile += TILE_ROWS) {
    long endRow = MINIMUM(tile + TILE_ROWS, rows);
    for (long column = 0; column < columns; column += LANES) {
      long count = MINIMUM(columns - column, LANES);
      Vector mean, inverse, factor, summand, value;
      loadBefore(&mean, statistics + column, statistics + columns);
      loadBefore(&inverse, statistics + columns + column, statistics + 2 * columns);
      loadBefore(&factor, scale + column, scale + columns);
      loadBefore(&summand, shift + column, shift + columns);
      inverse = 1.0f / __builtin_elementwise_sqrt(inverse + epsilon);
      for (long row = tile; row < endRow; row++) {
        long start = row * columns + column;
        if (count == LANES) {
          STORE(y + start, (LOAD(x + start) - mean) * inverse * factor + summand);
        } else {
          loadPart(&value, x + start, count, 0);
          value = (value - mean) * inverse * factor + summand;
          storePart(y + start, &value, count);
        }
      }
    }
  }
}

CLONES void bptrainBatchNormInputGradient(float *dx, const float *dy, const float *x, const float *statistics,
                                          const float *scale, const float *dScale, const float *dShift,
                                          float epsilon, long batchRows, long rows, long columns) {
  for (long tile = 0; tile < rows; tile += TILE_ROWS) {
    long endRow = MINIMUM(tile + TILE_ROWS, rows);
    for (long column = 0; column < columns; column += LANES) {
      long count = MINIMUM(columns - column, LANES);
      Vector mean, inverse, factor, meanProduct, meanCotangent, value, cotangent;
      loadBefore(&mean, statistics + column, statistics + columns);
      loadBefore(&inverse, statistics + columns + column, statistics + 2 * columns);
      loadBefore(&factor, scale + column, scale + columns);
      loadBefore(&meanProduct, dScale + column, dScale + columns);
      loadBefore(&meanCotangent, dShift + column, dShift + columns);
      inverse = 1.0f / __builtin_elementwise_sqrt(inverse + epsilon);
      factor *= inverse;
      meanProduct /= (float)batchRows;
      meanCotangent /= (float)batchRows;
      for (long row = tile; row < endRow; row++) {
        long start = row * columns + column;
        if (count == LANES) {
          Vector normalized = (LOAD(x + start) - mean) * inverse;
          STORE(dx + start, factor * (LOAD(dy + start) - meanCotangent - normalized * meanProduct));
        } else {
          loadPart(&value, x + start, count, 0);
          loadPart(&cotangent, dy + start, count, 0);
          value = factor * (cotangent - meanCotangent - (value - mean) * inverse * meanProduct);
          storePart(dx + start, &value, count);
        }
      }
    }
  }
}
