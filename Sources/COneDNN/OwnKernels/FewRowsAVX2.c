// The three products of a linear layer for few rows, with AVX2: C = A B in tiles of up to 6 rows by 16 columns, whose
// sums stay in registers. B is read as it stands where only few tiles read it; otherwise 16 of its columns are brought
// side by side first, in the forward product from the rows of the weights.
//
// Each computes units or inputs from `first` to `end`, so that threads may have some each.
#include "../include/OwnKernels.h"
#include <immintrin.h>

#define AVX2 __attribute__((target("arch=x86-64-v3")))
#define INLINE static inline __attribute__((always_inline)) AVX2
#define LANES 8
#define MINIMUM(a, b) ((a) < (b) ? (a) : (b))

// Rows of a panel, 16 columns side by side: 16 KiB, half of the first-level cache.
#define PANEL_DEPTH 256
#define PANEL_WIDTH (2 * LANES)

// Rows of the batch from which transposing 16 units takes less time than adding up the lanes of their sums.
#define FEWEST_ROWS_OF_A_TRANSPOSE 12

// Whether B's columns are copied: several tiles read them, and its rows are so far apart, and so many, that they would
// drive each other out of the first-level cache.
#define IS_WORTH_A_COPY(rows, depth, stride) ((rows) >= 24 && (depth) > 32 && (stride) > 128)

// A as a tile reads it: element (row, k) stands at `elements[row * rowStride + k * depthStride]`.
typedef struct {
  const float *elements;
  long rowStride, depthStride;
} Factor;

// What becomes of the sums: they are added to C or replace it, the bias is added, negative ones become 0 and
// not-a-number stays.
typedef struct {
  const float *bias;
  _Bool adds, relu;
} Finish;

INLINE __m256i lanesBefore(long count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)MINIMUM(count, LANES)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE __m256 load(const float *address, const _Bool isWhole, __m256i lanes) {
  return isWhole ? _mm256_loadu_ps(address) : _mm256_maskload_ps(address, lanes);
}

// C [rows, up to 8 * vectors] of A [rows, depth] and B [depth, same], B's rows `bStride` apart. Columns past
// `columnCount` are neither read nor written; with `fetchesNext` the 16 after them are brought into the cache.
INLINE void tile(float *c, long cStride, Factor a, const float *b, long bStride, const _Bool isWhole,
                 const _Bool fetchesNext, const int rows, const int vectors, long depth, long columnCount,
                 Finish finish) {
  __m256i lanes[2] = {lanesBefore(columnCount), lanesBefore(columnCount - LANES)};
  __m256 sum[6][2];
#pragma clang loop unroll(full)
  for (int row = 0; row < rows; row++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sum[row][v] = finish.adds ? load(c + row * cStride + v * LANES, isWhole, lanes[v]) : _mm256_setzero_ps();
  }
  const float *element = a.elements;
  for (long k = 0; k < depth; k++, b += bStride, element += a.depthStride) {
    __m256 factor[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) factor[v] = load(b + v * LANES, isWhole, lanes[v]);
    if (fetchesNext) _mm_prefetch((const char *)(b + PANEL_WIDTH), _MM_HINT_T0);
#pragma clang loop unroll(full)
    for (int row = 0; row < rows; row++) {
      __m256 other = _mm256_broadcast_ss(element + row * a.rowStride);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[row][v] = _mm256_fmadd_ps(other, factor[v], sum[row][v]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    __m256 bias = finish.bias ? load(finish.bias + v * LANES, isWhole, lanes[v]) : _mm256_setzero_ps();
#pragma clang loop unroll(full)
    for (int row = 0; row < rows; row++) {
      __m256 result = _mm256_add_ps(sum[row][v], bias);
      if (finish.relu) result = _mm256_max_ps(_mm256_setzero_ps(), result);
      float *place = c + row * cStride + v * LANES;
      if (isWhole) _mm256_storeu_ps(place, result);
      else _mm256_maskstore_ps(place, lanes[v], result);
    }
  }
}

// All rows of up to 16 columns, in tiles of nearly equal height. The first tile of a deep B brings the next columns
// into the cache: one line of each of its rows, too far apart for the processor to foresee.
AVX2 static void columnsOfProduct(float *c, long cStride, Factor a, const float *b, long bStride, long rows, long depth,
                                  long columnCount, Finish finish) {
  _Bool isDeep = bStride > PANEL_WIDTH && depth > 32;
  long tileCount = (rows + 5) / 6;
  for (long index = 0, row = 0; index < tileCount; index++) {
    long height = (rows - row + tileCount - index - 1) / (tileCount - index);
    Factor part = {a.elements + row * a.rowStride, a.rowStride, a.depthStride};
    float *place = c + row * cStride;
#define TILE(height, ...)                                                                          \
  case height: tile(place, cStride, part, b, bStride, __VA_ARGS__, depth, columnCount, finish); break;
#define TILES(isWhole, fetchesNext, vectors)                                                                     \
  switch (height) {                                                                                              \
    TILE(1, isWhole, fetchesNext, 1, vectors) TILE(2, isWhole, fetchesNext, 2, vectors)                          \
    TILE(3, isWhole, fetchesNext, 3, vectors) TILE(4, isWhole, fetchesNext, 4, vectors)                          \
    TILE(5, isWhole, fetchesNext, 5, vectors) TILE(6, isWhole, fetchesNext, 6, vectors)                          \
  }
    if (columnCount == PANEL_WIDTH && index == 0 && isDeep) TILES(1, 1, 2)
    else if (columnCount == PANEL_WIDTH) TILES(1, 0, 2)
    else if (columnCount == LANES) TILES(1, 0, 1)
    else if (columnCount > LANES) TILES(0, 0, 2)
    else TILES(0, 0, 1)
#undef TILES
#undef TILE
    row += height;
  }
}

// Columns `first` to `end` of C = A B, or that added to C; B's rows are `bStride` apart.
AVX2 static void product(float *c, long cStride, Factor a, const float *b, long bStride, long rows, long depth,
                         long first, long end, _Bool adds) {
  float panel[PANEL_DEPTH * PANEL_WIDTH];
  _Bool isCopied = IS_WORTH_A_COPY(rows, depth, bStride);
  for (long column = first; column < end; column += PANEL_WIDTH) {
    long count = MINIMUM(end - column, PANEL_WIDTH);
    if (!isCopied || count < PANEL_WIDTH) {
      columnsOfProduct(c + column, cStride, a, b + column, bStride, rows, depth, count,
                       (Finish){.adds = adds});
      continue;
    }
    for (long k = 0; k < depth; k += PANEL_DEPTH) {
      long height = MINIMUM(depth - k, PANEL_DEPTH);
      for (long i = 0; i < height; i++) {
        const float *source = b + (k + i) * bStride + column;
        _mm256_storeu_ps(panel + i * PANEL_WIDTH, _mm256_loadu_ps(source));
        _mm256_storeu_ps(panel + i * PANEL_WIDTH + LANES, _mm256_loadu_ps(source + LANES));
      }
      Factor part = {a.elements + k * a.depthStride, a.rowStride, a.depthStride};
      columnsOfProduct(c + column, cStride, part, panel, PANEL_WIDTH, rows, height, count,
                       (Finish){.adds = adds || k > 0});
    }
  }
}

INLINE void transposeBlock(float *panel, const float *const source[8], long offset) {
  __m256 r[8], t[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(source[i] + offset);
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
  }
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; half++) {
    r[4 * half] = _mm256_shuffle_ps(t[4 * half], t[4 * half + 2], 0x44);
    r[4 * half + 1] = _mm256_shuffle_ps(t[4 * half], t[4 * half + 2], 0xEE);
    r[4 * half + 2] = _mm256_shuffle_ps(t[4 * half + 1], t[4 * half + 3], 0x44);
    r[4 * half + 3] = _mm256_shuffle_ps(t[4 * half + 1], t[4 * half + 3], 0xEE);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    _mm256_storeu_ps(panel + PANEL_WIDTH * i, _mm256_permute2f128_ps(r[i], r[4 + i], 0x20));
    _mm256_storeu_ps(panel + PANEL_WIDTH * (i + 4), _mm256_permute2f128_ps(r[i], r[4 + i], 0x31));
  }
}

// Row k of the panel holds element k of 16 rows of weights; of rows past the last that one again.
INLINE void transpose(float *panel, const float *weights, long inputs, long rowCount, long depth) {
  for (int half = 0; half < 2; half++) {
    const float *source[LANES];
    for (int u = 0; u < LANES; u++) source[u] = weights + MINIMUM(half * LANES + u, rowCount - 1) * inputs;
    long k = 0;
    for (; k + LANES <= depth; k += LANES) transposeBlock(panel + k * PANEL_WIDTH + half * LANES, source, k);
    for (; k < depth; k++) {
      for (int u = 0; u < LANES; u++) panel[k * PANEL_WIDTH + half * LANES + u] = source[u][k];
    }
  }
}

// Two rows by 4 units: the 8 sums over vectors of inputs are added up together.
INLINE void dotProducts(float *y, const float *x, const float *weights, const float *bias, _Bool relu, long rows,
                        long units, long inputs, long first, long end) {
  for (long unit = first; unit < end; unit += 4) {
    const float *w[4];
    float shifts[4];
    for (int u = 0; u < 4; u++) {
      long place = MINIMUM(unit + u, end - 1);
      w[u] = weights + place * inputs;
      shifts[u] = bias ? bias[place] : 0;
    }
    __m128 shift = _mm_loadu_ps(shifts);
    __m128i stored = _mm256_castsi256_si128(lanesBefore(end - unit));
    __m256i tail = lanesBefore(inputs % LANES);
    for (long row = 0; row < rows; row += 2) {
      const float *source[2] = {x + row * inputs, x + MINIMUM(row + 1, rows - 1) * inputs};
      __m256 sum[2][4];
#pragma clang loop unroll(full)
      for (int u = 0; u < 4; u++) sum[0][u] = sum[1][u] = _mm256_setzero_ps();
      long i = 0;
      for (; i + LANES <= inputs; i += LANES) {
        __m256 a0 = _mm256_loadu_ps(source[0] + i), a1 = _mm256_loadu_ps(source[1] + i);
#pragma clang loop unroll(full)
        for (int u = 0; u < 4; u++) {
          __m256 b = _mm256_loadu_ps(w[u] + i);
          sum[0][u] = _mm256_fmadd_ps(a0, b, sum[0][u]);
          sum[1][u] = _mm256_fmadd_ps(a1, b, sum[1][u]);
        }
      }
      if (i < inputs) {
        __m256 a0 = _mm256_maskload_ps(source[0] + i, tail), a1 = _mm256_maskload_ps(source[1] + i, tail);
#pragma clang loop unroll(full)
        for (int u = 0; u < 4; u++) {
          __m256 b = _mm256_maskload_ps(w[u] + i, tail);
          sum[0][u] = _mm256_fmadd_ps(a0, b, sum[0][u]);
          sum[1][u] = _mm256_fmadd_ps(a1, b, sum[1][u]);
        }
      }
#pragma clang loop unroll(full)
      for (int r = 0; r < 2; r++) {
        __m256 quarters = _mm256_hadd_ps(_mm256_hadd_ps(sum[r][0], sum[r][1]), _mm256_hadd_ps(sum[r][2], sum[r][3]));
        __m128 result = _mm_add_ps(_mm256_castps256_ps128(quarters), _mm256_extractf128_ps(quarters, 1));
        result = _mm_add_ps(result, shift);
        if (relu) result = _mm_max_ps(_mm_setzero_ps(), result);
        if (row + r < rows) _mm_maskstore_ps(y + (row + r) * units + unit, stored, result);
      }
    }
  }
}

AVX2 void bptrainFewRowsForwardAVX2(float *y, const float *x, const float *weights, const float *bias, _Bool relu,
                                    long rows, long units, long inputs, long first, long end) {
  if (rows < FEWEST_ROWS_OF_A_TRANSPOSE) {
    dotProducts(y, x, weights, bias, relu, rows, units, inputs, first, end);
    return;
  }
  float panel[PANEL_DEPTH * PANEL_WIDTH];
  for (long unit = first; unit < end; unit += PANEL_WIDTH) {
    long count = MINIMUM(end - unit, PANEL_WIDTH);
    for (long input = 0; input < inputs; input += PANEL_DEPTH) {
      long depth = MINIMUM(inputs - input, PANEL_DEPTH);
      _Bool isLast = input + depth == inputs;
      transpose(panel, weights + unit * inputs + input, inputs, count, depth);
      columnsOfProduct(y + unit, units, (Factor){x + input, inputs, 1}, panel, PANEL_WIDTH, rows, depth, count,
                       (Finish){.bias = isLast && bias ? bias + unit : 0, .adds = input > 0, .relu = isLast && relu});
    }
  }
}

AVX2 void bptrainFewRowsInputGradientAVX2(float *dx, const float *dy, const float *weights, long rows, long units,
                                          long inputs, long first, long end) {
  product(dx, inputs, (Factor){dy, units, 1}, weights, inputs, rows, units, first, end, 0);
}

AVX2 void bptrainFewRowsWeightGradientAVX2(float *dw, const float *dy, const float *x, _Bool adds, long rows, long units,
                                           long inputs, long first, long end) {
  product(dw + first * inputs, inputs, (Factor){dy + first, 1, units}, x, inputs, end - first, rows, 0, inputs, adds);
}
