// SHA-256's compression function (FIPS 180-4), by the instructions that processors have for it and without.
#include "../include/OwnKernels.h"
#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t roundConstants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

int bptrainHasSHA256(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  return (b >> 29 & 1) && __builtin_cpu_supports("sse4.1");
}

__attribute__((target("sha,sse4.1"))) static void compressByInstructions(uint32_t *state, const void *message,
                                                                         long blockCount) {
  // The instructions want the state as (a b e f) and (c d g h), highest word first.
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
  __m128i abef = _mm_alignr_epi8(low, high, 8);
  __m128i cdgh = _mm_blend_epi16(high, low, 0xF0);
  const __m128i bigEndian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i *block = (const __m128i *)message;
  for (; blockCount > 0; blockCount--, block += 4) {
    const __m128i abefBefore = abef, cdghBefore = cdgh;
    // The last sixteen words of the message schedule, four a vector.
    __m128i words[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) words[i] = _mm_shuffle_epi8(_mm_loadu_si128(block + i), bigEndian);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      if (i >= 4) {
        const __m128i latest = words[(i + 3) & 3];
        const __m128i early = _mm_sha256msg1_epu32(words[i & 3], words[(i + 1) & 3]);
        const __m128i middle = _mm_alignr_epi8(latest, words[(i + 2) & 3], 4);
        words[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(early, middle), latest);
      }
      const __m128i constants = _mm_loadu_si128((const __m128i *)(roundConstants + 4 * i));
      const __m128i added = _mm_add_epi32(words[i & 3], constants);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, added);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(added, 0x0E));
    }
    abef = _mm_add_epi32(abef, abefBefore);
    cdgh = _mm_add_epi32(cdgh, cdghBefore);
  }
  low = _mm_shuffle_epi32(abef, 0x1B);
  high = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xF0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

static inline uint32_t rotated(uint32_t word, int count) { return word >> count | word << (32 - count); }

static void compress(uint32_t *state, const unsigned char *message, long blockCount) {
  for (; blockCount > 0; blockCount--, message += 64) {
    uint32_t words[16], s[8];
    for (int i = 0; i < 16; i++) {
      uint32_t word;
      memcpy(&word, message + 4 * i, 4);
      words[i] = __builtin_bswap32(word);
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
      if (i >= 16) {
        const uint32_t early = words[(i + 1) & 15], late = words[(i + 14) & 15];
        words[i & 15] += words[(i + 9) & 15] + (rotated(early, 7) ^ rotated(early, 18) ^ early >> 3) +
                         (rotated(late, 17) ^ rotated(late, 19) ^ late >> 10);
      }
      const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
      const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      const uint32_t first = s[7] + (rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25)) + choice +
                             roundConstants[i] + words[i & 15];
      const uint32_t second = (rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22)) + majority;
      memmove(s + 1, s, 7 * sizeof *s);
      s[4] += first;
      s[0] = first + second;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
  }
}

void bptrainSHA256(uint32_t *state, const void *message, long blockCount, int usesInstructions) {
  if (usesInstructions) compressByInstructions(state, message, blockCount);
  else compress(state, message, blockCount);
}
