#include "Vectors.h"
#include "../include/OwnKernels.h"
#include <math.h>

CLONES void KERNEL(LayerNormStatistics)(float *statistics, const Element *x, long rows, long columns, double epsilon) {
  const Element *end = x + rows * columns;
  for (long row = 0; row < rows; row++, x += columns, statistics += 2) {
    Vector sum0 = 0.0f, sum1 = 0.0f, part;
    long column = 0;
    for (; column + 2 * LANES <= columns; column += 2 * LANES) {
      sum0 += LOAD(x + column);
      sum1 += LOAD(x + column + LANES);
    }
    for (; column < columns; column += LANES) {
      loadRowPart(&part, x + column, MINIMUM(columns - column, LANES), end, 0);
      sum0 += part;
    }
    sum0 += sum1;
    float mean = laneSum(&sum0) / (float)columns;
    sum0 = sum1 = 0.0f;
    for (column = 0; column + 2 * LANES <= columns; column += 2 * LANES) {
      Vector a = LOAD(x + column) - mean, b = LOAD(x + column + LANES) - mean;
      sum0 += a * a;
      sum1 += b * b;
    }
    for (; column < columns; column += LANES) {
      loadRowPart(&part, x + column, MINIMUM(columns - column, LANES), end, mean);
      part -= mean;
      sum0 += part * part;
    }
    sum0 += sum1;
    statistics[0] = mean;
    statistics[1] = (float)(1 / sqrt((double)laneSum(&sum0) / (double)columns + epsilon));
  }
}

CLONES void KERNEL(LayerNorm)(Element *y, const Element *x, const float *statistics, const float *scale,
                             const float *shift, long rows, long columns) {
  for (long row = 0; row < rows; row++, x += columns, y += columns, statistics += 2) {
    float mean = statistics[0], inverse = statistics[1];
    long column = 0;
    for (; column + LANES <= columns; column += LANES) {
      STORE(y + column, (LOAD(x + column) - mean) * inverse * LOAD(scale + column) + LOAD(shift + column));
    }
    for (; column < columns; column++)
      setValueAt(y + column, (valueAt(x + column) - mean) * inverse * scale[column] + shift[column]);
  }
}

CLONES void KERNEL(LayerNormInputGradient)(Element *dx, const Element *dy, const Element *x, const float *statistics,
                                          const float *scale, long rows, long columns) {
  const Element *end = x + rows * columns, *endOfCotangents = dy + rows * columns;
  const float *endOfScale = scale + columns;
  for (long row = 0; row < rows; row++, x += columns, dy += columns, dx += columns, statistics += 2) {
    float mean = statistics[0], inverse = statistics[1];
    Vector sum = 0.0f, products = 0.0f;
    long column = 0;
    for (; column + LANES <= columns; column += LANES) {
      Vector g = LOAD(dy + column) * LOAD(scale + column);
      sum += g;
      products += g * ((LOAD(x + column) - mean) * inverse);
    }
    if (column < columns) {
      Vector a, b, g;
      loadRowPart(&a, x + column, columns - column, end, 0);
      loadRowPart(&b, dy + column, columns - column, endOfCotangents, 0);
      loadRowPart(&g, scale + column, columns - column, endOfScale, 0);
      g = b * g;
      sum += g;
      products += g * ((a - mean) * inverse);
    }
    float meanG = laneSum(&sum) / (float)columns, meanProduct = laneSum(&products) / (float)columns;
    for (column = 0; column + LANES <= columns; column += LANES) {
      Vector normalized = (LOAD(x + column) - mean) * inverse;
      STORE(dx + column, inverse * (LOAD(dy + column) * LOAD(scale + column) - meanG - normalized * meanProduct));
    }
    for (; column < columns; column++) {
      float normalized = (valueAt(x + column) - mean) * inverse;
      setValueAt(dx + column, inverse * (valueAt(dy + column) * scale[column] - meanG - normalized * meanProduct));
    }
  }
}
