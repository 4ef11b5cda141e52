// Sums along columns. A caller gives each thread columns of its own. Rows are taken in blocks, within them groups of
// neighbouring columns go down the rows together, and the sums of the blocks are added in order to the result: memory
// is read almost in order, and float32 rounding grows with the block and with the number of blocks instead of with
// their product.
#include "Vectors.h"
#include "../include/OwnKernels.h"

#define BLOCK_ROWS 16

// The result so far where there is one.
INLINE void loadTotal(Vector *total, const float *result, _Bool hasResult, long count) {
  if (!hasResult) {
    *total = 0.0f;
  } else if (count >= LANES) {
    *total = LOAD(result);
  } else {
    loadPart(total, result, count, 0);
  }
}

INLINE void biasGradientGroup(float *result, const Element *du, long rows, long columns, long block, long column,
                              long endColumn, _Bool adds, const int vectors) {
  const Element *end = du + rows * columns;
  long endRow = MINIMUM(block + BLOCK_ROWS, rows);
  Vector sum[4], value;
  for (int v = 0; v < vectors; v++) sum[v] = 0.0f;
  for (long row = block; row < endRow; row++) {
    const Element *start = du + row * columns + column;
    for (int v = 0; v < vectors; v++) {
      loadBefore(&value, start + v * LANES, end);
      sum[v] += value;
    }
  }
  for (int v = 0; v < vectors; v++) {
    long start = column + v * LANES;
    loadTotal(&value, result + start, adds || block > 0, endColumn - start);
    value += sum[v];
    storeBefore(result + start, &value, endColumn - start);
  }
}

CLONES void KERNEL(BiasGradient)(float *result, const Element *du, long rows, long columns, long firstColumn,
                                long endColumn, _Bool adds) {
  for (long block = 0; block < rows; block += BLOCK_ROWS) {
    long column = firstColumn;
    for (; column + 4 * LANES <= endColumn; column += 4 * LANES)
      biasGradientGroup(result, du, rows, columns, block, column, endColumn, adds, 4);
    for (; column < endColumn; column += LANES)
      biasGradientGroup(result, du, rows, columns, block, column, endColumn, adds, 1);
  }
}

// With `rowStatistics` (layer norm) the normalized x is (x - mean of the row) * its inverse deviation, else it has the
// column's own mean and inverse deviation (batch norm).
INLINE void parameterGradientGroup(float *dScale, float *dShift, const Element *dy, const Element *x,
                                   const float *statistics, const _Bool rowStatistics, float epsilon, long rows,
                                   long columns, long block, long column, long endColumn, _Bool adds,
                                   const int vectors) {
  const Element *end = x + rows * columns;
  const Element *endOfCotangents = dy + rows * columns;
  long endRow = MINIMUM(block + BLOCK_ROWS, rows);
  Vector scaleSum[2], shiftSum[2], mean[2], inverse[2], g, value;
  for (int v = 0; v < vectors; v++) {
    scaleSum[v] = shiftSum[v] = 0.0f;
    if (!rowStatistics) {
      const float *start = statistics + column + v * LANES;
      loadBefore(&mean[v], start, statistics + 2 * columns);
      loadBefore(&inverse[v], start + columns, statistics + 2 * columns);
      inverse[v] = 1.0f / __builtin_elementwise_sqrt(inverse[v] + epsilon);
    }
  }
  for (long row = block; row < endRow; row++) {
    long start = row * columns + column;
    for (int v = 0; v < vectors; v++) {
      loadBefore(&g, dy + start + v * LANES, endOfCotangents);
      loadBefore(&value, x + start + v * LANES, end);
      Vector normalized = rowStatistics ? (value - statistics[2 * row]) * statistics[2 * row + 1]
                                        : (value - mean[v]) * inverse[v];
      scaleSum[v] += g * normalized;
      shiftSum[v] += g;
    }
  }
  for (int v = 0; v < vectors; v++) {
    long start = column + v * LANES;
    loadTotal(&value, dScale + start, adds || block > 0, endColumn - start);
    value += scaleSum[v];
    storeBefore(dScale + start, &value, endColumn - start);
    loadTotal(&value, dShift + start, adds || block > 0, endColumn - start);
    value += shiftSum[v];
    storeBefore(dShift + start, &value, endColumn - start);
  }
}

INLINE void parameterGradients(float *dScale, float *dShift, const Element *dy, const Element *x, const float *statistics,
                               const _Bool rowStatistics, float epsilon, long rows, long columns, long firstColumn,
                               long endColumn, _Bool adds) {
  for (long block = 0; block < rows; block += BLOCK_ROWS) {
    long column = firstColumn;
    for (; column + 2 * LANES <= endColumn; column += 2 * LANES)
      parameterGradientGroup(dScale, dShift, dy, x, statistics, rowStatistics, epsilon, rows, columns, block, column,
                             endColumn, adds, 2);
    for (; column < endColumn; column += LANES)
      parameterGradientGroup(dScale, dShift, dy, x, statistics, rowStatistics, epsilon, rows, columns, block, column,
                             endColumn, adds, 1);
  }
}

CLONES void KERNEL(LayerNormParameterGradients)(float *dScale, float *dShift, const Element *dy, const Element *x,
                                               const float *statistics, long rows, long columns, long firstColumn,
                                               long endColumn, _Bool adds) {
  parameterGradients(dScale, dShift, dy, x, statistics, 1, 0, rows, columns, firstColumn, endColumn, adds);
}

CLONES void KERNEL(BatchNormParameterGradients)(float *dScale, float *dShift, const Element *dy, const Element *x,
                                               const float *statistics, float epsilon, long rows, long columns,
                                               long firstColumn, long endColumn, _Bool adds) {
  parameterGradients(dScale, dShift, dy, x, statistics, 0, epsilon, rows, columns, firstColumn, endColumn, adds);
}

// Mean and sum of squared deviations of each block of rows, blocks joined as in Chan, Golub, LeVeque: Updating
// Formulae and a Pairwise Algorithm for Computing Sample Variances (1979). One pass over memory, no cancellation.
CLONES void KERNEL(BatchNormStatistics)(float *statistics, const Element *x, long rows, long columns, long firstColumn,
                                       long endColumn) {
  const Element *end = x + rows * columns;
  float *means = statistics, *variances = statistics + columns;
  for (long block = 0; block < rows; block += BLOCK_ROWS) {
    long endRow = MINIMUM(block + BLOCK_ROWS, rows);
    float count = (float)(endRow - block), total = (float)endRow;
    for (long column = firstColumn; column < endColumn; column += LANES) {
      Vector blockMean = 0.0f, blockSquares = 0.0f, mean, squares, value;
      for (long row = block; row < endRow; row++) {
        loadBefore(&value, x + row * columns + column, end);
        blockMean += value;
      }
      blockMean /= count;
      for (long row = block; row < endRow; row++) {
        loadBefore(&value, x + row * columns + column, end);
        value -= blockMean;
        blockSquares += value * value;
      }
      loadTotal(&mean, means + column, block > 0, endColumn - column);
      loadTotal(&squares, variances + column, block > 0, endColumn - column);
      Vector distance = blockMean - mean;
      mean += distance * (count / total);
      squares += blockSquares + distance * distance * ((float)block * (count / total));
      if (endRow == rows) squares /= (float)rows;
      storeBefore(means + column, &mean, endColumn - column);
      storeBefore(variances + column, &squares, endColumn - column);
    }
  }
}
