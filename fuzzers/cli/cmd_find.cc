// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// find: prints id and kind of each type of a name. An oracle is asked kind by kind, and so shows
// the one type of each kind that its lookup finds.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "fuzzers/cli/as_oracle.h"
#include "fuzzers/cli/layers.h"
#include "fuzzers/cli/options.h"
#include "oracles/libbpf/ops.h"

namespace retort {
namespace {

using btf::Kind;

struct FindOptions {
  std::string file;
  std::string name;
  std::vector<std::string> bases;
  std::string kind;
  std::string oracle;
};

struct Found {
  std::uint32_t id;
  Kind kind;
  auto operator<=>(const Found&) const = default;
};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (unsigned kind = 1; kind < btf::kKindCount; ++kind)
    names.emplace_back(btf::kind_name(static_cast<Kind>(kind)));
  return names;
}

std::optional<Kind> kind_called(const std::string& name) {
  const std::vector<std::string> names = kind_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return {};
  return static_cast<Kind>(found - names.begin() + 1);
}

std::vector<Found> find_all(const btf::Btf& top, const std::string& name,
                            std::optional<Kind> kind) {
  std::vector<Found> found;
  for (std::uint32_t id = 1; id < top.end_id(); ++id) {
    const btf::Type type = top.type(id);
    if (!name.empty() && top.name(type) == name && (!kind || type.kind() == *kind))
      found.push_back({id, type.kind()});
  }
  return found;
}

// A version of libbpf that is asked for one name, as an oracle so that a child can do it: its
// answer holds the ids found, four bytes each, kind by kind, 0 for none.
class LibbpfLookup : public Oracle {
 public:
  LibbpfLookup(const libbpf_ops& ops, std::string oracle, std::string wanted)
      : ops_(ops), oracle_(std::move(oracle)), wanted_(std::move(wanted)) {}

  [[nodiscard]] std::string_view name() const override { return oracle_; }
  [[nodiscard]] std::string_view version() const override { return ops_.version; }
  [[nodiscard]] std::string_view describes() const override { return "one lookup by name"; }
  [[nodiscard]] Answer answer(Op, const Pair& pair) const override;

 private:
  const libbpf_ops& ops_;
  std::string oracle_;
  std::string wanted_;
};

Answer LibbpfLookup::answer(Op, const Pair& pair) const {
  Answer answer;
  // The child ends with this, so the layers need not be freed.
  lb_btf* top = nullptr;
  for (const Part& part : pair.parts) {
    const int error =
        ops_.parse(part.bytes.data(), static_cast<std::uint32_t>(part.bytes.size()), top, &top);
    if (error == 0) continue;
    answer.outcome = Outcome::rejected;
    answer.code = -error;
    answer.stage = part.tag == kSplit ? Stage::split : Stage::base;
    answer.detail = std::strerror(-error);
    return answer;
  }
  answer.bytes.resize(btf::kKindCount * btf::kWordBytes);
  for (std::uint32_t kind = 1; kind < btf::kKindCount; ++kind) {
    const int id = ops_.find_kind(top, wanted_.c_str(), kind);
    btf::store_word(answer.bytes.data() + kind * btf::kWordBytes,
                    id > 0 ? static_cast<std::uint32_t>(id) : 0);
  }
  return answer;
}

const libbpf_ops* libbpf_called(std::string_view oracle) {
  for (const libbpf_ops* const* ops = retort_libbpf_all; *ops != nullptr; ++ops)
    if (oracle == fmt::format("libbpf-{}", (*ops)->series)) return *ops;
  return nullptr;
}

Result<std::vector<Found>> find_as(const FindOptions& options, const FileLayers& layers,
                                   std::optional<Kind> kind) {
  const libbpf_ops* ops = libbpf_called(options.oracle);
  if (ops == nullptr)
    return unreadable(fmt::format("{} does not look up single names.", options.oracle));
  const LibbpfLookup lookup(*ops, options.oracle, options.name);
  const Result<Answer> answer = ask_oracle(options.file, lookup, Op::find, pair_of(layers));
  if (!answer) return std::unexpected(answer.error());
  std::vector<Found> found;
  for (unsigned index = 1; index < btf::kKindCount; ++index) {
    const auto of_kind = static_cast<Kind>(index);
    const std::uint32_t id = btf::load_word(answer->bytes.data() + index * btf::kWordBytes);
    if (id != 0 && (!kind || *kind == of_kind)) found.push_back({id, of_kind});
  }
  std::ranges::sort(found);
  return found;
}

Result<std::vector<Found>> look_up(const FindOptions& options, const FileLayers& layers,
                                   std::optional<Kind> kind) {
  if (!options.oracle.empty() && options.oracle != "reference")
    return find_as(options, layers, kind);
  const Opened top = parse_layers(layers);
  if (!top) return rejected_in(layers, top.error());
  return find_all(**top, options.name, kind);
}

Result<int> find(const FindOptions& options, const Console& console) {
  const Result<FileLayers> layers = read_layers(options.file, options.bases, console);
  if (!layers) return std::unexpected(layers.error());
  const Result<std::vector<Found>> found =
      look_up(options, *layers, options.kind.empty() ? std::nullopt : kind_called(options.kind));
  if (!found) return std::unexpected(found.error());
  if (found->empty())
    return rejected(fmt::format("{}: no {} is named '{}'.", options.file,
                                options.kind.empty() ? "type" : options.kind, options.name));
  for (const Found& type : *found)
    console.print(fmt::format("{} {}\n", type.id, btf::kind_name(type.kind)));
  return kDone;
}

}  // namespace

void add_find(CLI::App& app, Run& run) {
  const auto options = std::make_shared<FindOptions>();
  CLI::App& command = add_command(app, run, "find", "Prints the id and kind of each type of a name",
                                  "retort find vmlinux task_struct --kind STRUCT", options, find);
  command.add_option("FILE", options->file, "Raw BTF, or an ELF file that holds some")->required();
  command.add_option("NAME", options->name, "The name")->required();
  add_bases(command, options->bases);
  command.add_option("--kind", options->kind, "Only types of this kind, such as STRUCT")
      ->type_name("KIND")
      ->transform([](std::string text) {
        std::ranges::transform(text, text.begin(),
                               [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        return text;
      })
      ->check(known_name("kind", kind_names()));
  add_oracle(command, options->oracle);
}

}  // namespace retort
