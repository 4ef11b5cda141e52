#include "Philox.h"
#include "../include/OwnKernels.h"

// In float64, eight at a time, and the same bits on every processor: no contraction, as in Vectors.h.
typedef double Doubles __attribute__((ext_vector_type(8), aligned(8)));

// log x for 2^-60 < x <= 1, to 1 ulp or so: x = 2^n m with m between the root of 1/2 and that of 2, and
// log m = 2 artanh((m - 1) / (m + 1)).
INLINE void logarithm(Doubles *x) {
  Words bits = (Words)*x;
  // The exponent grows by one where the fraction is above that of the root of 2.
  Words exponent = (bits + (0x3FF0000000000000u - 0x3FE6A09E667F3BCDu)) >> 52;
  Doubles m = (Doubles)(bits - ((exponent - 1023) << 52));
  Doubles n = __builtin_convertvector(exponent, Doubles) - 1023.0;
  Doubles s = (m - 1.0) / (m + 1.0);
  Doubles square = s * s;
  Doubles series = square * (1.0 / 21) + 1.0 / 19;
  series = series * square + 1.0 / 17;
  series = series * square + 1.0 / 15;
  series = series * square + 1.0 / 13;
  series = series * square + 1.0 / 11;
  series = series * square + 1.0 / 9;
  series = series * square + 1.0 / 7;
  series = series * square + 1.0 / 5;
  series = series * square + 1.0 / 3;
  // ln 2 in two parts, of which the first times n is exact.
  *x = n * 0x1.62E42FEFA3800p-1 + (2.0 * s + (2.0 * s * square * series + n * 0x1.EF35793C76730p-45));
}

// Sine and cosine of a turn's fraction 0 <= u < 1: Taylor series on either side of a quarter.
INLINE void sineAndCosine(const Doubles *u, Doubles *sine, Doubles *cosine) {
  Doubles shifted = *u * 4.0 + 0x1.8p52;  // The nearest whole number of quarters stands in the lowest bits.
  Words quarter = (Words)shifted;
  Doubles x = (*u - (shifted - 0x1.8p52) * 0.25) * 6.283185307179586477;
  Doubles square = x * x;
  Doubles odd = square * (1.0 / 355687428096000) - 1.0 / 1307674368000;
  odd = odd * square + 1.0 / 6227020800;
  odd = odd * square - 1.0 / 39916800;
  odd = odd * square + 1.0 / 362880;
  odd = odd * square - 1.0 / 5040;
  odd = odd * square + 1.0 / 120;
  odd = odd * square - 1.0 / 6;
  odd = odd * square * x + x;
  Doubles even = square * (1.0 / 20922789888000) - 1.0 / 87178291200;
  even = even * square + 1.0 / 479001600;
  even = even * square - 1.0 / 3628800;
  even = even * square + 1.0 / 40320;
  even = even * square - 1.0 / 720;
  even = even * square + 1.0 / 24;
  even = even * square - 0.5;
  even = even * square + 1.0;
  Words isOdd = 0 - (quarter & 1);
  Words sineSign = (quarter & 2) << 62, cosineSign = ((quarter + 1) & 2) << 62;
  *sine = (Doubles)((((Words)even & isOdd) | ((Words)odd & ~isOdd)) ^ sineSign);
  *cosine = (Doubles)((((Words)odd & isOdd) | ((Words)even & ~isOdd)) ^ cosineSign);
}

CLONES void bptrainNormals(double *result, long pairs, uint32_t key0, uint32_t key1, uint64_t lane, uint64_t first) {
  for (long start = 0; start < pairs; start += 8) {
    Words index = (Words){0, 1, 2, 3, 4, 5, 6, 7} + (first + (uint64_t)start);
    Words c0 = index & 0xFFFFFFFFu, c1 = index >> 32;
    Words c2 = (Words)(lane & 0xFFFFFFFFu), c3 = (Words)(lane >> 32);
    philox(&c0, &c1, &c2, &c3, key0, key1);
    Words low = (c1 << 32) | (c0 & 0xFFFFFFFFu), high = (c3 << 32) | (c2 & 0xFFFFFFFFu);
    Doubles radius = 1.0 - __builtin_convertvector(low >> 11, Doubles) * 0x1p-53;
    Doubles turn = __builtin_convertvector(high >> 11, Doubles) * 0x1p-53;
    Doubles sine, cosine;
    logarithm(&radius);
    radius = __builtin_elementwise_sqrt(-2.0 * radius);
    sineAndCosine(&turn, &sine, &cosine);
    sine *= radius;
    cosine *= radius;
    double lanes[16];
    *(Doubles *)lanes = __builtin_shufflevector(cosine, sine, 0, 8, 1, 9, 2, 10, 3, 11);
    *(Doubles *)(lanes + 8) = __builtin_shufflevector(cosine, sine, 4, 12, 5, 13, 6, 14, 7, 15);
    long count = MINIMUM(pairs - start, 8);
    memcpy(result + 2 * start, lanes, (size_t)count * 2 * sizeof(double));
  }
}
