// The optimizers' passes for one element type: included once with ELEMENT float and once with ELEMENT double.
// Element by element and without contraction, so that copies for different processors compute the same bits.

CLONES void NAME(Sgd)(ELEMENT *restrict values, const ELEMENT *restrict gradients, long count,
                      struct BptrainSgd sgd) {
  ELEMENT scale = (ELEMENT)sgd.gradientScale, decay = (ELEMENT)sgd.weightDecay, rate = (ELEMENT)sgd.learningRate;
  for (long i = 0; i < count; i++) values[i] -= rate * (gradients[i] * scale + decay * values[i]);
}

CLONES void NAME(SgdMomentum)(ELEMENT *restrict values, const ELEMENT *restrict gradients,
                              ELEMENT *restrict velocities, long count, struct BptrainSgd sgd) {
  ELEMENT scale = (ELEMENT)sgd.gradientScale, decay = (ELEMENT)sgd.weightDecay, rate = (ELEMENT)sgd.learningRate;
  ELEMENT momentum = (ELEMENT)sgd.momentum;
  if (sgd.isNesterov) {
    for (long i = 0; i < count; i++) {
      ELEMENT gradient = gradients[i] * scale + decay * values[i];
      ELEMENT velocity = momentum * velocities[i] + gradient;
      velocities[i] = velocity;
      values[i] -= rate * (gradient + momentum * velocity);
    }
  } else {
    for (long i = 0; i < count; i++) {
      ELEMENT velocity = momentum * velocities[i] + (gradients[i] * scale + decay * values[i]);
      velocities[i] = velocity;
      values[i] -= rate * velocity;
    }
  }
}

CLONES void NAME(Adam)(ELEMENT *restrict values, const ELEMENT *restrict gradients, ELEMENT *restrict firstMoments,
                       ELEMENT *restrict secondMoments, long count, struct BptrainAdam adam) {
  ELEMENT scale = (ELEMENT)adam.gradientScale, decay = (ELEMENT)adam.weightDecay, keep = (ELEMENT)adam.keptShare;
  ELEMENT share1 = (ELEMENT)adam.share1, beta2 = (ELEMENT)adam.beta2, share2 = (ELEMENT)adam.share2;
  ELEMENT step = (ELEMENT)adam.stepSize, correction = (ELEMENT)adam.deviationCorrection;
  ELEMENT epsilon = (ELEMENT)adam.epsilon;
  for (long i = 0; i < count; i++) {
    ELEMENT value = values[i] * keep;
    ELEMENT gradient = gradients[i] * scale + decay * value;
    ELEMENT first = firstMoments[i] + (gradient - firstMoments[i]) * share1;
    ELEMENT second = secondMoments[i] * beta2 + share2 * gradient * gradient;
    firstMoments[i] = first;
    secondMoments[i] = second;
    values[i] = value - step * first / (__builtin_elementwise_sqrt(second) * correction + epsilon);
  }
}

// The sum of squares in double precision, in sixteen partial sums.
CLONES double NAME(SquareSum)(const ELEMENT *gradients, long count) {
  WideVector sum = 0;
  long i = 0;
  for (; i + LANES <= count; i += LANES) {
    WideVector wide = __builtin_convertvector(*(const SIXTEEN *)(gradients + i), WideVector);
    sum += wide * wide;
  }
  double total = wideLaneSum(&sum);
  for (; i < count; i++) total += (double)gradients[i] * (double)gradients[i];
  return total;
}

// marks[c] becomes 1 where x [rows, columns] has a positive element in column c; the others stay.
CLONES void NAME(MarkPositive)(unsigned char *restrict marks, const ELEMENT *restrict x, long rows, long columns) {
  for (long row = 0; row < rows; row++) {
    for (long column = 0; column < columns; column++) marks[column] |= x[row * columns + column] > 0;
  }
}

// total[i] += copies[0][i], copies[1][i], ..., one after another, for first <= i < end. Returns the sum of the totals'
// squares as SquareSum adds them.
CLONES double NAME(AddCopies)(ELEMENT *restrict total, const ELEMENT *const *copies, long copyCount, long first,
                              long end) {
  WideVector squares = 0;
  long i = first;
  for (; i + LANES <= end; i += LANES) {
    SIXTEEN sum = *(const SIXTEEN *)(total + i);
    for (long copy = 0; copy < copyCount; copy++) sum += *(const SIXTEEN *)(copies[copy] + i);
    *(SIXTEEN *)(total + i) = sum;
    WideVector wide = __builtin_convertvector(sum, WideVector);
    squares += wide * wide;
  }
  double result = wideLaneSum(&squares);
  for (; i < end; i++) {
    for (long copy = 0; copy < copyCount; copy++) total[i] += copies[copy][i];
    result += (double)total[i] * (double)total[i];
  }
  return result;
}

// Not-a-number stays.
CLONES void NAME(Clip)(ELEMENT *gradients, long count, double limit) {
  ELEMENT upper = (ELEMENT)limit;
  for (long i = 0; i < count; i++) {
    ELEMENT gradient = gradients[i] > upper ? upper : gradients[i];
    gradients[i] = gradient < -upper ? -upper : gradient;
  }
}
