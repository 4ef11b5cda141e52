// The three products of a linear layer for few rows, with AVX-512. Weights are read once, as they stand:
// with so few rows a change of their layout would take as long as the product.
//
// Each computes units or inputs from `first` to `end`, so that threads may have some each.
#include "../include/OwnKernels.h"
#include <immintrin.h>

#define AVX512 __attribute__((target("arch=x86-64-v4")))
#define INLINE static inline __attribute__((always_inline)) AVX512
#define LANES 16
#define MINIMUM(a, b) ((a) < (b) ? (a) : (b))

INLINE __mmask16 lanesBefore(long count) {
  return count >= LANES ? 0xFFFF : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

// Lane n of the result is the sum of all lanes of vector n.
INLINE __m512 laneSums(__m512 v[16]) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++)
    v[i] = _mm512_add_ps(_mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]), _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]));
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    __m512d a = _mm512_castps_pd(v[2 * i]), b = _mm512_castps_pd(v[2 * i + 1]);
    v[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)), _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++)
    v[i] = _mm512_add_ps(_mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0x88),
                         _mm512_shuffle_f32x4(v[2 * i], v[2 * i + 1], 0xDD));
  return _mm512_add_ps(_mm512_shuffle_f32x4(v[0], v[1], 0x88), _mm512_shuffle_f32x4(v[0], v[1], 0xDD));
}

// Two rows by 8 units: the 16 sums over vectors of inputs are added up together. Of units or rows past the end the last
// one is computed again.
AVX512 void bptrainFewRowsForwardAVX512(float *y, const float *x, const float *weights, const float *bias, _Bool relu,
                                  long rows, long units, long inputs, long first, long end) {
  for (long unit = first; unit < end; unit += 8) {
    __mmask8 stored = (__mmask8)lanesBefore(MINIMUM(end - unit, 8));
    __m256 shift = bias ? _mm256_maskz_loadu_ps(stored, bias + unit) : _mm256_setzero_ps();
    const float *w[8];
    for (int u = 0; u < 8; u++) w[u] = weights + MINIMUM(unit + u, end - 1) * inputs;
    for (long row = 0; row < rows; row += 2) {
      const float *x0 = x + row * inputs, *x1 = x + MINIMUM(row + 1, rows - 1) * inputs;
      __m512 sum[16];
#pragma clang loop unroll(full)
      for (int u = 0; u < 16; u++) sum[u] = _mm512_setzero_ps();
      long i = 0;
      for (; i + LANES <= inputs; i += LANES) {
        __m512 a0 = _mm512_loadu_ps(x0 + i), a1 = _mm512_loadu_ps(x1 + i);
#pragma clang loop unroll(full)
        for (int u = 0; u < 8; u++) {
          __m512 b = _mm512_loadu_ps(w[u] + i);
          sum[u] = _mm512_fmadd_ps(a0, b, sum[u]);
          sum[u + 8] = _mm512_fmadd_ps(a1, b, sum[u + 8]);
        }
      }
      if (i < inputs) {
        __mmask16 lanes = lanesBefore(inputs - i);
        __m512 a0 = _mm512_maskz_loadu_ps(lanes, x0 + i), a1 = _mm512_maskz_loadu_ps(lanes, x1 + i);
#pragma clang loop unroll(full)
        for (int u = 0; u < 8; u++) {
          __m512 b = _mm512_maskz_loadu_ps(lanes, w[u] + i);
          sum[u] = _mm512_fmadd_ps(a0, b, sum[u]);
          sum[u + 8] = _mm512_fmadd_ps(a1, b, sum[u + 8]);
        }
      }
      __m512 sums = laneSums(sum);
      __m256 result[2] = {_mm512_castps512_ps256(sums), _mm512_extractf32x8_ps(sums, 1)};
      for (int r = 0; r < 2 && row + r < rows; r++) {
        result[r] = _mm256_add_ps(result[r], shift);
        if (relu) result[r] = _mm256_max_ps(_mm256_setzero_ps(), result[r]);
        _mm256_mask_storeu_ps(y + (row + r) * units + unit, stored, result[r]);
      }
    }
  }
}

// Rows of dy, at most 8, times the weights: 3 vectors of inputs at a time.
INLINE void inputGradientTile(float *dx, const float *dy, const float *weights, const int rows, long units, long inputs,
                              long first, long end) {
  for (long input = first; input < end; input += 3 * LANES) {
    __mmask16 lanes[3];
    __m512 sum[8][3];
#pragma clang loop unroll(full)
    for (int v = 0; v < 3; v++) {
      lanes[v] = lanesBefore(end - input - v * LANES);
#pragma clang loop unroll(full)
      for (int row = 0; row < rows; row++) sum[row][v] = _mm512_setzero_ps();
    }
    const float *w = weights + input;
    for (long unit = 0; unit < units; unit++, w += inputs) {
      __m512 b0 = _mm512_maskz_loadu_ps(lanes[0], w), b1 = _mm512_maskz_loadu_ps(lanes[1], w + LANES),
             b2 = _mm512_maskz_loadu_ps(lanes[2], w + 2 * LANES);
#pragma clang loop unroll(full)
      for (int row = 0; row < rows; row++) {
        __m512 a = _mm512_set1_ps(dy[row * units + unit]);
        sum[row][0] = _mm512_fmadd_ps(a, b0, sum[row][0]);
        sum[row][1] = _mm512_fmadd_ps(a, b1, sum[row][1]);
        sum[row][2] = _mm512_fmadd_ps(a, b2, sum[row][2]);
      }
    }
#pragma clang loop unroll(full)
    for (int row = 0; row < rows; row++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < 3; v++)
        _mm512_mask_storeu_ps(dx + row * inputs + input + v * LANES, lanes[v], sum[row][v]);
    }
  }
}

AVX512 void bptrainFewRowsInputGradientAVX512(float *dx, const float *dy, const float *weights, long rows, long units,
                                        long inputs, long first, long end) {
  long row = 0;
  for (; row + 8 <= rows; row += 8)
    inputGradientTile(dx + row * inputs, dy + row * units, weights, 8, units, inputs, first, end);
  for (; row + 4 <= rows; row += 4)
    inputGradientTile(dx + row * inputs, dy + row * units, weights, 4, units, inputs, first, end);
  for (; row < rows; row++)
    inputGradientTile(dx + row * inputs, dy + row * units, weights, 1, units, inputs, first, end);
}

// A block of 6 units by 4 vectors of inputs; of units past the end the last one is computed again.
AVX512 void bptrainFewRowsWeightGradientAVX512(float *dw, const float *dy, const float *x, _Bool adds, long rows, long units,
                                         long inputs, long first, long end) {
  for (long unit = first; unit < end; unit += 6) {
    long place[6];
    for (int u = 0; u < 6; u++) place[u] = MINIMUM(unit + u, end - 1);
    for (long input = 0; input < inputs; input += 4 * LANES) {
      __mmask16 lanes[4];
      __m512 sum[6][4];
#pragma clang loop unroll(full)
      for (int v = 0; v < 4; v++) {
        lanes[v] = lanesBefore(inputs - input - v * LANES);
#pragma clang loop unroll(full)
        for (int u = 0; u < 6; u++)
          sum[u][v] = adds ? _mm512_maskz_loadu_ps(lanes[v], dw + place[u] * inputs + input + v * LANES)
                           : _mm512_setzero_ps();
      }
      for (long row = 0; row < rows; row++) {
        const float *source = x + row * inputs + input;
        __m512 b[4];
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) b[v] = _mm512_maskz_loadu_ps(lanes[v], source + v * LANES);
#pragma clang loop unroll(full)
        for (int u = 0; u < 6; u++) {
          __m512 a = _mm512_set1_ps(dy[row * units + place[u]]);
#pragma clang loop unroll(full)
          for (int v = 0; v < 4; v++) sum[u][v] = _mm512_fmadd_ps(a, b[v], sum[u][v]);
        }
      }
#pragma clang loop unroll(full)
      for (int u = 0; u < 6; u++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++)
          _mm512_mask_storeu_ps(dw + place[u] * inputs + input + v * LANES, lanes[v], sum[u][v]);
      }
    }
  }
}
