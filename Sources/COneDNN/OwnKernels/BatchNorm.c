// Batch norm's element-wise passes. What belongs to a column is computed once for some hundred columns, then rows are
// walked in order.
#include "Vectors.h"
#include "../include/OwnKernels.h"

#define TILE_COLUMNS 512

// 1 / sqrt(variance + epsilon) of `count` columns.
INLINE void inverseDeviations(float *result, const float *variances, float epsilon, long count) {
  for (long column = 0; column < count; column += LANES) {
    Vector value;
    loadBefore(&value, variances + column, variances + count);
    value = 1.0f / __builtin_elementwise_sqrt(value + epsilon);
    storeBefore(result + column, &value, count - column);
  }
}

CLONES void KERNEL(BatchNorm)(Element *y, const Element *x, const float *statistics, const float *scale,
                             const float *shift, float epsilon, long rows, long columns) {
  float inverse[TILE_COLUMNS];
  for (long tile = 0; tile < columns; tile += TILE_COLUMNS) {
    long count = MINIMUM(columns - tile, TILE_COLUMNS);
    const float *mean = statistics + tile;
    inverseDeviations(inverse, statistics + columns + tile, epsilon, count);
    for (long row = 0; row < rows; row++) {
      const Element *source = x + row * columns + tile;
      Element *target = y + row * columns + tile;
      long c = 0;
      for (; c + LANES <= count; c += LANES) {
        STORE(target + c, (LOAD(source + c) - LOAD(mean + c)) * LOAD(inverse + c) * LOAD(scale + tile + c) +
                              LOAD(shift + tile + c));
      }
      for (; c < count; c++)
        setValueAt(target + c, (valueAt(source + c) - mean[c]) * inverse[c] * scale[tile + c] + shift[tile + c]);
    }
  }
}

CLONES void KERNEL(BatchNormInputGradient)(Element *dx, const Element *dy, const Element *x, const float *statistics,
                                          const float *scale, const float *dScale, const float *dShift,
                                          float epsilon, long batchRows, long rows, long columns) {
  float inverse[TILE_COLUMNS], factor[TILE_COLUMNS], meanProduct[TILE_COLUMNS], meanCotangent[TILE_COLUMNS];
  for (long tile = 0; tile < columns; tile += TILE_COLUMNS) {
    long count = MINIMUM(columns - tile, TILE_COLUMNS);
    const float *mean = statistics + tile;
    inverseDeviations(inverse, statistics + columns + tile, epsilon, count);
    for (long c = 0; c < count; c++) {
      factor[c] = scale[tile + c] * inverse[c];
      meanProduct[c] = dScale[tile + c] / (float)batchRows;
      meanCotangent[c] = dShift[tile + c] / (float)batchRows;
    }
    for (long row = 0; row < rows; row++) {
      const Element *source = x + row * columns + tile, *cotangent = dy + row * columns + tile;
      Element *target = dx + row * columns + tile;
      long c = 0;
      for (; c + LANES <= count; c += LANES) {
        Vector normalized = (LOAD(source + c) - LOAD(mean + c)) * LOAD(inverse + c);
        STORE(target + c, LOAD(factor + c) * (LOAD(cotangent + c) - LOAD(meanCotangent + c) -
                                              normalized * LOAD(meanProduct + c)));
      }
      for (; c < count; c++) {
        float normalized = (valueAt(source + c) - mean[c]) * inverse[c];
        setValueAt(target + c, factor[c] * (valueAt(cotangent + c) - meanCotangent[c] - normalized * meanProduct[c]));
      }
    }
  }
}
