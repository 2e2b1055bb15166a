// Runs a command and writes what it and its children took to a file, as JSON: wall and processor seconds, the peak of
// resident memory of any one of them, bytes written to disk. A small program of its own, as the kernel begins to count
// a process's peak with that of the program that started it.
//
// usage: measure FILE COMMAND [ARGUMENT...]

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void write_result(const char* path, double wall, const rusage& usage) {
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) die(path);
  std::fprintf(file, "{\"wall\": %.6f, \"cpu\": %.6f, \"memory\": %lld, \"written\": %lld}\n", wall,
               seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<long long>(usage.ru_maxrss) * 1024,
               static_cast<long long>(usage.ru_oublock) * 512);
  if (std::fclose(file) != 0) die(path);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) die("fork");
  if (child == 0) {
    ::execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  if (::wait4(child, &status, 0, &usage) != child) die("wait4");
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  write_result(argv[1], wall.count(), usage);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
