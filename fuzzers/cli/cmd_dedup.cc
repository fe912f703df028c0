// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// dedup: one type for all that are equal. What a compiler or a linker's step leaves need not meet
// the checks of a kernel, so it is only asked that everything that is referred to exists.
#include <fmt/format.h>

#include <cerrno>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/layers.h"
#include "fuzzers/cli/options.h"
#include "fuzzers/cli/output.h"
#include "oracles/properties/library_stack.h"
#include "relocator/dedup.h"

namespace retort {
namespace {

struct DedupOptions {
  std::string file;
  std::vector<std::string> bases;
  std::string out;
  std::string oracle;
};

// What fuzzing asks about is the file with witnesses; here it is the file as it stands.
class PlainDedup : public Oracle {
 public:
  explicit PlainDedup(const libbpf_ops& ops)
      : name_("libbpf-" + std::string(ops.series)),
        library_{.ops = &ops, .dialect = dialect_of(ops)} {
    ops.init();
  }
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::string_view version() const override { return library_.ops->version; }
  [[nodiscard]] std::string_view describes() const override { return "deduplicates as it is"; }
  [[nodiscard]] Answer answer(Op /*op*/, const Pair& pair) const override {
    auto stack = LibraryStack::open(library_, stack_of(pair));
    if (!stack) return rejected(EINVAL, Stage::base);
    if (const int error = library_.ops->dedup(stack->top()); error != 0)
      return rejected(-error, Stage::dedup);
    const auto bytes = raw_bytes(*library_.ops, stack->top());
    if (bytes.empty()) return rejected(ENOMEM, Stage::dedup);
    Answer answer;
    answer.bytes.assign(bytes.begin(), bytes.end());
    return answer;
  }

 private:
  static Answer rejected(int code, Stage stage) {
    return {.outcome = Outcome::rejected, .code = code, .stage = stage};
  }

  std::string name_;
  Library library_;
};

Result<std::vector<std::byte>> dedup_as(const DedupOptions& options, const FileLayers& layers) {
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops) {
    const PlainDedup oracle(**ops);
    if (oracle.name() != options.oracle) continue;
    Result<Answer> answer = ask_oracle(options.file, oracle, Op::dedup, pair_of(layers));
    if (!answer) return std::unexpected(answer.error());
    return std::move(answer->bytes);
  }
  return unreadable(fmt::format("{}: {} cannot be asked to dedup.", options.file, options.oracle));
}

Result<std::vector<std::byte>> deduplicated(const DedupOptions& options, const FileLayers& layers) {
  if (!options.oracle.empty() && options.oracle != "reference") return dedup_as(options, layers);
  const Opened top = parse_layers(layers);
  if (!top) return rejected_in(layers, top.error());
  auto result = btf::dedup(**top);
  if (!result) return rejected_in(layers, result.error());
  return std::move(result->bytes);
}

Result<int> run_dedup(const DedupOptions& options, const Console& console) {
  const Result<FileLayers> layers = read_layers(options.file, options.bases, console);
  if (!layers) return std::unexpected(layers.error());
  const auto result = deduplicated(options, *layers);
  if (!result) return std::unexpected(result.error());
  if (auto written = write_files({{options.out, *result}}); !written)
    return std::unexpected(written.error());
  console.note(fmt::format("{} bytes from {}.", result->size(), layers->top().btf.size()));
  return kDone;
}

}  // namespace

void add_dedup(CLI::App& app, Run& run) {
  const auto options = std::make_shared<DedupOptions>();
  CLI::App& command = add_command(app, run, "dedup", "Leaves one type of all that are equal",
                                  "retort dedup raw.btf --out vmlinux.btf", options, run_dedup);
  command.add_option("FILE", options->file, "Raw BTF, or an ELF file that holds some")->required();
  add_bases(command, options->bases);
  command.add_option("--out", options->out, "Where the deduplicated BTF goes")
      ->type_name("FILE")
      ->required();
  add_oracle(command, options->oracle);
}

}  // namespace retort
