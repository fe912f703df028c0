// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// The main of a fuzz target in a build without an engine: it runs each file, and each file below
// each folder, named on the command line once. A crash replays with it, and a corpus becomes a
// test.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// A target may leave this out, as it may under libFuzzer.
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

namespace fs = std::filesystem;

std::optional<std::vector<std::uint8_t>> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return bytes;
}

// Sorted, so that two runs over one folder go through it in the same order.
std::optional<std::vector<fs::path>> files_under(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector{path};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) files.push_back(it->path());
  }
  if (error) return std::nullopt;
  std::sort(files.begin(), files.end());
  return files;
}

bool run_file(const fs::path& path) {
  const auto bytes = read_file(path);
  if (!bytes) {
    std::fprintf(stderr, "%s: cannot be read.\n", path.c_str());
    return false;
  }
  // Said before the run: after a crash, the last line names the input.
  std::fprintf(stderr, "Running: %s (%zu bytes)\n", path.c_str(), bytes->size());
  LLVMFuzzerTestOneInput(bytes->data(), bytes->size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE|FOLDER...\nRuns each input once through the target.\n",
                 argv[0]);
    return 2;
  }
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  bool all_read = true;
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    const auto files = files_under(argv[i]);
    if (!files) {
      std::fprintf(stderr, "%s: the folder cannot be listed.\n", argv[i]);
      all_read = false;
      continue;
    }
    for (const fs::path& file : *files) {
      if (run_file(file))
        ++count;
      else
        all_read = false;
    }
  }
  std::fprintf(stderr, "%zu inputs ran.\n", count);
  return all_read ? 0 : 2;
}
