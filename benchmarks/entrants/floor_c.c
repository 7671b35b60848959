// One client's epoch of SGD on the 2NN: 784 - 200 - 200 - 10, ReLU, softmax and cross-entropy.
//
// Most pixels of a digit are black, and about half of the hidden units are off. Zeros change nothing
// and are skipped, which a matrix product can't do: this is what the machine could do.
//
// floor_c.py compiles it. The weights are updated in place, in Keras's order and layout.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = 784, HIDDEN = 200, CLASSES = 10, MOST_BATCH = 64 };

typedef struct {
    int count;
    int index[PIXELS];
    float value[PIXELS];
} sparse;

typedef struct {
    sparse input, first, second;
    float first_error[HIDDEN], second_error[HIDDEN], error[CLASSES];
} example;

static void keep_nonzero(const float *values, int n, sparse *out) {
    out->count = 0;
    for (int i = 0; i < n; i++)
        if (values[i] > 0) {
            out->index[out->count] = i;
            out->value[out->count++] = values[i];
        }
}

// out = bias + in * kernel
static inline void forward(const sparse *in, const float *kernel, const float *bias, int n,
                           float *restrict out) {
    memcpy(out, bias, n * sizeof(float));
    for (int k = 0; k < in->count; k++) {
        const float *row = kernel + (size_t)in->index[k] * n, x = in->value[k];
        for (int j = 0; j < n; j++) out[j] += x * row[j];
    }
}

// below = kernel * above, for the units that were on
static inline void backward(const sparse *on, const float *kernel, const float *above, int n,
                            float *restrict below) {
    memset(below, 0, HIDDEN * sizeof(float));
    for (int k = 0; k < on->count; k++) {
        const float *row = kernel + (size_t)on->index[k] * n;
        float sum = 0;
        for (int j = 0; j < n; j++) sum += row[j] * above[j];
        below[on->index[k]] = sum;
    }
}

// kernel += rate * in * error, and the same for the bias
static inline void step(const sparse *in, const float *error, int n, float rate,
                        float *restrict kernel, float *restrict bias) {
    for (int k = 0; k < in->count; k++) {
        float *row = kernel + (size_t)in->index[k] * n, x = rate * in->value[k];
        for (int j = 0; j < n; j++) row[j] += x * error[j];
    }
    for (int j = 0; j < n; j++) bias[j] += rate * error[j];
}

int train(float *w1, float *b1, float *w2, float *b2, float *w3, float *b3, const float *x,
          const int32_t *y, const int64_t *order, int n, int batch_size, float learning_rate) {
    example *batch = malloc(MOST_BATCH * sizeof(example));
    if (!batch || batch_size > MOST_BATCH) return 1;
    float units[HIDDEN];
    for (int start = 0; start < n; start += batch_size) {
        int size = n - start < batch_size ? n - start : batch_size;
        for (int e = 0; e < size; e++) {
            example *b = batch + e;
            int64_t row = order[start + e];
            keep_nonzero(x + row * PIXELS, PIXELS, &b->input);
            forward(&b->input, w1, b1, HIDDEN, units);
            keep_nonzero(units, HIDDEN, &b->first);
            forward(&b->first, w2, b2, HIDDEN, units);
            keep_nonzero(units, HIDDEN, &b->second);
            forward(&b->second, w3, b3, CLASSES, b->error);
            float most = b->error[0], sum = 0;
            for (int j = 1; j < CLASSES; j++) most = fmaxf(most, b->error[j]);
            for (int j = 0; j < CLASSES; j++) sum += b->error[j] = expf(b->error[j] - most);
            for (int j = 0; j < CLASSES; j++) b->error[j] /= sum;
            b->error[y[row]] -= 1;
            backward(&b->second, w3, b->error, CLASSES, b->second_error);
            backward(&b->first, w2, b->second_error, HIDDEN, b->first_error);
        }
        for (int e = 0; e < size; e++) {
            example *b = batch + e;
            float rate = -learning_rate / size;
            step(&b->input, b->first_error, HIDDEN, rate, w1, b1);
            step(&b->first, b->second_error, HIDDEN, rate, w2, b2);
            step(&b->second, b->error, CLASSES, rate, w3, b3);
        }
    }
    free(batch);
    return 0;
}
