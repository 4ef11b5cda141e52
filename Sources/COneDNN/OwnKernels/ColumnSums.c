// Sums along columns. A caller gives each thread columns of its own; within them four vectors of neighbouring columns
// go down the rows together. Rows are added in blocks, whose sums are then added in order: float32 rounding grows
// with the block and with the number of blocks instead of with their product.
#include "../include/OwnKernels.h"
#include "Vectors.h"
#include <math.h>

#define BLOCK_ROWS 64
#define GROUP 4

// Calls body(width, vectors) for groups of four vectors of columns, then for single ones.
#define FOR_EACH_COLUMN_GROUP(firstColumn, endColumn, call)                       \
  long column = (firstColumn);                                                    \
  for (; column + GROUP * LANES <= (endColumn); column += GROUP * LANES) call(GROUP); \
  for (; column < (endColumn); column += LANES) call(1);

INLINE void biasGradientGroup(float *result, const float *du, long rows, long columns, long column, long endColumn,
                              const int vectors) {
  const float *end = du + rows * columns;
  Vector total[GROUP];
  for (int v = 0; v < vectors; v++) total[v] = 0.0f;
  for (long block = 0; block < rows; block += BLOCK_ROWS) {
    Vector sum[GROUP], value;
    for (int v = 0; v < vectors; v++) sum[v] = 0.0f;
    for (long row = block; row < MINIMUM(block + BLOCK_ROWS, rows); row++) {
      const float *start = du + row * columns + column;
      for (int v = 0; v < vectors; v++) {
        loadBefore(&value, start + v * LANES, end);
        sum[v] += value;
      }
    }
    for (int v = 0; v < vectors; v++) total[v] += sum[v];
  }
  for (int v = 0; v < vectors; v++) {
    long start = column + v * LANES;
    storeBefore(result + start, &total[v], endColumn - start);
  }
}

CLONES void bptrainBiasGradient(float *result, const float *du, long rows, long columns, long firstColumn,
                                long endColumn) {
#define CALL(vectors) biasGradientGroup(result, du, rows, columns, column, endColumn, vectors)
  FOR_EACH_COLUMN_GROUP(firstColumn, endColumn, CALL)
#undef CALL
}

// With `rowStatistics` (layer norm) the normalized x is (x - mean of the row) * its inverse deviation, else with the
// column's own mean and inverse deviation (batch norm).
INLINE void parameterGradientGroup(float *dScale, float *dShift, const float *dy, const float *x,
                                   const float *statistics, const _Bool rowStatistics, float epsilon, long rows,
                                   long columns, long column, long endColumn, const int vectors) {
  const float *end = x + rows * columns;
  const float *endOfCotangents = dy + rows * columns;
  Vector scales[2], shifts[2], mean[2], inverse[2];
  for (int v = 0; v < vectors; v++) {
    scales[v] = shifts[v] = 0.0f;
    if (!rowStatistics) {
      const float *start = statistics + column + v * LANES;
      loadBefore(&mean[v], start, statistics + 2 * columns);
      loadBefore(&inverse[v], start + columns, statistics + 2 * columns);
      inverse[v] = 1.0f / __builtin_elementwise_sqrt(inverse[v] + epsilon);
    }
  }
  for (long block = 0; block < rows; block += BLOCK_ROWS) {
    Vector scaleSum[2], shiftSum[2], g, value;
    for (int v = 0; v < vectors; v++) scaleSum[v] = shiftSum[v] = 0.0f;
    for (long row = block; row < MINIMUM(block + BLOCK_ROWS, rows); row++) {
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
      scales[v] += scaleSum[v];
      shifts[v] += shiftSum[v];
    }
  }
  for (int v = 0; v < vectors; v++) {
    long start = column + v * LANES;
    storeBefore(dScale + start, &scales[v], endColumn - start);
    storeBefore(dShift + start, &shifts[v], endColumn - start);
  }
}

CLONES void bptrainLayerNormParameterGradients(float *dScale, float *dShift, const float *dy, const float *x,
                                               const float *statistics, long rows, long columns, long firstColumn,
                                               long endColumn) {
  long column = firstColumn;
  for (; column + 2 * LANES <= endColumn; column += 2 * LANES)
    parameterGradientGroup(dScale, dShift, dy, x, statistics, 1, 0, rows, columns, column, endColumn, 2);
  for (; column < endColumn; column += LANES)
    parameterGradientGroup(dScale, dShift, dy, x, statistics, 1, 0, rows, columns, column, endColumn, 1);
}

CLONES void bptrainBatchNormParameterGradients(float *dScale, float *dShift, const float *dy, const float *x,
                                               const float *statistics, float epsilon, long rows, long columns,
                                               long firstColumn, long endColumn) {
  long column = firstColumn;
  for (; column + 2 * LANES <= endColumn; column += 2 * LANES)
    parameterGradientGroup(dScale, dShift, dy, x, statistics, 0, epsilon, rows, columns, column, endColumn, 2);
  for (; column < endColumn; column += LANES)
    parameterGradientGroup(dScale, dShift, dy, x, statistics, 0, epsilon, rows, columns, column, endColumn, 1);
}

// Mean and sum of squared deviations of each block of rows, blocks joined as in Chan, Golub, LeVeque: Updating
// Formulae and a Pairwise Algorithm for Computing Sample Variances (1979). One pass over memory, no cancellation.
CLONES void bptrainBatchNormStatistics(float *statistics, const float *x, long rows, long columns, long firstColumn,
                                       long endColumn) {
  const float *end = x + rows * columns;
  for (long column = firstColumn; column < endColumn; column += LANES) {
    Vector mean = 0.0f, squares = 0.0f, value;
    for (long block = 0; block < rows; block += BLOCK_ROWS) {
      long endRow = MINIMUM(block + BLOCK_ROWS, rows);
      float count = (float)(endRow - block), total = (float)endRow;
      Vector blockMean = 0.0f, blockSquares = 0.0f;
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
      Vector distance = blockMean - mean;
      mean += distance * (count / total);
      squares += blockSquares + distance * distance * ((float)block * count / total);
    }
    squares /= (float)rows;
    storeBefore(statistics + column, &mean, endColumn - column);
    storeBefore(statistics + columns + column, &squares, endColumn - column);
  }
}
