#include "ascender/base/clock.h"

#include <chrono>
#include <cstdio>
#include <sys/resource.h>
#include <unistd.h>

namespace ascender {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int64_t peak_memory_bytes() {
  struct rusage usage {};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? int64_t{1024} * usage.ru_maxrss : 0;
}

int64_t memory_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long total = 0, resident = 0;
  const int got = std::fscanf(file, "%ld %ld", &total, &resident);
  std::fclose(file);
  return got == 2 ? int64_t{resident} * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace ascender
