// SPDX-License-Identifier: GPL-2.0
#include "oracles/kernel/kernel_oracle.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "oracles/digest.h"
#include "oracles/kernel/entry_points.h"
#include "oracles/layout_section.h"
#include "oracles/names.h"
#include "relocator/canonical.h"

namespace retort {
namespace {

using Bytes = std::vector<std::byte>;

struct Putter {
  const kernel_ops* ops;
  void operator()(kn_btf* btf) const { ops->put(btf); }
};
using Handle = std::unique_ptr<kn_btf, Putter>;

// The lines of the kernel's log that say something. To its own log it writes each piece of a
// sentence on a line.
std::vector<std::string> lines_of(std::string_view log) {
  constexpr std::string_view prefix = "BPF:";
  std::vector<std::string> lines;
  while (!log.empty()) {
    std::string_view line = log.substr(0, log.find('\n'));
    log.remove_prefix(std::min(log.size(), line.size() + 1));
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

std::string last_line(std::string_view log) {
  const std::vector<std::string> lines = lines_of(log);
  return lines.empty() ? "" : lines.back();
}

std::string whole(std::string_view log) {
  std::string text;
  for (const std::string& line : lines_of(log)) text += line + "\n";
  return text;
}

btf::Dialect dialect_of(const kernel_ops& ops) {
  return ops.most_elements > 0xffff ? btf::Dialect::wide : btf::Dialect::narrow;
}

// One operation on one pair. What lies on a base is put before it.
class KernelRun {
 public:
  KernelRun(const kernel_ops& ops, KernelPath path, bool words, Op op, const Pair& pair,
            Bytes& passed)
      : ops_(ops),
        dialect_(dialect_of(ops)),
        checked_(path == KernelPath::checked),
        words_(words),
        op_(op),
        pair_(pair),
        passed_(passed) {}
  KernelRun(const KernelRun&) = delete;
  KernelRun& operator=(const KernelRun&) = delete;
  ~KernelRun() {
    while (!layers_.empty()) layers_.pop_back();
    ops_.set_vmlinux(nullptr);
  }

  Answer answer() {
    if (!open_parts()) return refusal_;
    switch (op_) {
      case Op::find:
        return find_all();
      case Op::relocate:
        return relocate();
      default: {
        Answer answer;
        answer.digest = digest_.value();
        return answer;
      }
    }
  }

  // Whether the bytes that the kernel was given are still as they were.
  [[nodiscard]] bool inputs_preserved() const {
    return std::ranges::all_of(inputs_, [](const auto& input) { return input->own == *input->as; });
  }

 private:
  // A copy of a part, since the kernel may write where it should not; it outlives all layers.
  struct Input {
    Bytes own;
    const Bytes* as;
  };

  Answer rejected(int error, Stage stage) {
    Answer answer{.outcome = Outcome::rejected, .code = -error, .stage = stage};
    if (words_) answer.detail = last_line(ops_.log());
    return answer;
  }

  bool refuse(int error, Stage stage) {
    refusal_ = rejected(error, stage);
    return false;
  }

  // In the order in which the model opens them.
  bool open_parts() {
    const bool on_distilled = pair_.find(kDistilled) != nullptr;
    if (op_ == Op::check && on_distilled && pair_.find(kBase) != nullptr &&
        open_base(*pair_.find(kBase), Stage::base) == nullptr)
      return false;
    const auto lowest = on_distilled ? kDistilled : kBase;
    if (pair_.find(lowest) != nullptr) {
      top_ = open_base(*pair_.find(lowest), on_distilled ? Stage::distilled : Stage::base);
      if (top_ == nullptr) return false;
      for (const Bytes* bytes : pair_.splits())
        if (!open_split(*bytes)) return false;
    }
    if (op_ != Op::find && pair_.find(kTarget) != nullptr) {
      target_ = open_base(*pair_.find(kTarget), Stage::target);
      if (target_ == nullptr) return false;
    }
    return true;
  }

  Bytes& keep(const Bytes& bytes) {
    inputs_.push_back(std::make_unique<Input>(Input{.own = bytes, .as = &bytes}));
    return inputs_.back()->own;
  }

  // A base that is checked is loaded, which asks all that there is to ask. What is asked of it
  // later needs it as a vmlinux; a distilled base that is only relocated from is parsed once more
  // when that happens.
  kn_btf* open_base(const Bytes& bytes, Stage stage) {
    const bool is_target = op_ == Op::relocate && stage == Stage::target;
    const bool check = checked_ && !(is_target && bytes == passed_);
    if (check) {
      kn_btf* loaded = load(bytes, stage);
      if (loaded == nullptr) return nullptr;
      if (op_ == Op::relocate && !is_target) return keep_layer(loaded);
      ops_.put(loaded);
    }
    Bytes& own = keep(bytes);
    kn_btf* opened = nullptr;
    if (const int error = ops_.parse_base(own.data(), size_of(own), &opened); error != 0) {
      refuse(error, stage);
      return nullptr;
    }
    if (is_target && checked_) passed_ = bytes;
    return added(opened, nullptr, stage, check && !is_target);
  }

  kn_btf* load(const Bytes& bytes, Stage stage) {
    kn_btf* loaded = nullptr;
    const int error = ops_.load(bytes.data(), size_of(bytes), words_ ? 1 : 0, &loaded);
    if (error == 0) return loaded;
    refuse(error, stage);
    return nullptr;
  }

  kn_btf* keep_layer(kn_btf* layer) {
    layers_.push_back(Handle(layer, Putter{&ops_}));
    return layer;
  }

  bool open_split(const Bytes& bytes) {
    kn_btf* opened = nullptr;
    ops_.set_vmlinux(top_);
    const int error = ops_.parse_module(bytes.data(), size_of(bytes), nullptr, 0, &opened);
    if (error != 0) return refuse(error, Stage::split);
    top_ = added(opened, top_, Stage::split, checked_);
    return top_ != nullptr;
  }

  // The layer, once its types are checked where they have to be.
  kn_btf* added(kn_btf* layer, const kn_btf* base, Stage stage, bool check) {
    keep_layer(layer);
    if (const int error = check ? ops_.check_types(layer) : 0; error != 0) {
      refuse(error, stage);
      return nullptr;
    }
    if (op_ == Op::check) add_digest(layer, base);
    return layer;
  }

  static unsigned size_of(const Bytes& bytes) { return static_cast<unsigned>(bytes.size()); }

  // The canonical form of what the kernel sees, made through its own accessors.
  void add_digest(const kn_btf* layer, const kn_btf* base) {
    // Of a base without types the kernel counts not even void.
    const unsigned start = base != nullptr ? ops_.type_count(base) : 1;
    const auto digest = btf::canonical_digest(
        start, std::max(start, ops_.type_count(layer)),
        [&](std::uint32_t id) { return type_of(layer, id); },
        [&](std::uint32_t offset) {
          const char* text = ops_.string(layer, offset);
          return text != nullptr ? std::string_view(text) : std::string_view();
        });
    digest_.add_wide(digest.value());
  }

  btf::Type type_of(const kn_btf* layer, std::uint32_t id) const {
    const auto* record = static_cast<const std::byte*>(ops_.type(layer, id));
    const btf::Info info = btf::unpack_info(btf::load_word(record + btf::kWordBytes), dialect_);
    return {id, record, info, &btf::kShapes[static_cast<std::size_t>(info.kind)]};
  }

  // The kernel looks up by name and kind only; the lowest id of all kinds is what a name alone
  // finds.
  [[nodiscard]] std::uint32_t find_any(const char* name) const {
    std::uint32_t lowest = kNotFound;
    for (unsigned kind = 1; kind < std::size(btf::kShapes); ++kind)
      if (const int id = ops_.find(top_, name, kind); id >= 0)
        lowest = std::min(lowest, static_cast<std::uint32_t>(id));
    return lowest;
  }

  [[nodiscard]] std::uint32_t find_kind(const char* name, btf::Kind kind) const {
    const int id = ops_.find(top_, name, static_cast<unsigned>(kind));
    return id >= 0 ? static_cast<std::uint32_t>(id) : kNotFound;
  }

  // A layer in our own eyes: that the kernel overlooks a layout section must not keep us from it.
  [[nodiscard]] btf::BtfPtr read(btf::Bytes bytes, const btf::BtfPtr& base) const {
    auto layer = btf::Btf::parse(bytes, {.base = base, .dialect = dialect_, .borrow = true});
    if (layer) return *layer;
    const auto plain = without_layout(bytes);
    if (plain) layer = btf::Btf::parse(*plain, {.base = base, .dialect = dialect_});
    return layer ? *layer : nullptr;
  }

  [[nodiscard]] btf::BtfPtr read_names() const {
    btf::BtfPtr top;
    for (const btf::Bytes bytes : stack_of(pair_)) {
      top = read(bytes, top);
      if (!top) return nullptr;
    }
    return top;
  }

  Answer find_all() {
    const btf::BtfPtr names = read_names();
    if (!names) return rejected(-EINVAL, Stage::find);
    btf::Digest digest;
    for (const auto& [name, kind] : names_to_find(*names)) {
      digest.add(find_any(name.c_str()));
      digest.add(find_kind(name.c_str(), kind));
    }
    Answer answer;
    answer.digest = digest.value();
    return answer;
  }

  Answer relocate() {
    Bytes& distilled = keep(*pair_.find(kDistilled));
    const Bytes& split = *pair_.splits().front();
    kn_btf* relocated = nullptr;
    ops_.set_vmlinux(target_);
    const int error = ops_.parse_module(split.data(), size_of(split), distilled.data(),
                                        size_of(distilled), &relocated);
    if (error != 0) return rejected(error, Stage::relocate);
    const Handle handle(relocated, Putter{&ops_});
    Answer answer;
    unsigned length = 0;
    const auto* data = static_cast<const std::byte*>(ops_.data(relocated, &length));
    answer.bytes.assign(data, data + length);
    const btf::BtfPtr base = read(*pair_.find(kTarget), nullptr);
    const btf::BtfPtr layer = base ? read(answer.bytes, base) : nullptr;
    if (layer) answer.digest = btf::canonical_digest(*layer).value();
    return answer;
  }

  static constexpr std::uint32_t kNotFound = 0xffffffff;

  const kernel_ops& ops_;
  btf::Dialect dialect_;
  bool checked_;
  bool words_;
  Op op_;
  const Pair& pair_;
  Bytes& passed_;
  std::vector<std::unique_ptr<Input>> inputs_;
  std::vector<Handle> layers_;
  kn_btf* top_ = nullptr;
  kn_btf* target_ = nullptr;
  btf::Digest digest_;
  Answer refusal_;
};

}  // namespace

KernelOracle::KernelOracle(const kernel_version& version, KernelPath path)
    : version_(version), path_(path), name_("kernel-" + std::string(version.series)) {
  if (path == KernelPath::trusted) name_ += "-ungated";
}

std::string_view KernelOracle::describes() const {
  return path_ == KernelPath::checked
             ? "the kernel's btf.c; only what BPF_BTF_LOAD accepts is relocated"
             : "the kernel's btf.c, trusting modules and vmlinux as the kernel does";
}

// A module's BTF is one layer, on vmlinux.
bool KernelOracle::answers(Op op, const Pair& pair) const {
  if (op == Op::kernel) return path_ == KernelPath::checked && pair.splits().size() <= 1;
  return (op == Op::check || op == Op::find || op == Op::relocate) && pair.splits().size() <= 1;
}

Answer KernelOracle::answer(Op op, const Pair& pair) const {
  const kernel_ops& ops = *version_.ops;
  const unsigned long live = ops.live_allocations();
  ops.clear_log();
  Answer answer;
  if (op == Op::kernel) {
    const bool relocates =
        allows_op(pair, Op::relocate) &&
        KernelRun(ops, path_, false, Op::relocate, pair, passed_).answer().outcome ==
            Outcome::accepted;
    answer = check_entry_points(ops, dialect_of(ops), pair, relocates);
  } else {
    KernelRun run(ops, path_, tells_why_, op, pair, passed_);
    answer = run.answer();
    answer.input_preserved = run.inputs_preserved();
    if (tells_whole_log_) answer.detail = whole(ops.log());
  }
  if (answer.outcome == Outcome::broken) return answer;
  if (ops.warnings() != 0) return broken("no-warning", last_line(ops.log()));
  if (const unsigned long kept = ops.live_allocations() - live; kept != 0)
    return broken("no-leak", std::to_string(kept) + " allocations are not given back");
  return answer;
}

}  // namespace retort
