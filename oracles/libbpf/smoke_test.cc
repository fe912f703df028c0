// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
// Whether each version of libbpf that was built answers at all: one small case for each entry of
// its table. What the answers should be in general is compared elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "oracles/libbpf/ops.h"

namespace retort {
namespace {

using ::testing::StrEq;

constexpr std::uint32_t kKindInt = 1;
constexpr std::uint32_t kKindPtr = 2;
constexpr std::uint32_t kKindStruct = 4;

// BTF by hand, in host byte order: this test must not depend on the builder that libbpf is compared
// with.
class HandMade {
 public:
  // Offsets of strings, and ids of types, start where the base ends.
  explicit HandMade(std::uint32_t base_strings_len = 0) : string_start_(base_strings_len) {
    if (base_strings_len == 0) strings_.push_back('\0');
  }

  std::uint32_t string(const std::string& text) {
    const auto offset = string_start_ + static_cast<std::uint32_t>(strings_.size());
    strings_.append(text.c_str(), text.size() + 1);
    return offset;
  }

  HandMade& type(std::uint32_t name, std::uint32_t kind, std::uint32_t vlen,
                 std::uint32_t size_or_type, std::vector<std::uint32_t> rest = {}) {
    words_.insert(words_.end(), {name, kind << 24 | vlen, size_or_type});
    words_.insert(words_.end(), rest.begin(), rest.end());
    return *this;
  }

  [[nodiscard]] std::uint32_t strings_len() const {
    return static_cast<std::uint32_t>(strings_.size());
  }

  [[nodiscard]] std::vector<std::uint8_t> bytes() const {
    const auto types_len = static_cast<std::uint32_t>(words_.size() * sizeof(std::uint32_t));
    const std::uint32_t magic_version_flags = 0x0001eb9f;
    const std::uint32_t header[] = {magic_version_flags, 24,        0,
                                    types_len,           types_len, strings_len()};
    std::vector<std::uint8_t> out(sizeof header + types_len + strings_.size());
    std::memcpy(out.data(), header, sizeof header);
    if (types_len != 0) std::memcpy(out.data() + sizeof header, words_.data(), types_len);
    std::memcpy(out.data() + sizeof header + types_len, strings_.data(), strings_.size());
    return out;
  }

 private:
  std::uint32_t string_start_;
  std::string strings_;
  std::vector<std::uint32_t> words_;
};

// 1: int "int"; 2: struct "item" { int value; }
HandMade base_with_item() {
  HandMade made;
  const auto int_name = made.string("int");
  const auto item = made.string("item");
  const auto value = made.string("value");
  made.type(int_name, kKindInt, 0, 4, {1u << 24 | 32});
  made.type(item, kKindStruct, 1, 4, {value, 1, 0});
  return made;
}

// The same types as base_with_item in the other order, after one more.
HandMade target_with_item() {
  HandMade made;
  const auto extra = made.string("extra");
  const auto item = made.string("item");
  const auto value = made.string("value");
  const auto int_name = made.string("int");
  made.type(extra, kKindInt, 0, 1, {8});
  made.type(item, kKindStruct, 1, 4, {value, 3, 0});
  made.type(int_name, kKindInt, 0, 4, {1u << 24 | 32});
  return made;
}

// 3: a pointer to "item"; 4: struct "holder" { item *it; }
HandMade split_with_holder(const HandMade& base) {
  HandMade made(base.strings_len());
  const auto holder = made.string("holder");
  const auto it = made.string("it");
  made.type(0, kKindPtr, 0, 2);
  made.type(holder, kKindStruct, 1, 8, {it, 3, 0});
  return made;
}

class Libbpf : public ::testing::TestWithParam<const libbpf_ops*> {
 protected:
  using Btf = std::unique_ptr<lb_btf, void (*)(lb_btf*)>;

  void SetUp() override { ops().init(); }

  [[nodiscard]] static const libbpf_ops& ops() { return *GetParam(); }

  [[nodiscard]] static Btf own(lb_btf* btf) { return Btf(btf, ops().free); }

  [[nodiscard]] static Btf parse(const HandMade& made, lb_btf* base = nullptr) {
    const auto bytes = made.bytes();
    lb_btf* out = nullptr;
    EXPECT_EQ(ops().parse(bytes.data(), static_cast<std::uint32_t>(bytes.size()), base, &out), 0);
    return own(out);
  }

  // The three words that every type starts with: name, info, and size or type.
  [[nodiscard]] static std::span<const std::uint32_t> words(const lb_btf* btf, std::uint32_t id) {
    const void* type = ops().type(btf, id);
    if (type == nullptr) return {};
    return {static_cast<const std::uint32_t*>(type), 3};
  }

  [[nodiscard]] static std::vector<std::uint8_t> raw(const lb_btf* btf) {
    std::uint32_t len = 0;
    const auto* data = static_cast<const std::uint8_t*>(ops().raw(btf, &len));
    if (data == nullptr) return {};
    return {data, data + len};
  }
};

std::vector<const libbpf_ops*> all_versions() {
  std::vector<const libbpf_ops*> versions;
  for (const libbpf_ops* const* it = retort_libbpf_all; *it != nullptr; ++it)
    versions.push_back(*it);
  return versions;
}

INSTANTIATE_TEST_SUITE_P(, Libbpf, ::testing::ValuesIn(all_versions()), [](const auto& param) {
  std::string name = param.param->series;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
});

TEST(LibbpfTable, HoldsAtLeastOneVersion) {
  EXPECT_FALSE(all_versions().empty());
}

TEST_P(Libbpf, SaysWhichVersionItIs) {
  EXPECT_STRNE(ops().series, "");
  EXPECT_STRNE(ops().version, "");
}

TEST_P(Libbpf, ParsesAndAnswersAboutTypesAndStrings) {
  const Btf btf = parse(base_with_item());
  ASSERT_TRUE(btf);
  EXPECT_EQ(ops().type_count(btf.get()), 3u);
  const auto item = words(btf.get(), 2);
  ASSERT_EQ(item.size(), 3u);
  EXPECT_THAT(ops().string(btf.get(), item[0]), StrEq("item"));
  EXPECT_EQ(item[1], kKindStruct << 24 | 1);
  EXPECT_EQ(ops().type(btf.get(), 3), nullptr);
  EXPECT_EQ(ops().string(btf.get(), 1000), nullptr);
}

TEST_P(Libbpf, RejectsAWrongMagicWithANegatedErrno) {
  auto bytes = base_with_item().bytes();
  bytes[0] = 0;
  bytes[1] = 0;
  lb_btf* out = nullptr;
  EXPECT_EQ(ops().parse(bytes.data(), static_cast<std::uint32_t>(bytes.size()), nullptr, &out),
            -EINVAL);
  EXPECT_EQ(out, nullptr);
}

TEST_P(Libbpf, FindsByNameAndByNameAndKind) {
  const Btf btf = parse(base_with_item());
  ASSERT_TRUE(btf);
  EXPECT_EQ(ops().find(btf.get(), "item"), 2);
  EXPECT_EQ(ops().find(btf.get(), "void"), 0);
  EXPECT_EQ(ops().find(btf.get(), "absent"), -ENOENT);
  EXPECT_EQ(ops().find_kind(btf.get(), "item", kKindStruct), 2);
  EXPECT_EQ(ops().find_kind(btf.get(), "item", kKindInt), -ENOENT);
}

TEST_P(Libbpf, GivesBackTheBytesThatItParsed) {
  const HandMade made = base_with_item();
  const Btf btf = parse(made);
  ASSERT_TRUE(btf);
  EXPECT_EQ(raw(btf.get()), made.bytes());
}

TEST_P(Libbpf, MakesAnEmptySplitThatStartsWhereItsBaseEnds) {
  const Btf base = parse(base_with_item());
  ASSERT_TRUE(base);
  const Btf split = own(ops().new_empty(base.get()));
  ASSERT_TRUE(split);
  EXPECT_EQ(ops().type_count(split.get()), 3u);
  EXPECT_EQ(ops().find(split.get(), "item"), 2);
}

TEST_P(Libbpf, DeduplicatesTwoEqualInts) {
  HandMade made;
  const auto name = made.string("int");
  made.type(name, kKindInt, 0, 4, {32});
  made.type(name, kKindInt, 0, 4, {32});
  const Btf btf = parse(made);
  ASSERT_TRUE(btf);
  ASSERT_EQ(ops().dedup(btf.get()), 0);
  EXPECT_EQ(ops().type_count(btf.get()), 2u);
}

TEST_P(Libbpf, DistillsASplitAndRelocatesItOntoAnotherBase) {
  if (ops().distill == nullptr || ops().relocate == nullptr)
    GTEST_SKIP() << "libbpf " << ops().version << " has neither operation yet";
  const HandMade made_base = base_with_item();
  const Btf base = parse(made_base);
  const Btf split = parse(split_with_holder(made_base), base.get());
  const Btf target = parse(target_with_item());
  ASSERT_TRUE(base && split && target);

  lb_btf* distilled_raw = nullptr;
  lb_btf* moved_raw = nullptr;
  ASSERT_EQ(ops().distill(split.get(), &distilled_raw, &moved_raw), 0);
  const Btf distilled = own(distilled_raw);
  const Btf moved = own(moved_raw);
  EXPECT_EQ(ops().type_count(distilled.get()), 2u) << "the struct alone, and void";
  EXPECT_EQ(ops().find_kind(distilled.get(), "item", kKindStruct), 1);

  ASSERT_EQ(ops().relocate(moved.get(), target.get()), 0);
  EXPECT_EQ(ops().type_count(moved.get()), 6u);
  const auto pointer = words(moved.get(), 4);
  ASSERT_EQ(pointer.size(), 3u);
  EXPECT_EQ(pointer[1], kKindPtr << 24);
  EXPECT_EQ(pointer[2], 2u) << "points at the target's item";
  EXPECT_EQ(ops().find_kind(moved.get(), "holder", kKindStruct), 5);
}

}  // namespace
}  // namespace retort
