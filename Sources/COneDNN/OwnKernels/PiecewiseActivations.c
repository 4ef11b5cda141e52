// Activations for AVX-512, as polynomials of the fifth degree on equal intervals: an interval's coefficients are found by
// a permutation of registers, so that 16 elements take some 8 cycles, a quarter of what exponentials take.
//
// Row d of a table holds the coefficients of t^d, one for each interval; t is the distance from the interval's centre.
// Interval n is centred at n times the width, which has few bits, so that t is exact. Fitted by Chebyshev interpolation
// in double precision.
#include "../include/ActivationShim.h"
#include <immintrin.h>

#define AVX512 __attribute__((target("arch=x86-64-v4")))
#define INLINE static inline __attribute__((always_inline)) AVX512
#define LANES 16

#define GELU_WIDTH 0.390625f
#define GELU_LIMIT (15.4f * GELU_WIDTH)
#define TANH_WIDTH 0.296875f
#define TANH_LIMIT (31.4f * TANH_WIDTH)

// The normal distribution's tail, 1 - Φ(x).
static const float normalTail[6][16] = {
    {0.5f, 0.348037213f, 0.217327744f, 0.120623626f, 0.0590851232f, 0.0254023895f, 0.0095454799f, 0.00312494067f,
     0.00088902557f, 0.000219360401f, 4.686994e-05f, 8.6612099e-06f, 1.38283497e-06f, 1.90594207e-07f,
     2.26620731e-08f, 2.32323472e-09f},
    {-0.398942262f, -0.369637489f, -0.294018f, -0.200772271f, -0.117697015f, -0.0592323653f, -0.0255908445f,
     -0.00949165784f, -0.0030222577f, -0.000826138654f, -0.000193868167f, -3.90564128e-05f, -6.75477168e-06f,
     -1.00290958e-06f, -1.27833928e-07f, -1.39882754e-08f},
    {9.77527013e-15f, 0.0721926242f, 0.114848368f, 0.117639154f, 0.0919515043f, 0.0578452311f, 0.0299899373f,
     0.0129769938f, 0.00472214352f, 0.00145205122f, 0.000378566299f, 8.38771884e-05f, 1.58213006e-05f,
     2.54394467e-06f, 3.49045195e-07f, 4.08989003e-08f},
    {0.0664888769f, 0.0522050932f, 0.0190944634f, -0.0124900164f, -0.0282742735f, -0.0277869515f, -0.0191643294f,
     -0.0102461772f, -0.00441538775f, -0.00156407489f, -0.000460684736f, -0.000113654554f, -2.36033429e-05f,
     -4.14107535e-06f, -6.15396061e-07f, -7.7620335e-08f},
    {-3.236878e-13f, -0.0169766303f, -0.0227025766f, -0.0158881824f, -0.00433026534f, 0.00384842767f, 0.00618418958f,
     0.00483315066f, 0.00267188111f, 0.00114283781f, 0.000392554008f, 0.000110420362f, 2.57353986e-05f,
     5.00823853e-06f, 8.18161197e-07f, 1.12639164e-07f},
    {-0.00989467092f, -0.00645118393f, 0.000682054029f, 0.00555543182f, 0.0055476632f, 0.00263867411f,
     -2.75955044e-05f, -0.00109821698f, -0.000998701784f, -0.000563280599f, -0.000234965293f, -7.69038088e-05f,
     -2.031435e-05f, -4.4009289e-06f, -7.89949866e-07f, -1.18301763e-07f},
};

// GELU's derivative at -x, 1 - Φ(x) - x φ(x).
static const float geluSlopeTail[6][16] = {
    {0.5f, 0.203647614f, -0.0123737892f, -0.114656374f, -0.124816477f, -0.0902858377f, -0.0504330657f, -0.0228288099f,
     -0.00855552778f, -0.00268503185f, -0.000710427179f, -0.000159159288f, -3.02801946e-05f, -4.90232605e-06f,
     -6.76435945e-07f, -7.9640742e-08f},
    {-0.797884524f, -0.682872772f, -0.408581674f, -0.125825822f, 0.051952187f, 0.107488826f, 0.0893930346f,
     0.051983986f, 0.02346972f, 0.00855847728f, 0.00257045403f, 0.000642989529f, 0.000134910209f, 2.38564244e-05f,
     3.56745932e-06f, 4.52267216e-07f},
    {3.0869273e-15f, 0.277746499f, 0.389288783f, 0.309005737f, 0.143323079f, 0.0107257543f, -0.0447779484f,
     -0.0451201946f, -0.0272286385f, -0.0121403811f, -0.00426307041f, -0.00121345127f, -0.000284446229f,
     -5.54485523e-05f, -9.04723584e-06f, -1.24127564e-06f},
    {0.265949517f, 0.182051778f, 0.00490999222f, -0.124708325f, -0.13984929f, -0.0804701224f, -0.0182462279f,
     0.0119668366f, 0.0156197194f, 0.00967227761f, 0.00420125946f, 0.00140370126f, 0.000374834781f, 8.16277388e-05f,
     1.46743914e-05f, 2.19531239e-06f},
    {-1.07895931e-13f, -0.0971605033f, -0.110534295f, -0.0468366593f, 0.0215421226f, 0.044862628f, 0.0305476096f,
     0.00916863978f, -0.00221707835f, -0.00417210395f, -0.00262220623f, -0.00109996868f, -0.000347856112f,
     -8.69215073e-05f, -1.75782643e-05f, -2.91832407e-06f},
    {-0.0592110045f, -0.0323471017f, 0.0177843869f, 0.0404735319f, 0.0251080226f, -0.000207097881f, -0.0115508605f,
     -0.00892131124f, -0.00291874632f, 0.000357938552f, 0.000940534519f, 0.000574843609f, 0.000226518285f,
     6.63356768e-05f, 1.52173379e-05f, 2.8078091e-06f},
};

// tanh(x) / x.
static const float tanhOverX[6][32] = {
    {1.0f, 0.971621752f, 0.896989107f, 0.799104333f, 0.698780537f, 0.607854784f, 0.530430555f, 0.466358334f,
     0.413829476f, 0.370709568f, 0.33506918f, 0.305328965f, 0.280250341f, 0.258879095f, 0.240483433f, 0.224500537f,
     0.210494801f, 0.198126033f, 0.187125966f, 0.177280843f, 0.168418705f, 0.160399765f, 0.153109401f, 0.14645274f,
     0.140350699f, 0.134736747f, 0.1295546f, 0.124756306f, 0.12030074f, 0.116152443f, 0.112280697f, 0.108658738f},
    {-2.32229393e-15f, -0.18467465f, -0.304232985f, -0.343157321f, -0.326190978f, -0.28427586f, -0.23754847f,
     -0.195181608f, -0.159921616f, -0.131660059f, -0.109328911f, -0.0917181745f, -0.0777646527f, -0.0666177869f,
     -0.0576245897f, -0.0502924398f, -0.0442516729f, -0.0392244123f, -0.0350006372f, -0.0314203501f, -0.0283605661f,
     -0.0257258173f, -0.0234412868f, -0.0214477703f, -0.0196979791f, -0.0181538109f, -0.0167842992f, -0.015564085f,
     -0.0144722406f, -0.0134913754f, -0.0126069477f, -0.0118067181f},
    {-0.3333188f, -0.268713921f, -0.130173922f, -0.00904738717f, 0.0570661724f, 0.0785232931f, 0.0764475241f,
     0.0655927435f, 0.0532589257f, 0.0422586836f, 0.0333087072f, 0.0263114423f, 0.0209280122f, 0.0168014914f,
     0.0136285853f, 0.0111720553f, 0.00925312378f, 0.00773925986f, 0.00653273845f, 0.00556142582f, 0.00477182493f,
     0.00412397925f, 0.00358779565f, 0.00314040482f, 0.00276426482f, 0.00244579418f, 0.00217438163f, 0.00194166368f,
     0.0017409923f, 0.0015670408f, 0.00141550857f, 0.00128289871f},
    {4.31979566e-13f, 0.132700667f, 0.159282401f, 0.10611666f, 0.0451091379f, 0.00730772922f, -0.00922294706f,
     -0.0138515458f, -0.0133637898f, -0.0112269064f, -0.00889925286f, -0.00688098697f, -0.0052760276f,
     -0.00404744176f, -0.00312189898f, -0.0024277356f, -0.00190602907f, -0.00151164108f, -0.00121111074f,
     -0.000979999546f, -0.000800548994f, -0.000659845769f, -0.000548460579f, -0.000459464005f, -0.000387724605f,
     -0.000329410075f, -0.000281633023f, -0.000242198555f, -0.00020942335f, -0.000182005315f, -0.000158928786f,
     -0.000139395212f},
    {0.131568059f, 0.0722909048f, -0.0212529562f, -0.0553924143f, -0.0426834784f, -0.0216882173f, -0.00777955586f,
     -0.00110778061f, 0.00139092293f, 0.00198716321f, 0.00185969658f, 0.00152594771f, 0.00118439621f,
     0.000897094782f, 0.000673405128f, 0.000505225325f, 0.000380690268f, 0.000288904761f, 0.000221163456f,
     0.000170917483f, 0.000133380687f, 0.000105101666f, 8.36033432e-05f, 6.71070666e-05f, 5.43309179e-05f,
     4.43456338e-05f, 3.64727784e-05f, 3.02130939e-05f, 2.51961192e-05f, 2.11446095e-05f, 1.78493065e-05f,
     1.5150943e-05f},
    {-1.80692232e-11f, -0.0675720647f, -0.0467700288f, -0.00211003004f, 0.0145362755f, 0.0122629339f, 0.00660042372f,
     0.00275897468f, 0.000855272287f, 7.14001071e-05f, -0.000190325387f, -0.000239554138f, -0.000214707165f,
     -0.000171723485f, -0.000130691187f, -9.72531489e-05f, -7.17446892e-05f, -5.28755954e-05f, -3.91089816e-05f,
     -2.91098859e-05f, -2.18397909e-05f, -1.65305664e-05f, -1.26280775e-05f, -9.73723763e-06f, -7.57755106e-06f,
     -5.94978746e-06f, -4.71195517e-06f, -3.76231515e-06f, -3.02747617e-06f, -2.45411434e-06f, -2.00317072e-06f,
     -1.64580194e-06f},
};

// The interval of x >= 0, in the lowest bits, and the distance from its centre; not-a-number stays.
INLINE __m512i interval(__m512 x, float width, __m512 *distance) {
  const __m512 shift = _mm512_set1_ps(12582912.0f);  // 1.5 * 2^23: the nearest integer stands in the lowest bits
  __m512 shifted = _mm512_fmadd_ps(x, _mm512_set1_ps(1 / width), shift);
  *distance = _mm512_fnmadd_ps(_mm512_sub_ps(shifted, shift), _mm512_set1_ps(width), x);
  return _mm512_castps_si512(shifted);
}

// |x|, at most `limit`; not-a-number stays.
INLINE __m512 limitedMagnitude(__m512 x, float limit) {
  return _mm512_min_ps(_mm512_set1_ps(limit), _mm512_abs_ps(x));
}

INLINE __mmask16 lanesBefore(long count) { return count >= LANES ? 0xFFFF : (__mmask16)((1u << count) - 1); }

struct Table16 {
  __m512 row[6];
};

INLINE struct Table16 loadTable16(const float table[6][16]) {
  struct Table16 loaded;
  for (int degree = 0; degree < 6; degree++) loaded.row[degree] = _mm512_loadu_ps(table[degree]);
  return loaded;
}

// What the table holds at |x|.
INLINE __m512 atMagnitude(const struct Table16 *table, __m512 x) {
  __m512 distance;
  __m512i index = interval(limitedMagnitude(x, GELU_LIMIT), GELU_WIDTH, &distance);
  __m512 result = _mm512_permutexvar_ps(index, table->row[5]);
  for (int degree = 4; degree >= 0; degree--)
    result = _mm512_fmadd_ps(result, distance, _mm512_permutexvar_ps(index, table->row[degree]));
  return result;
}

// A function f with f(x) + f(-x) = 1 from its values at -|x|.
INLINE __m512 complemented(__m512 tail, __m512 x) {
  __mmask16 isNegative = _mm512_movepi32_mask(_mm512_castps_si512(x));
  return _mm512_mask_sub_ps(tail, (__mmask16)~isNegative, _mm512_set1_ps(1), tail);
}

AVX512 void bptrainGelu512(float *result, const float *u, long count) {
  struct Table16 table = loadTable16(normalTail);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = _mm512_maskz_loadu_ps(lanes, u + i);
    __m512 gate = complemented(atMagnitude(&table, x), x);
    // Below the last interval it is 0 to beyond rounding, and infinity times 0 would be not-a-number.
    __mmask16 isInside = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-GELU_LIMIT), _CMP_NLE_UQ);
    _mm512_mask_storeu_ps(result + i, lanes, _mm512_maskz_mul_ps(isInside, x, gate));
  }
}

AVX512 void bptrainGeluGradient512(float *result, const float *dh, const float *u, long count) {
  struct Table16 table = loadTable16(geluSlopeTail);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = _mm512_maskz_loadu_ps(lanes, u + i);
    __m512 slope = complemented(atMagnitude(&table, x), x);
    _mm512_mask_storeu_ps(result + i, lanes, _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, dh + i), slope));
  }
}

AVX512 void bptrainTanh512(float *result, const float *u, long count) {
  __m512 low[6], high[6];
  for (int degree = 0; degree < 6; degree++) {
    low[degree] = _mm512_loadu_ps(tanhOverX[degree]);
    high[degree] = _mm512_loadu_ps(tanhOverX[degree] + LANES);
  }
  const __m512i sign = _mm512_set1_epi32((int)0x80000000);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = _mm512_maskz_loadu_ps(lanes, u + i), distance;
    __m512 magnitude = limitedMagnitude(x, TANH_LIMIT);
    __m512i index = interval(magnitude, TANH_WIDTH, &distance);
    __m512 ratio = _mm512_permutex2var_ps(low[5], index, high[5]);
    for (int degree = 4; degree >= 0; degree--)
      ratio = _mm512_fmadd_ps(ratio, distance, _mm512_permutex2var_ps(low[degree], index, high[degree]));
    __m512i tanh = _mm512_castps_si512(_mm512_min_ps(_mm512_set1_ps(1), _mm512_mul_ps(ratio, magnitude)));
    __m512i signs = _mm512_and_si512(_mm512_castps_si512(x), sign);
    _mm512_mask_storeu_ps(result + i, lanes, _mm512_castsi512_ps(_mm512_or_si512(tanh, signs)));
  }
}
