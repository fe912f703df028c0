// SPDX-License-Identifier: GPL-2.0
#include "oracles/kernel/entry_points.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oracles/properties/core_compare.h"
#include "oracles/properties/shown_types.h"
#include "relocator/btf.h"

namespace retort {
namespace {

using Bytes = std::vector<std::byte>;

constexpr int kTextBytes = 1 << 14;
constexpr int kShortText = 24;
constexpr std::uint32_t kMostTypes = 24;
constexpr std::uint32_t kMostKfuncs = 16;
constexpr std::size_t kStringLengthAt = 20;  // in the header
constexpr std::uint32_t kMostStubBytes = 1 << 15;

// Of the kernel's enum bpf_core_relo_kind.
constexpr unsigned kTypeIdTarget = 7, kTypeExists = 8, kTypeMatches = 12;

// BTF_F_* of the kernel's header.
constexpr unsigned long long kCompact = 1, kNoName = 2, kRawPointers = 4, kZeros = 8, kUnsafe = 16;
constexpr unsigned long long kAsMapsAre = kCompact | kNoName | kZeros | kUnsafe;

struct Putter {
  const kernel_ops* ops;
  void operator()(kn_btf* btf) const { ops->put(btf); }
};
using Handle = std::unique_ptr<kn_btf, Putter>;

class Properties {
 public:
  Properties(const kernel_ops& ops, btf::Dialect dialect, const Pair& pair)
      : ops_(ops), dialect_(dialect), pair_(pair) {}

  Answer check(bool relocates) {
    for (const std::string_view tag : {kBase, kDistilled, kTarget}) {
      const Bytes* bytes = pair_.find(tag);
      if (bytes != nullptr && !holds_of_loaded(*bytes)) return answer_;
    }
    if (relocates) check_module();
    if (answer_.outcome == Outcome::accepted && told_last_) return *told_last_;
    return answer_;
  }

 private:
  bool broken_by(std::string_view property, std::string detail) {
    answer_ = broken(property, std::move(detail));
    return false;
  }

  // What holds of BTF that is not accepted is asked of nobody.
  bool holds_of_loaded(const Bytes& bytes) {
    kn_btf* loaded = nullptr;
    if (ops_.load(bytes.data(), static_cast<unsigned>(bytes.size()), 0, &loaded) != 0) return true;
    const Handle handle(loaded, Putter{&ops_});
    const auto layer = btf::Btf::parse(bytes, {.dialect = dialect_, .borrow = true});
    if (!layer) return true;
    relocate_by_core(bytes, **layer);
    return check_core(loaded, **layer) && check_maps(loaded, **layer) &&
           check_shown(loaded, **layer);
  }

  // ---- CO-RE ----

  // What leads to a kind that the comparison does not know is compared only where it is alone.
  static bool is_compared(const btf::Btf& layer, std::uint32_t id) {
    return layer.end_id() - layer.start_id() == 1 || is_known_to_core(layer, id);
  }

  // What goes with itself by the rules does so here, unless it is too deep to tell, and any answer
  // is one of the three.
  bool check_core(const kn_btf* btf, const btf::Btf& layer) {
    CoreComparison comparison(layer);
    const std::uint32_t end = std::min(ops_.type_count(btf), kMostTypes);
    for (std::uint32_t local = 1; local < end; ++local) {
      if (!is_compared(layer, local)) continue;
      const bool by_rule = comparison.compatible(local) == CoreComparison::Verdict::yes;
      if (by_rule && ops_.core_compatible(btf, local, btf, local) == 0)
        return broken_by("core-compatible-with-itself", "type " + std::to_string(local));
      if (const int matches = ops_.core_matches(btf, local, btf, local); matches > 1)
        return broken_by("core-answers-yes-or-no", "type " + std::to_string(local));
      for (std::uint32_t target = 1; target < end; ++target)
        if (ops_.core_compatible(btf, local, btf, target) > 1 ||
            ops_.core_matches(btf, local, btf, target) > 1)
          return broken_by("core-answers-yes-or-no",
                           std::to_string(local) + " beside " + std::to_string(target));
    }
    return true;
  }

  // ---- CO-RE relocations ----

  // With the access string that means the type itself. Strings are a kernel's last section.
  static Bytes with_path(Bytes bytes) {
    constexpr std::string_view path("0\0", 2);
    std::byte* length = bytes.data() + kStringLengthAt;
    btf::store_word(length, btf::load_word(length) + static_cast<std::uint32_t>(path.size()));
    for (const char character : path) bytes.push_back(static_cast<std::byte>(character));
    return bytes;
  }

  // Of a type of the BTF that is loaded and the vmlinux as well: an error, or what is put in.
  int core_relocate(const kn_btf* btf, std::uint32_t id, unsigned path, unsigned kind) const {
    int value = 1;
    const int found = ops_.core_relocate(btf, id, path, kind, &value);
    return found < 0 ? found : value;
  }

  // Each type has itself for a target at least, whatever was asked before.
  void relocate_by_core(const Bytes& bytes, const btf::Btf& layer) {
    const btf::Header& header = layer.header();
    if (std::size_t{header.hdr_len} + header.str_off + header.str_len != bytes.size()) return;
    Bytes own = with_path(bytes);
    const auto length = static_cast<unsigned>(own.size());
    kn_btf* local = nullptr;
    kn_btf* vmlinux = nullptr;
    if (ops_.load(own.data(), length, 0, &local) != 0) return;
    const Handle local_handle(local, Putter{&ops_});
    if (ops_.parse_base(own.data(), length, &vmlinux) != 0) return;
    const Handle vmlinux_handle(vmlinux, Putter{&ops_});
    ops_.set_vmlinux(vmlinux);
    note_missed_targets(local, layer, layer.header().str_len);
    ops_.core_forget();
    ops_.set_vmlinux(nullptr);
  }

  void note_missed_targets(const kn_btf* local, const btf::Btf& layer, unsigned path) {
    const std::uint32_t end = std::min(ops_.type_count(local), kMostTypes);
    for (std::uint32_t id = 1; id < end; ++id) {
      if (!is_compared(layer, id) || layer.name(layer.type(id)).empty()) continue;
      const bool exists = core_relocate(local, id, path, kTypeExists) != 0;
      for (const unsigned kind : {kTypeIdTarget, kTypeMatches})
        core_relocate(local, id, path, kind);
      if (!told_last_ && !exists && ops_.core_compatible(local, id, local, id) == 1)
        told_last_ = broken("core-finds-the-type-itself", "type " + std::to_string(id));
    }
  }

  // ---- maps ----

  // Sizes have to be the types' own.
  bool check_maps(const kn_btf* btf, const btf::Btf& layer) {
    for (const ShownType& type : types_to_show(layer)) {
      const auto refused = [&](unsigned key_size, unsigned value_size) {
        return ops_.map_check(btf, type.id, key_size, type.id, value_size) != 0;
      };
      refused(type.size, type.size);
      if (!refused(type.size + 1, type.size) || !refused(type.size, type.size + 1))
        return broken_by("map-sizes-agree", "type " + std::to_string(type.id));
    }
    return true;
  }

  // ---- showing ----

  struct Shown {
    int length;
    std::string text;
  };

  Shown show(const kn_btf* btf, std::uint32_t id, Bytes& value, int room,
             unsigned long long flags) const {
    // Of their own allocations, so that a step beyond either is seen.
    const auto text = std::make_unique<char[]>(static_cast<std::size_t>(room));
    const int length = ops_.show(btf, id, value.data(), text.get(), room, flags);
    return {length, length > 0 ? std::string(text.get()) : std::string()};
  }

  std::string show_in_file(const kn_btf* btf, std::uint32_t id, Bytes& value,
                           unsigned long long flags) const {
    const auto text = std::make_unique<char[]>(kTextBytes);
    const int error = ops_.show_in_file(btf, id, value.data(), text.get(), kTextBytes, flags);
    return error == 0 ? text.get() : "errno " + std::to_string(-error);
  }

  bool check_shown(const kn_btf* btf, const btf::Btf& layer) {
    for (const ShownType& type : types_to_show(layer)) {
      unsigned size = 0;
      if (ops_.size_of(btf, type.id, &size) != 0 || size != type.size)
        return broken_by("size-is-known", "type " + std::to_string(type.id));
      if (!is_shown_in_time(layer, type.id)) continue;
      // What ends a kernel is tried where it is alone: a field of no bits is shifted by more bits
      // than there are, and of short enumerations more is read than there is.
      const bool alone = layer.end_id() - layer.start_id() == 1;
      if (!alone && !is_shifted_within(layer, type.id)) continue;
      const bool in_place = alone || is_read_within(layer, type.id);
      if (!check_text(btf, type, in_place)) return false;
      if (!told_last_) note_repeated_elements(btf, layer, type);
    }
    return true;
  }

  bool check_text(const kn_btf* btf, const ShownType& type, bool in_place) {
    Bytes value(type.size, std::byte{0x41});
    for (const unsigned long long flags : {0ULL, kRawPointers | kZeros, kAsMapsAre}) {
      if (flags == kAsMapsAre && !in_place) continue;
      const Shown whole = show(btf, type.id, value, kTextBytes, flags);
      const Shown cut = show(btf, type.id, value, kShortText, flags);
      const std::string which = "type " + std::to_string(type.id);
      if (whole.length < 0) return broken_by("value-is-shown", which);
      if (whole.length != cut.length) return broken_by("length-is-that-of-the-whole", which);
      if (!whole.text.starts_with(cut.text)) return broken_by("cut-text-is-a-beginning", which);
      if (whole.length < kTextBytes && show_in_file(btf, type.id, value, flags) != whole.text)
        return broken_by("file-shows-the-same", which);
    }
    return true;
  }

  void note_repeated_elements(const kn_btf* btf, const btf::Btf& layer, const ShownType& type) {
    if (!tells_elements_apart(layer, type.id)) return;
    Bytes value(type.size, std::byte{0x41});
    const Shown alike = show(btf, type.id, value, kTextBytes, kRawPointers | kZeros);
    value.back() = std::byte{0x42};
    const Shown last_differs = show(btf, type.id, value, kTextBytes, kRawPointers | kZeros);
    if (alike.text == last_differs.text)
      told_last_ = broken("each-element-is-shown", "type " + std::to_string(type.id));
  }

  // ---- modules ----

  void check_module() {
    Bytes target = *pair_.find(kTarget);
    kn_btf* vmlinux = nullptr;
    if (ops_.parse_base(target.data(), static_cast<unsigned>(target.size()), &vmlinux) != 0) return;
    {
      const Handle handle(vmlinux, Putter{&ops_});
      ops_.set_vmlinux(vmlinux);
      check_module_on(vmlinux);
    }
    ops_.set_vmlinux(nullptr);
  }

  void check_module_on(const kn_btf* vmlinux) {
    Bytes split = *pair_.splits().front();
    Bytes distilled = *pair_.find(kDistilled);
    kn_module* module = nullptr;
    kn_btf* btf = nullptr;
    const int error =
        ops_.module_coming(split.data(), static_cast<unsigned>(split.size()), distilled.data(),
                           static_cast<unsigned>(distilled.size()), &module, &btf);
    if (error != 0) {
      broken_by("module-that-relocates-comes", "errno " + std::to_string(-error));
      return;
    }
    const auto base = btf::Btf::parse(distilled, {.dialect = dialect_, .borrow = true});
    const auto layer =
        base ? btf::Btf::parse(split, {.base = *base, .dialect = dialect_, .borrow = true})
             : std::unexpected(base.error());
    if (layer && check_ids(vmlinux, btf, **layer) && check_kfuncs(module, btf, **layer))
      check_struct_ops(module, btf, **layer);
    ops_.module_going(module);
  }

  // Where an id of before leads now: to the same name, and of the module's own to the same kind.
  bool check_ids(const kn_btf* vmlinux, const kn_btf* btf, const btf::Btf& layer) {
    for (std::uint32_t id = 1; id < layer.end_id(); ++id) {
      const std::uint32_t now = ops_.relocate_id(btf, id);
      const bool own = id >= layer.start_id();
      const auto* record = static_cast<const std::byte*>(ops_.type(btf, now));
      if (record == nullptr || own != (now >= ops_.type_count(vmlinux)))
        return broken_by("ids-lead-where-they-did", "id " + std::to_string(id));
      const btf::Type before = layer.type(id);
      const char* name = ops_.string(btf, btf::load_word(record));
      const btf::Info info = btf::unpack_info(btf::load_word(record + btf::kWordBytes), dialect_);
      if (name == nullptr || layer.name(before) != name || (own && info.kind != before.kind()))
        return broken_by("ids-lead-where-they-did", "id " + std::to_string(id));
    }
    return true;
  }

  bool check_kfuncs(kn_module* module, const kn_btf* btf, const btf::Btf& layer) {
    std::vector<unsigned> functions;
    std::optional<unsigned> other;
    for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
      if (layer.type(id).kind() != btf::Kind::func)
        other = id;
      else if (functions.size() < kMostKfuncs)
        functions.push_back(id);
    }
    if (other && ops_.register_kfuncs(module, &*other, 1) == 0)
      return broken_by("kfuncs-are-functions", "id " + std::to_string(*other));
    if (functions.empty()) return true;
    const auto count = static_cast<unsigned>(functions.size());
    if (const int error = ops_.register_kfuncs(module, functions.data(), count); error != 0)
      return broken_by("functions-can-be-kfuncs", "errno " + std::to_string(-error));
    for (const unsigned id : functions)
      if (ops_.has_kfunc(btf, ops_.relocate_id(btf, id)) == 0)
        return broken_by("kfuncs-are-found-by-relocated-id", "id " + std::to_string(id));
    return true;
  }

  // What is offered is found by the struct that a map has for its value, and nothing else is.
  bool check_struct_ops(kn_module* module, const kn_btf* btf, const btf::Btf& layer) {
    for (std::uint32_t id = layer.start_id(); id < layer.end_id(); ++id) {
      const btf::Type type = layer.type(id);
      if (type.kind() != btf::Kind::struct_ || type.size() > kMostStubBytes) continue;
      const std::string name(layer.name(type));
      const int value = ops_.find(btf, ("bpf_struct_ops_" + name).c_str(),
                                  static_cast<unsigned>(btf::Kind::struct_));
      const bool is_offered = ops_.register_struct_ops(module, name.c_str()) == 0;
      if (is_offered != (value > 0 && ops_.has_struct_ops(btf, static_cast<unsigned>(value)) != 0))
        return broken_by("struct-ops-are-found-by-their-value", "id " + std::to_string(id));
      // One is enough: what it is offered by is the kernel's until the module goes.
      if (is_offered || value > 0) break;
    }
    return true;
  }

  const kernel_ops& ops_;
  btf::Dialect dialect_;
  const Pair& pair_;
  Answer answer_;
  std::optional<Answer> told_last_;  ///< of known defects, which would hide all that comes behind
};

}  // namespace

Answer check_entry_points(const kernel_ops& ops, btf::Dialect dialect, const Pair& pair,
                          bool relocates) {
  return Properties(ops, dialect, pair).check(relocates);
}

}  // namespace retort
