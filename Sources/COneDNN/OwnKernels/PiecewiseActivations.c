// Activations for AVX-512, as polynomials of the fifth degree on equal intervals: an interval's coefficients are found
// by a permutation of registers, so that 16 elements take some 8 cycles, a quarter of what exponentials take.
//
// Row d of a table holds the coefficients of t^d, one for each interval; t is the distance from the interval's centre.
// Interval n is centred at n times the width, which has few bits, so that t is exact. Fitted by Chebyshev interpolation
// in double precision.
#include <immintrin.h>
#include "BFloat16.h"
#include "../include/ActivationShim.h"

#ifdef ROUNDS_BY_INSTRUCTION
#define AVX512 __attribute__((target("arch=x86-64-v4,avx512bf16")))
#else
#define AVX512 __attribute__((target("arch=x86-64-v4")))
#endif
#define INLINE static inline __attribute__((always_inline)) AVX512
#define LANES 16

#define GELU_WIDTH 0.390625f
#define GELU_LIMIT (15.4f * GELU_WIDTH)
#define GELU_TANH_WIDTH 0.1953125f
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

// The tail of GELU's gate by tanh, 1 - (1 + tanh(sqrt(2/π) (x + 0.044715 x³))) / 2.
static const float geluTanhTail[6][32] = {
    {0.5f, 0.422576544f, 0.348054841f, 0.27901051f, 0.217427816f, 0.164540843f, 0.120800113f, 0.0859541802f,
     0.0592124079f, 0.0394442142f, 0.0253729466f, 0.0157348681f, 0.00938931904f, 0.00537953537f, 0.00295223222f,
     0.00154779904f, 0.000773079971f, 0.00036678276f, 0.000164798868f, 6.99064607e-05f, 2.79084957e-05f,
     1.04529427e-05f, 3.66137709e-06f, 1.19556047e-06f, 3.62773624e-07f, 1.01965229e-07f, 2.64627896e-08f,
     6.32122237e-09f, 1.3853618e-09f, 2.77675029e-10f, 5.07383971e-11f, 8.42515342e-12f},
    {-0.39894228f, -0.391369143f, -0.369512024f, -0.335794893f, -0.293756102f, -0.247429453f, -0.20070466f,
     -0.156809899f, -0.118007521f, -0.0855219234f, -0.0596556416f, -0.0400167257f, -0.0257796548f, -0.0159223464f,
     -0.00940832549f, -0.00530552277f, -0.00284755695f, -0.00145035673f, -0.000698883168f, -0.000317609168f,
     -0.000135691028f, -5.43226938e-05f, -2.03134954e-05f, -7.07236878e-06f, -2.28522939e-06f, -6.83111346e-07f,
     -1.88306831e-07f, -4.77169767e-08f, -1.10798545e-08f, -2.35003081e-09f, -4.53854866e-10f, -7.95593215e-11f},
    {2.06351881e-14f, 0.0383992524f, 0.0724549365f, 0.0986393839f, 0.114849605f, 0.120660311f, 0.117180033f,
     0.106593064f, 0.0915582181f, 0.074649275f, 0.0579649408f, 0.042948946f, 0.0303888522f, 0.0205278804f,
     0.0132241511f, 0.00810981226f, 0.00472351801f, 0.0026058883f, 0.00135766522f, 0.000665917636f, 0.000306513719f,
     0.000131971447f, 5.29798854e-05f, 1.97674512e-05f, 6.83306925e-06f, 2.18138376e-06f, 6.41109726e-07f,
     1.72923978e-07f, 4.26720139e-08f, 9.60375905e-09f, 1.96515224e-09f, 3.64464517e-10f},
    {0.0668194137f, 0.0629905994f, 0.0522315379f, 0.0365391957f, 0.0186751474f, 0.00148773488f, -0.0127279837f,
     -0.0226362373f, -0.027939436f, -0.0291745315f, -0.0273642583f, -0.0236697567f, -0.0191375398f, -0.0145662002f,
     -0.0104722765f, -0.00711858932f, -0.00457224959f, -0.00277019903f, -0.00157944572f, -0.000845094622f,
     -0.000423073705f, -0.000197560831f, -8.57855359e-05f, -3.45314119e-05f, -1.28460456e-05f, -4.40307873e-06f,
     -1.38630734e-06f, -3.99730772e-07f, -1.05237855e-07f, -2.52211401e-08f, -5.48576313e-09f, -1.07963915e-09f},
    {-2.54249359e-12f, -0.00961926674f, -0.0174229326f, -0.022057028f, -0.0229620424f, -0.0204658385f, -0.0155971847f,
     -0.00969966912f, -0.00401605459f, 0.0005957076f, 0.00374833453f, 0.00545011247f, 0.00595583826f, 0.00562076135f,
     0.00479648942f, 0.00377390121f, 0.00276148668f, 0.00188541065f, 0.00120160799f, 0.000714035356f, 0.000394841088f,
     0.000202690863f, 9.63458754e-05f, 4.22921685e-05f, 1.70977793e-05f, 6.34876823e-06f, 2.15933449e-06f,
     6.70864334e-07f, 1.89858239e-07f, 4.88080055e-08f, 1.13657317e-08f, 2.39065726e-09f},
    {-0.0101837935f, -0.0092116989f, -0.0065430651f, -0.00285445778f, 0.00094404601f, 0.00399308325f, 0.00575092313f,
     0.00611917786f, 0.00537937326f, 0.00400377355f, 0.00245689971f, 0.0010725435f, 2.29907258e-05f, -0.000650854848f,
     -0.0009894055f, -0.00107082234f, -0.000982212636f, -0.000803174796f, -0.000596959808f, -0.000406458322f,
     -0.000254237916f, -0.000146150133f, -7.71540875e-05f, -3.73522136e-05f, -1.65544902e-05f, -6.70355607e-06f,
     -2.47493494e-06f, -8.31221465e-07f, -2.53363986e-07f, -6.99183228e-08f, -1.74246976e-08f, -3.91155509e-09f},
};

// The derivative of GELU by tanh at -x.
static const float geluTanhSlopeTail[6][32] = {
    {0.5f, 0.346137258f, 0.203714207f, 0.0822556906f, -0.012069139f, -0.0770894811f, -0.114400661f, -0.128434353f,
     -0.125174345f, -0.110887292f, -0.0911419786f, -0.070238566f, -0.051031747f, -0.0350482974f, -0.0227736577f,
     -0.0139957246f, -0.00812553544f, -0.00444885479f, -0.00229221225f, -0.0011087213f, -0.000502134582f,
     -0.000212354986f, -8.36231788e-05f, -3.05748507e-05f, -1.03492422e-05f, -3.23354119e-06f, -9.29783746e-07f,
     -2.45311674e-07f, -5.92077502e-08f, -1.30331011e-08f, -2.60858436e-09f, -4.73286313e-10f},
    {-0.797884561f, -0.767738546f, -0.682418516f, -0.555996558f, -0.408059455f, -0.259194026f, -0.126768511f,
     -0.0221544181f, 0.0501042325f, 0.0913947754f, 0.10711401f, 0.10451257f, 0.0908882593f, 0.0723983401f,
     0.0535028789f, 0.0369073903f, 0.0238269135f, 0.0144040719f, 0.00814837977f, 0.00430719536f, 0.00212330071f,
     0.000973964075f, 0.000414688627f, 0.00016346472f, 5.94953771e-05f, 1.99390646e-05f, 6.13580029e-06f,
     1.72880886e-06f, 4.44714826e-07f, 1.04138673e-07f, 2.21342288e-08f, 4.25750722e-09f},
    {2.80623078e-14f, 0.152105936f, 0.278573012f, 0.360146518f, 0.38831815f, 0.366339268f, 0.306793313f, 0.226935492f,
     0.143708874f, 0.0700980595f, 0.0135575905f, -0.0237120203f, -0.043394234f, -0.0493698601f, -0.046232996f,
     -0.0382363561f, -0.0286943469f, -0.0197761605f, -0.0125852487f, -0.00741053854f, -0.00403835404f,
     -0.00203500447f, -0.000946882684f, -0.000406056608f, -0.000160144383f, -5.7951801e-05f, -1.91950536e-05f,
     -5.80458779e-06f, -1.5983443e-06f, -3.99682169e-07f, -9.05126953e-08f, -1.85113998e-08f},
    {0.267277401f, 0.244428984f, 0.181639366f, 0.0943489815f, 0.00280895165f, -0.0741107746f, -0.124083221f,
     -0.143572773f, -0.136770894f, -0.112378177f, -0.0800294141f, -0.0477128017f, -0.0206157986f, -0.00111760925f,
     0.0105985585f, 0.0157484611f, 0.0162073002f, 0.013927132f, 0.0105448533f, 0.00718713909f, 0.00445230577f,
     0.00251771373f, 0.00130177003f, 0.000615512731f, 0.000265948389f, 0.000104870178f, 3.7676569e-05f,
     1.23085655e-05f, 3.64858643e-06f, 9.79084502e-07f, 2.37267678e-07f, 5.17943165e-08f},
    {-2.642844e-12f, -0.0570396672f, -0.0998058109f, -0.118551489f, -0.11104679f, -0.0827949322f, -0.0442934282f,
     -0.00670170972f, 0.0219005325f, 0.0381256127f, 0.0427042051f, 0.0387552005f, 0.030043623f, 0.0198442502f,
     0.0104632288f, 0.00319292381f, -0.00153111186f, -0.00390047773f, -0.00448151765f, -0.00396992551f,
     -0.0029913475f, -0.00198453007f, -0.00117683326f, -0.00062831143f, -0.000303055814f, -0.000132234756f,
     -5.22032972e-05f, -1.86334089e-05f, -6.00634827e-06f, -1.7457042e-06f, -4.56636615e-07f, -1.07279775e-07f},
    {-0.0610672698f, -0.0533374078f, -0.0326010885f, -0.0054213675f, 0.0198416785f, 0.0362234094f, 0.0407368298f,
     0.0349038085f, 0.0231329905f, 0.0102479039f, -0.000330288135f, -0.00712291245f, -0.0101759834f, -0.0103354586f,
     -0.00866873744f, -0.00615370343f, -0.0035567797f, -0.00139247862f, 8.53665121e-05f, 0.000858155734f,
     0.00107395161f, 0.000951734481f, 0.000693927118f, 0.000436424849f, 0.000241584669f, 0.000118867269f,
     5.22452898e-05f, 2.05612842e-05f, 7.2514996e-06f, 2.29144755e-06f, 6.48245824e-07f, 1.63967884e-07f},
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

#ifdef BFLOAT16_ELEMENTS
INLINE __m512 loadLanes(__mmask16 lanes, const Element *address) {
  __m512i bits = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, address));
  return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
}

#ifdef ROUNDS_BY_INSTRUCTION
INLINE void storeLanes(Element *address, __mmask16 lanes, __m512 x) {
  _mm256_mask_storeu_epi16(address, lanes, (__m256i)_mm512_cvtneps_pbh(x));
}
#else
// As `roundToBFloat16` rounds.
INLINE void storeLanes(Element *address, __mmask16 lanes, __m512 x) {
  __m512i bits = _mm512_castps_si512(x), upper = _mm512_srli_epi32(bits, 16);
  __m512i isOdd = _mm512_and_si512(upper, _mm512_set1_epi32(1));
  __m512i half = _mm512_add_epi32(isOdd, _mm512_set1_epi32(0x7FFF));
  __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, half), 16);
  __mmask16 isSubnormal = _mm512_testn_epi32_mask(bits, _mm512_set1_epi32(0x7F800000));
  rounded = _mm512_mask_and_epi32(rounded, isSubnormal, upper, _mm512_set1_epi32(0x8000));
  __mmask16 isNotANumber = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  rounded = _mm512_mask_or_epi32(rounded, isNotANumber, upper, _mm512_set1_epi32(0x40));
  _mm256_mask_storeu_epi16(address, lanes, _mm512_cvtepi32_epi16(rounded));
}
#endif
#else
INLINE __m512 loadLanes(__mmask16 lanes, const Element *address) { return _mm512_maskz_loadu_ps(lanes, address); }

INLINE void storeLanes(Element *address, __mmask16 lanes, __m512 x) { _mm512_mask_storeu_ps(address, lanes, x); }
#endif

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

struct Table32 {
  __m512 low[6], high[6];
};

INLINE struct Table32 loadTable32(const float table[6][32]) {
  struct Table32 loaded;
  for (int degree = 0; degree < 6; degree++) {
    loaded.low[degree] = _mm512_loadu_ps(table[degree]);
    loaded.high[degree] = _mm512_loadu_ps(table[degree] + LANES);
  }
  return loaded;
}

// What the table holds at a magnitude that is within its limit.
INLINE __m512 at(const struct Table32 *table, __m512 magnitude, float width) {
  __m512 distance;
  __m512i index = interval(magnitude, width, &distance);
  __m512 result = _mm512_permutex2var_ps(table->low[5], index, table->high[5]);
  for (int degree = 4; degree >= 0; degree--)
    result = _mm512_fmadd_ps(result, distance, _mm512_permutex2var_ps(table->low[degree], index, table->high[degree]));
  return result;
}

// x times a gate from 0 to 1, which is 0 to beyond rounding below the last interval, where infinity times 0 would be
// not-a-number.
INLINE __m512 gated(__m512 x, __m512 gate) {
  __mmask16 isInside = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-GELU_LIMIT), _CMP_NLE_UQ);
  return _mm512_maskz_mul_ps(isInside, x, gate);
}

AVX512 void KERNEL(Gelu512)(Element *result, const Element *u, long count) {
  struct Table16 table = loadTable16(normalTail);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = loadLanes(lanes, u + i);
    storeLanes(result + i, lanes, gated(x, complemented(atMagnitude(&table, x), x)));
  }
}

AVX512 void KERNEL(GeluGradient512)(Element *result, const Element *dh, const Element *u, long count) {
  struct Table16 table = loadTable16(geluSlopeTail);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = loadLanes(lanes, u + i);
    __m512 slope = complemented(atMagnitude(&table, x), x);
    storeLanes(result + i, lanes, _mm512_mul_ps(loadLanes(lanes, dh + i), slope));
  }
}

AVX512 void KERNEL(GeluTanh512)(Element *result, const Element *u, long count) {
  struct Table32 table = loadTable32(geluTanhTail);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = loadLanes(lanes, u + i);
    __m512 tail = at(&table, limitedMagnitude(x, GELU_LIMIT), GELU_TANH_WIDTH);
    storeLanes(result + i, lanes, gated(x, complemented(tail, x)));
  }
}

AVX512 void KERNEL(GeluTanhGradient512)(Element *result, const Element *dh, const Element *u, long count) {
  struct Table32 table = loadTable32(geluTanhSlopeTail);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = loadLanes(lanes, u + i);
    __m512 slope = complemented(at(&table, limitedMagnitude(x, GELU_LIMIT), GELU_TANH_WIDTH), x);
    storeLanes(result + i, lanes, _mm512_mul_ps(loadLanes(lanes, dh + i), slope));
  }
}

AVX512 void KERNEL(Tanh512)(Element *result, const Element *u, long count) {
  struct Table32 table = loadTable32(tanhOverX);
  const __m512i sign = _mm512_set1_epi32((int)0x80000000);
  for (long i = 0; i < count; i += LANES) {
    __mmask16 lanes = lanesBefore(count - i);
    __m512 x = loadLanes(lanes, u + i);
    __m512 magnitude = limitedMagnitude(x, TANH_LIMIT), ratio = at(&table, magnitude, TANH_WIDTH);
    __m512i tanh = _mm512_castps_si512(_mm512_min_ps(_mm512_set1_ps(1), _mm512_mul_ps(ratio, magnitude)));
    __m512i signs = _mm512_and_si512(_mm512_castps_si512(x), sign);
    storeLanes(result + i, lanes, _mm512_castsi512_ps(_mm512_or_si512(tanh, signs)));
  }
}
