// llm.c's training step (karpathy/llm.c, train_gpt2.c: fp32 on the CPU, OpenMP) under gpt_llmc.py, which
// builds it with llm.c's own flags:   llmc_step MODEL BATCH BATCH_SIZE LENGTH THREADS BIASES
// MODEL is llm.c's checkpoint, BATCH two [BATCH_SIZE, LENGTH] of int32, tokens and targets. Each line read is
// a number of steps; each step is answered by a line "LOSS SECONDS", on one thread of the time that it ran.
#define TESTING  // without llm.c's main
#include "train_gpt2.c"

// llm.c's tensors in its order: matrices and embeddings, gains, biases.
static const char kKinds[NUM_PARAMETER_TENSORS + 1] = "mmgbmbmbgbmbmbgb";

// llm.c decays every tensor and always has biases. Matrices alone decay here, as on the other sides, so its
// update is called tensor by tensor; a model without biases keeps llm.c's at the zeros they start from.
static void update(GPT2* model, int step, int biases) {
  size_t begin = 0;
  for (int i = 0; i < NUM_PARAMETER_TENSORS; begin += model->param_sizes[i++]) {
    if (kKinds[i] == 'b' && !biases) continue;
    GPT2 one = *model;
    one.num_parameters = model->param_sizes[i];
    one.params_memory += begin;
    one.grads_memory += begin;
    one.m_memory += begin;
    one.v_memory += begin;
    gpt2_update(&one, 3e-4f, 0.9f, 0.95f, 1e-8f, kKinds[i] == 'm' ? 0.1f : 0.0f, step);
  }
}

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  FILE* answers = fdopen(dup(1), "w");
  dup2(2, 1);  // llm.c prints
  const int B = atoi(argv[3]), T = atoi(argv[4]), threads = atoi(argv[5]), biases = atoi(argv[6]);
#ifdef OMP
  omp_set_num_threads(threads);
#endif
  GPT2 model;
  gpt2_build_from_checkpoint(&model, argv[1]);
  model.m_memory = (float*)calloc(model.num_parameters, sizeof(float));
  model.v_memory = (float*)calloc(model.num_parameters, sizeof(float));
  int* batch = (int*)mallocCheck(2 * (size_t)B * T * sizeof(int));
  FILE* file = fopenCheck(argv[2], "rb");
  freadCheck(batch, sizeof(int), 2 * (size_t)B * T, file);
  fcloseCheck(file);

  const clockid_t clock = threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  for (int step = 1, steps; scanf("%d", &steps) == 1;) {
    for (; steps > 0; --steps, ++step) {
      const double start = seconds(clock);
      gpt2_forward(&model, batch, batch + B * T, B, T);
      gpt2_zero_grad(&model);
      gpt2_backward(&model);
      update(&model, step, biases);
      fprintf(answers, "%.9g %.9g\n", model.mean_loss, seconds(clock) - start);
      fflush(answers);
    }
  }
  return 0;
}
